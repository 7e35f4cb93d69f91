// SPDX-License-Identifier: BSD-3-Clause
/// A session as the data path sees it: one cache line for each direction, everything that does not change
/// from frame to frame worked out beforehand.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/mac_address.h"

namespace narrows::session {

/// Room for a header template: the longest is Ethernet, two tags, PPPoE and the PPP protocol, 30 octets. One
/// wide store in front of the IP header writes it all; what lies left of the header in the template lands in
/// the mbuf's headroom.
inline constexpr std::size_t kTemplateOctets = 32;

/// A new frame header, flush right in its array.
struct HeaderTemplate {
  std::array<std::uint8_t, kTemplateOctets> octets{};
  std::uint8_t length = 0;  ///< octets of it that are header
};

/// What LAN→WAN needs. The template ends in PPPoE LENGTH and PPP protocol, both left 0.
struct alignas(64) LanToWan {
  HeaderTemplate header;
  std::array<std::uint16_t, kFamilies> mtu_octets{};  ///< longest IP packet the session carries; 0: down
  std::array<std::uint16_t, kFamilies> max_mss{};
  std::uint16_t tunnel_mtu_octets = 0;    ///< of the link; 0: TCP inside tunnels is left alone
  bool hands_out = false;                 ///< DHCP is answered here
  std::array<std::uint8_t, 4> gateway{};  ///< as an IPv4 packet has it; with hands_out: who answers DHCP
};
static_assert(sizeof(LanToWan) == 64);

/// What WAN→LAN needs. The template's destination and ethertype are left 0.
struct alignas(64) WanToLan {
  HeaderTemplate header;
  std::array<std::uint16_t, kFamilies> mtu_octets{};  ///< longest IP packet the LAN carries; 0: down
  std::array<std::uint16_t, kFamilies> max_mss{};
  std::uint16_t tunnel_mtu_octets = 0;  ///< of the link; 0: TCP inside tunnels is left alone
  wire::VlanStack vlans;                ///< with key and vlans a frame proves that it is this session's
  std::uint64_t key = 0;                ///< session_key() of id and the concentrator's MAC
  std::uint16_t next = 0;               ///< next session of the same slot, kNone at the end
};
static_assert(sizeof(WanToLan) == 64);

/// No session.
inline constexpr std::uint16_t kNone = 0xffff;

/// Session id and the concentrator's MAC (48 bits, wire::to_integer) in one integer.
[[nodiscard]] constexpr std::uint64_t session_key(std::uint16_t id, std::uint64_t ac_mac) noexcept {
  return std::uint64_t{id} << 48 | ac_mac;
}

/// What a session is made from; host order.
struct SessionSpec {
  bool vacant = false;   ///< nobody's place: no frame finds it
  std::uint16_t id = 0;  ///< 0: it has none now, and the WAN side is unknown
  wire::MacAddress ac_mac;
  wire::MacAddress wan_mac;
  wire::MacAddress lan_mac;
  std::vector<std::uint16_t> wan_vlans;  ///< 0 … 2, outermost first
  std::uint8_t pcp = 0;
  std::uint16_t lan_vlan = 0;  ///< 0: untagged
  std::uint16_t mtu_octets = 0;
  std::uint16_t lan_mtu_octets = 0;
  std::array<bool, kFamilies> up{true, true};  ///< which families' data pass
  bool hands_out = false;
  wire::Ipv4Address gateway;  ///< with hands_out; 0: not known yet
  friend bool operator==(const SessionSpec&, const SessionSpec&) = default;
  std::array<std::array<std::uint16_t, kFamilies>, kDirections> max_mss{};
  std::uint16_t tunnel_mtu_octets = 0;  ///< what limits TCP inside tunnels; 0: left alone
};

[[nodiscard]] LanToWan make_lan_to_wan(const SessionSpec& spec);
[[nodiscard]] WanToLan make_wan_to_lan(const SessionSpec& spec);
[[nodiscard]] wire::VlanStack wan_vlan_stack(const SessionSpec& spec);

}  // namespace narrows::session
