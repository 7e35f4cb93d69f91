// SPDX-License-Identifier: BSD-3-Clause
/// Ethernet II and VLAN tags (IEEE 802.3 §3.1.1, 802.1Q-2018 §9).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/mac_address.h"

namespace narrows::wire {

inline constexpr std::uint16_t kEthertypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEthertypeArp = 0x0806;
inline constexpr std::uint16_t kEthertypeVlan = 0x8100;  ///< 802.1Q C-tag
inline constexpr std::uint16_t kEthertypeIpv6 = 0x86dd;
inline constexpr std::uint16_t kEthertypePppoeDiscovery = 0x8863;
inline constexpr std::uint16_t kEthertypePppoeSession = 0x8864;
inline constexpr std::uint16_t kEthertypeServiceVlan = 0x88a8;  ///< 802.1ad S-tag

inline constexpr std::size_t kMinFrameOctets = 60;  ///< without FCS

struct EthernetHeader {
  MacAddress destination;
  MacAddress source;
  Be16 ethertype;
};
static_assert(sizeof(EthernetHeader) == 14);

/// What follows a VLAN TPID.
struct VlanTag {
  Be16 tci;        ///< PCP (3 bits), DEI (1), VLAN id (12)
  Be16 ethertype;  ///< of what the tag wraps
};
static_assert(sizeof(VlanTag) == 4);

inline constexpr std::uint16_t kVlanIdMask = 0x0fff;
inline constexpr std::size_t kMaxVlanTags = 2;
/// Of the longest header here, all of which comes on top of what an MTU counts.
inline constexpr std::uint16_t kMaxEthernetOctets = sizeof(EthernetHeader) + kMaxVlanTags * sizeof(VlanTag);

/// The VLAN ids of a frame as one integer to compare: priority bits left out, a lone priority tag (VLAN 0)
/// the same as no tag.
class VlanStack {
 public:
  constexpr VlanStack() = default;  ///< untagged
  constexpr explicit VlanStack(std::uint16_t id) : value_(id) {}
  constexpr VlanStack(std::uint16_t outer, std::uint16_t inner)
      : value_(kTwoTags | static_cast<std::uint32_t>(outer) << 16 | inner) {}
  [[nodiscard]] constexpr std::uint32_t value() const noexcept { return value_; }
  /// Outermost first.
  [[nodiscard]] std::vector<std::uint16_t> ids() const {
    const auto inner = static_cast<std::uint16_t>(value_ & kVlanIdMask);
    if ((value_ & kTwoTags) != 0) return {static_cast<std::uint16_t>(value_ >> 16 & kVlanIdMask), inner};
    return inner == 0 ? std::vector<std::uint16_t>{} : std::vector{inner};
  }
  friend constexpr auto operator<=>(const VlanStack&, const VlanStack&) = default;

 private:
  static constexpr std::uint32_t kTwoTags = std::uint32_t{1} << 31;
  std::uint32_t value_ = 0;
};

/// An Ethernet header with up to two tags, as parse_ethernet() found it.
struct EthernetView {
  std::uint16_t ethertype = 0;       ///< behind the tags; a TPID when there are more tags than two
  std::uint16_t payload_offset = 0;  ///< from the frame's first octet; 0: the frame is too short
  std::uint8_t tags = 0;             ///< 0 … 2
  std::uint16_t outer_tpid = 0;      ///< of the first tag, 0 without
  VlanStack vlans = {};
};

[[nodiscard]] constexpr bool is_ip(std::uint16_t ethertype) noexcept {
  return ethertype == kEthertypeIpv4 || ethertype == kEthertypeIpv6;
}

[[nodiscard]] constexpr std::uint16_t ethertype_of(Family family) noexcept {
  return family == Family::ipv4 ? kEthertypeIpv4 : kEthertypeIpv6;
}

/// Of an ethertype that is_ip().
[[nodiscard]] constexpr Family family_of(std::uint16_t ethertype) noexcept {
  return ethertype == kEthertypeIpv4 ? Family::ipv4 : Family::ipv6;
}

[[nodiscard]] constexpr bool is_tpid(std::uint16_t ethertype) noexcept {
  return ethertype == kEthertypeVlan || ethertype == kEthertypeServiceVlan;
}

/// The destination or source MAC as wire::to_integer() gives it, in one load: reads the eight octets from
/// `mac` on, so two more than the address has. In an Ethernet header they are always there.
[[nodiscard]] inline std::uint64_t load_mac(const std::uint8_t* mac) noexcept {
  std::uint64_t value;
  std::memcpy(&value, mac, sizeof(value));
  return __builtin_bswap64(value) >> 16;  // little-endian hosts: x86-64 and arm64
}

/// Writes the six octets of an address given as load_mac() gives it.
inline void store_mac(std::uint8_t* mac, std::uint64_t value) noexcept {
  const std::uint64_t octets = __builtin_bswap64(value << 16);
  std::memcpy(mac, &octets, sizeof(MacAddress));
}

[[nodiscard]] constexpr bool is_multicast_mac(std::uint64_t mac) noexcept {
  return (mac >> 40 & 1) != 0;
}

/// parse_ethernet() for frames with a tag.
[[nodiscard]] inline EthernetView parse_tagged(const std::uint8_t* frame, std::size_t octets) noexcept {
  EthernetView view{.ethertype = header_at<EthernetHeader>(frame).ethertype.host()};
  view.outer_tpid = view.ethertype;
  std::uint16_t offset = sizeof(EthernetHeader);
  std::uint16_t ids[kMaxVlanTags] = {};
  while (is_tpid(view.ethertype) && view.tags < kMaxVlanTags) {
    if (octets < offset + sizeof(VlanTag)) return view;
    const auto& tag = header_at<VlanTag>(frame + offset);
    ids[view.tags++] = tag.tci.host() & kVlanIdMask;
    view.ethertype = tag.ethertype.host();
    offset = static_cast<std::uint16_t>(offset + sizeof(VlanTag));
  }
  view.vlans = view.tags == 1 ? VlanStack(ids[0]) : VlanStack(ids[0], ids[1]);
  view.payload_offset = offset;
  return view;
}

/// Reads the header of a frame of `octets`. Reads no octet beyond; payload_offset is 0 when the frame ends
/// inside its header or tags.
[[nodiscard]] inline EthernetView parse_ethernet(const std::uint8_t* frame, std::size_t octets) noexcept {
  if (octets < sizeof(EthernetHeader)) [[unlikely]]
    return {};
  const std::uint16_t ethertype = header_at<EthernetHeader>(frame).ethertype.host();
  if (is_tpid(ethertype)) return parse_tagged(frame, octets);
  return {.ethertype = ethertype, .payload_offset = sizeof(EthernetHeader)};
}

}  // namespace narrows::wire
