// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/frame_size.h"

#include <fmt/format.h>

#include <algorithm>

#include "narrows/wire/ethernet.h"

namespace narrows::port {

std::uint32_t driver_mtu(const FrameSize& size, const rte_eth_dev_info& info) noexcept {
  constexpr std::uint32_t kUntagged = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
  const bool says = info.max_mtu != UINT16_MAX && info.max_rx_pktlen > info.max_mtu;
  const std::uint32_t room = says ? info.max_rx_pktlen - info.max_mtu : kUntagged;
  const std::uint32_t needed = kUntagged + size.vlan_tags * std::uint32_t{sizeof(wire::VlanTag)};
  return size.mtu_octets + (needed > room ? needed - room : 0);
}

std::uint32_t linux_mtu(const FrameSize& size) noexcept {
  return size.mtu_octets + (size.vlan_tags > 1 ? size.vlan_tags * std::uint32_t{sizeof(wire::VlanTag)} : 0);
}

std::string too_small_text(Side side, const FrameSize& size, const std::string& device,
                           std::uint32_t asked_octets, std::uint32_t most_octets) {
  const auto key = kSideNames[index_of(side)];
  const std::uint32_t for_tags = asked_octets - size.mtu_octets;
  const std::uint32_t most = most_octets - std::min(most_octets, for_tags);
  const auto tags = for_tags == 0 ? std::string() : fmt::format(" with {} VLAN tags", size.vlan_tags);
  if (size.pppoe_octets == 0)
    return fmt::format("ports.{}: {} does not carry an MTU of {}{}: set ports.{}.mtu to at most {}", key,
                       device, size.mtu_octets, tags, key, most);
  return fmt::format(
      "ports.{0}: {1} does not carry an MTU of {2}{3}: the largest session MTU that works is {4}; set mtu to "
      "at most {4} and ports.{0}.mtu to {5}",
      key, device, size.mtu_octets, tags, most - std::min<std::uint32_t>(most, size.pppoe_octets), most);
}

}  // namespace narrows::port
