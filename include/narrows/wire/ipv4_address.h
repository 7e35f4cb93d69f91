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

/// Whether the address can be one host's: 1.0.0.0 … 223.255.255.255 without 127.0.0.0/8 (RFC 1122 §3.2.1.3).
[[nodiscard]] bool is_host_address(Ipv4Address address) noexcept;

[[nodiscard]] std::string to_string(Ipv4Address address);

}  // namespace narrows::wire
