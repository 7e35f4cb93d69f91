// SPDX-License-Identifier: BSD-3-Clause
/// What a plain frame looks like, as octets to compare: one comparison of 64 octets stands for the checks
/// that parsing makes one by one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/mac_address.h"

namespace narrows::wire {

inline constexpr std::size_t kShapeOctets = 64;
inline constexpr std::size_t kShapeTags = kMaxVlanTags + 1;  ///< how many counts of tags there are

/// Masks of octets: bit i is octet i of the frame, and set when (frame[i] & mask[i]) == expected[i].
struct alignas(kShapeOctets) Shape {
  std::array<std::uint8_t, kShapeOctets> mask{};
  std::array<std::uint8_t, kShapeOctets> expected{};
  /// All set: Ethernet, tags and PPPoE are as expected; IPv4 without options and no fragment, or IPv6.
  /// Lengths are another matter.
  std::uint64_t required = 0;
  std::uint64_t tcp = 0;  ///< set: the upper layer is TCP
  /// All set: TCP with SYN and without RST. 0: the flags lie beyond these octets.
  std::uint64_t opens_connection = 0;
  /// Not 0 and all set: the packet goes where ShapeSpec says that a second look is needed.
  std::uint64_t second_look = 0;
  std::uint16_t ip_offset = 0;  ///< from the frame's first octet; 0: no such shape
  Family family = Family::ipv4;
  bool pppoe = false;  ///< PPPoE LENGTH ends four octets before the IP header
};

/// What is to be expected; what is not given may be anything.
struct ShapeSpec {
  std::optional<MacAddress> destination = std::nullopt;
  std::optional<MacAddress> source = std::nullopt;
  /// One: 802.1Q. Two: 802.1ad outside, 802.1Q inside.
  unsigned tags = 0;
  std::optional<VlanStack> vlans = std::nullopt;  ///< as many ids as tags
  bool pppoe = false;
  std::optional<std::uint16_t> session_id = std::nullopt;
  Family family = Family::ipv4;
  std::optional<Ipv4Address> second_look = std::nullopt;  ///< IPv4: packets to this address
  bool groups_need_second_look = false;                   ///< instead: packets to multicast addresses
};

[[nodiscard]] Shape make_shape(const ShapeSpec& spec);

/// Shapes that differ in what follows the addresses; the index is the number of tags, PPPoE or not, family.
using Shapes = std::array<std::array<std::array<Shape, kFamilies>, 2>, kShapeTags>;

/// Those of any IP packet, in PPPoE or not, whoever sent it to whom.
[[nodiscard]] const Shapes& any_shapes();

/// Which of `shapes` a frame may have, going by its ethertypes and PPP protocol alone.
/// @param frame  kShapeOctets octets can be read, whether they belong to the frame or not.
/// @return one with ip_offset 0 when it can have none.
[[nodiscard]] const Shape& shape_to_try(const Shapes& shapes, const std::uint8_t* frame) noexcept;

}  // namespace narrows::wire
