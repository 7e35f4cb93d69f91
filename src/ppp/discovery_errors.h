// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "narrows/wire/pppoe_discovery.h"

namespace narrows::ppp {

/// The error tags of a discovery packet in words ("AC-System-Error: no more sessions"), printable ASCII,
/// bounded; nothing when it has none (RFC 2516 appendix A: 0x0201, 0x0202, 0x0203).
[[nodiscard]] std::optional<std::string> error_text(const wire::PppoeTags& tags);

}  // namespace narrows::ppp
