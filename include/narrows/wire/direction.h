// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace narrows {

/// The two ports: `lan` faces the switch, `wan` faces the ONU or modem.
enum class Side : std::uint8_t { lan, wan };

/// Which way a frame travels. The values index arrays of two.
enum class Direction : std::uint8_t { lan_to_wan, wan_to_lan };

enum class Family : std::uint8_t { ipv4, ipv6 };

inline constexpr std::size_t kSides = 2;
inline constexpr std::size_t kDirections = 2;
inline constexpr std::size_t kFamilies = 2;

inline constexpr std::array<std::string_view, kSides> kSideNames{"lan", "wan"};
inline constexpr std::array<std::string_view, kDirections> kDirectionNames{"lan_to_wan", "wan_to_lan"};
inline constexpr std::array<std::string_view, kFamilies> kFamilyNames{"ipv4", "ipv6"};

/// The array index of an enumerator that starts at 0.
template <typename Enum>
[[nodiscard]] constexpr std::size_t index_of(Enum value) noexcept {
  return static_cast<std::size_t>(value);
}

[[nodiscard]] constexpr Side ingress_of(Direction direction) noexcept {
  return direction == Direction::lan_to_wan ? Side::lan : Side::wan;
}
[[nodiscard]] constexpr Side egress_of(Direction direction) noexcept {
  return direction == Direction::lan_to_wan ? Side::wan : Side::lan;
}

}  // namespace narrows
