// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/session/session.h"

#include <algorithm>
#include <cstring>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/pppoe.h"

namespace narrows::session {
namespace {

using wire::Be16;

template <typename Header>
void append(std::vector<std::uint8_t>& octets, const Header& header) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(&header);
  octets.insert(octets.end(), first, first + sizeof(header));
}

HeaderTemplate flush_right(const std::vector<std::uint8_t>& octets) {
  HeaderTemplate header;
  header.length = static_cast<std::uint8_t>(octets.size());
  std::copy_backward(octets.begin(), octets.end(), header.octets.end());
  return header;
}

/// No packet fits a family that is down: the one comparison finds both.
std::array<std::uint16_t, kFamilies> mtu_where_up(const SessionSpec& spec, std::uint16_t mtu_octets) {
  std::array<std::uint16_t, kFamilies> mtu{};
  for (std::size_t family = 0; family < kFamilies; ++family)
    if (spec.up[family]) mtu[family] = mtu_octets;
  return mtu;
}

}  // namespace

wire::VlanStack wan_vlan_stack(const SessionSpec& spec) {
  if (spec.wan_vlans.empty()) return {};
  if (spec.wan_vlans.size() == 1) return wire::VlanStack(spec.wan_vlans[0]);
  return {spec.wan_vlans[0], spec.wan_vlans[1]};
}

LanToWan make_lan_to_wan(const SessionSpec& spec) {
  std::vector<std::uint8_t> octets;
  append(octets, spec.ac_mac);
  append(octets, spec.wan_mac);
  for (std::size_t tag = 0; tag < spec.wan_vlans.size(); ++tag) {
    // Two tags: 802.1ad outside, 802.1Q inside (802.1Q-2018 §9.5).
    const bool service = spec.wan_vlans.size() == 2 && tag == 0;
    append(octets, Be16(service ? wire::kEthertypeServiceVlan : wire::kEthertypeVlan));
    append(octets, Be16(static_cast<std::uint16_t>(spec.pcp << 13 | spec.wan_vlans[tag])));
  }
  append(octets, Be16(wire::kEthertypePppoeSession));
  append(octets, wire::PppoeHeader{wire::kPppoeVersionType, wire::kPppoeCodeSession, Be16(spec.id), Be16()});
  append(octets, Be16());  // PPP protocol
  LanToWan session{.header = flush_right(octets),
                   .mtu_octets = mtu_where_up(spec, spec.mtu_octets),
                   .max_mss = spec.max_mss[index_of(Direction::lan_to_wan)],
                   .tunnel_mtu_octets = spec.tunnel_mtu_octets,
                   .hands_out = spec.hands_out};
  const wire::Be32 gateway(spec.gateway.value);
  std::memcpy(session.gateway.data(), &gateway, sizeof(gateway));
  return session;
}

WanToLan make_wan_to_lan(const SessionSpec& spec) {
  std::vector<std::uint8_t> octets;
  append(octets, wire::MacAddress{});
  append(octets, spec.lan_mac);
  if (spec.lan_vlan != 0) {
    append(octets, Be16(wire::kEthertypeVlan));
    append(octets, Be16(spec.lan_vlan));
  }
  append(octets, Be16());  // ethertype
  return {.header = flush_right(octets),
          .mtu_octets = mtu_where_up(spec, spec.lan_mtu_octets),
          .max_mss = spec.max_mss[index_of(Direction::wan_to_lan)],
          .tunnel_mtu_octets = spec.tunnel_mtu_octets,
          .vlans = wan_vlan_stack(spec),
          .key = session_key(spec.id, wire::to_integer(spec.ac_mac)),
          .next = kNone};
}

}  // namespace narrows::session
