// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace narrows::wire {

/// An Ethernet address in the order of the wire.
struct MacAddress {
  std::array<std::uint8_t, 6> octets{};

  /// The I/G bit (IEEE 802-2014 8.2.2): set in multicast and in the broadcast address.
  [[nodiscard]] constexpr bool is_multicast() const noexcept { return (octets[0] & 1) != 0; }
  [[nodiscard]] constexpr bool is_zero() const noexcept { return *this == MacAddress{}; }
  /// Of one station: what a frame's source has to be.
  [[nodiscard]] constexpr bool is_station() const noexcept { return !is_multicast() && !is_zero(); }
  friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) = default;
};

inline constexpr MacAddress kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/// The address as an integer whose most significant used octet is the first on the wire (48 bits).
[[nodiscard]] constexpr std::uint64_t to_integer(const MacAddress& mac) noexcept {
  std::uint64_t value = 0;
  for (const auto octet : mac.octets) value = value << 8 | octet;
  return value;
}

[[nodiscard]] constexpr MacAddress mac_from_integer(std::uint64_t value) noexcept {
  MacAddress mac;
  for (auto octet = mac.octets.rbegin(); octet != mac.octets.rend(); ++octet, value >>= 8)
    *octet = static_cast<std::uint8_t>(value);
  return mac;
}

/// Reads "02:00:00:00:00:0a" (two hexadecimal digits an octet, ':' or '-' throughout); nothing else.
[[nodiscard]] std::optional<MacAddress> parse_mac(std::string_view text);

/// "02:00:00:00:00:0a".
[[nodiscard]] std::string to_string(const MacAddress& mac);

}  // namespace narrows::wire
