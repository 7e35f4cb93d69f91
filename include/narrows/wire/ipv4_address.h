// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace narrows::wire {

/// An IPv4 address, host order.
struct Ipv4Address {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(const Ipv4Address&, const Ipv4Address&) = default;
};

/// Reads dotted decimal ("203.0.113.9"); nothing else.
[[nodiscard]] std::optional<Ipv4Address> parse_ipv4_address(std::string_view text);

[[nodiscard]] std::string to_string(Ipv4Address address);

}  // namespace narrows::wire
