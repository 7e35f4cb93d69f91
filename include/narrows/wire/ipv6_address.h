// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace narrows::wire {

/// An IPv6 address in the order of the wire.
using Ipv6Octets = std::array<std::uint8_t, 16>;

[[nodiscard]] constexpr bool is_multicast(const Ipv6Octets& address) noexcept {
  return address[0] == 0xff;
}
[[nodiscard]] constexpr bool is_unspecified(const Ipv6Octets& address) noexcept {
  return address == Ipv6Octets{};
}

/// Reads RFC 4291 §2.2 ("2001:db8::9"); no zone, no prefix length.
[[nodiscard]] std::optional<Ipv6Octets> parse_ipv6_address(std::string_view text);

[[nodiscard]] std::string to_string(const Ipv6Octets& address);

}  // namespace narrows::wire
