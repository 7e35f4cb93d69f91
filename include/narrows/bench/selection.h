// SPDX-License-Identifier: BSD-3-Clause
/// What `narrows bench` can measure, and which part of it is asked for.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "narrows/wire/direction.h"

namespace narrows::bench {

/// `loop` is a worker between two ports in memory, adding one way and stripping the other.
enum class Case : std::uint8_t { add, strip, transparent, loop };
/// What the packets of established connections are like; a SYN has its own length, but among 1500s carries
/// data.
enum class Frame : std::uint8_t { octets_64, imix, octets_1500 };
/// hot: headers, buffers and tables in L1. l3: more of them than L2 holds.
enum class Memory : std::uint8_t { hot, l3 };
/// Behind the Ethernet header: the IP packet; a VLAN tag (add, strip, loop: on the LAN side); or
/// (transparent) a PPPoE session header.
enum class Wrapping : std::uint8_t { plain, vlan, pppoe };

inline constexpr std::array<std::string_view, 4> kCaseNames{"add", "strip", "transparent", "loop"};
inline constexpr std::array<std::string_view, 3> kFrameNames{"64", "imix", "1500"};
inline constexpr std::array<std::string_view, 2> kMemoryNames{"hot", "l3"};
inline constexpr std::array<std::string_view, 3> kWrappingNames{"plain", "vlan", "pppoe"};
inline constexpr std::array<unsigned, 3> kSynPercents{0, 1, 100};
inline constexpr unsigned kManySessions = 4000;
inline constexpr std::array<unsigned, 2> kSessionCounts{1, kManySessions};

template <typename Enum, std::size_t size>
[[nodiscard]] constexpr std::string_view name_of(Enum value,
                                                 const std::array<std::string_view, size>& names) noexcept {
  return names[index_of(value)];
}

/// The circumstances of a figure, but for the vector level.
struct Setting {
  Case what = Case::add;
  Frame frame = Frame::imix;
  unsigned syn_percent = 0;
  unsigned sessions = 1;
  Family family = Family::ipv4;
  Wrapping wrapping = Wrapping::plain;
  Memory memory = Memory::hot;
  friend constexpr auto operator<=>(const Setting&, const Setting&) = default;
};

/// What the user asked for, by axis; an axis with nothing in it goes by its default.
struct Selection {
  std::vector<Case> cases = {};
  std::vector<Frame> frames = {};
  std::vector<unsigned> syn_percents = {};
  std::vector<unsigned> session_counts = {};
  std::vector<Family> families = {};
  std::vector<Wrapping> wrappings = {};
  std::vector<Memory> memories = {};
  bool all = false;           ///< axes not named: everything
  bool targets_only = false;  ///< what the table of targets needs
};

/// All settings there are: sessions of more than one are told apart by VLANs on the LAN side, transparent
/// mode knows none, and what the loop's ports hand out is always hot.
[[nodiscard]] std::vector<Setting> all_settings();

/// Those of all_settings() that are asked for, in their order; may be empty.
[[nodiscard]] std::vector<Setting> select(const Selection& selection);

}  // namespace narrows::bench
