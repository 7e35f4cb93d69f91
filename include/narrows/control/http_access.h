// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace narrows::control {

/// Whether an Authorization header's value is "Bearer TOKEN" (RFC 6750 §2.1). Takes as long whatever is
/// wrong.
[[nodiscard]] bool is_authorized(std::string_view authorization, std::string_view token);

/// Whether a Host header's value names this machine: an IP address, localhost, `own_name` or one of `names`,
/// with or without a port. A browser that a foreign page has talked into asking us sends that page's name
/// (DNS rebinding), so any other is refused; none at all is not a browser.
[[nodiscard]] bool is_known_host(std::string_view host, std::string_view own_name,
                                 std::span<const std::string> names);

}  // namespace narrows::control
