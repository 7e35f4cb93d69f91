// SPDX-License-Identifier: BSD-3-Clause
/// The frames a port has to carry: MTU, PPPoE within it, and VLAN tags on top.
#pragma once

#include <rte_ethdev.h>

#include <cstdint>
#include <string>

#include "narrows/wire/direction.h"

namespace narrows::port {

struct FrameSize {
  std::uint16_t mtu_octets = 1500;  ///< longest payload behind all VLAN tags
  std::uint8_t vlan_tags = 0;       ///< most tags a frame has
  std::uint16_t pppoe_octets = 0;   ///< of mtu_octets, before a session's packet begins
  std::uint8_t l2_octets = 14;      ///< longest headers in front of an IP packet: 14, 18, 22, 26, 30
};

/// The MTU to ask a DPDK driver for: drivers differ in how many VLAN tags they leave room for on top of it,
/// which shows in how far their longest frame is beyond their largest MTU.
/// @return at least size.mtu_octets; more where the tags have to be counted into the MTU.
[[nodiscard]] std::uint32_t driver_mtu(const FrameSize& size, const rte_eth_dev_info& info) noexcept;

/// The same for a Linux interface, which leaves room for one 802.1Q tag.
[[nodiscard]] std::uint32_t linux_mtu(const FrameSize& size) noexcept;

/// What to write when the most a port takes is `most_octets` where `asked_octets` were needed: one line with
/// the largest session MTU that works.
[[nodiscard]] std::string too_small_text(Side side, const FrameSize& size, const std::string& device,
                                         std::uint32_t asked_octets, std::uint32_t most_octets);

}  // namespace narrows::port
