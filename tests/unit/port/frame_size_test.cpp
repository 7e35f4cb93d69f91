// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/frame_size.h"

#include <gtest/gtest.h>

namespace narrows::port {
namespace {

rte_eth_dev_info driver(std::uint16_t max_mtu, std::uint32_t longest_frame) {
  rte_eth_dev_info info{};
  info.max_mtu = max_mtu;
  info.max_rx_pktlen = longest_frame;
  return info;
}

TEST(FrameSize, TagsThatTheDriverLeavesNoRoomForCountIntoTheMtu) {
  const auto no_tag = driver(9000, 9018);
  const auto one_tag = driver(9000, 9022);
  const auto two_tags = driver(9000, 9026);
  for (std::uint8_t tags = 0; tags <= 2; ++tags) {
    const FrameSize size{.mtu_octets = 1508, .vlan_tags = tags, .pppoe_octets = 8};
    EXPECT_EQ(driver_mtu(size, no_tag), 1508u + tags * 4u);
    EXPECT_EQ(driver_mtu(size, one_tag), 1508u + (tags > 1 ? 4u : 0u));
    EXPECT_EQ(driver_mtu(size, two_tags), 1508u);
    EXPECT_EQ(driver_mtu(size, driver(UINT16_MAX, 9022)), 1508u + tags * 4u) << "it does not say";
    EXPECT_EQ(driver_mtu(size, driver(9000, 0)), 1508u + tags * 4u);
  }
}

TEST(FrameSize, LinuxLeavesRoomForOneTag) {
  EXPECT_EQ(linux_mtu({1508, 0, 8}), 1508u);
  EXPECT_EQ(linux_mtu({1508, 1, 8}), 1508u);
  EXPECT_EQ(linux_mtu({1508, 2, 8}), 1516u);
}

TEST(FrameSize, WhatIsTooSmallIsSaidWithWhatWorks) {
  const FrameSize with_tags{.mtu_octets = 1508, .vlan_tags = 2, .pppoe_octets = 8};
  EXPECT_EQ(
      too_small_text(Side::wan, with_tags, "eth1", 1516, 1500),
      "ports.wan: eth1 does not carry an MTU of 1508 with 2 VLAN tags: the largest session MTU that works is "
      "1484; set mtu to at most 1484 and ports.wan.mtu to 1492");
  EXPECT_EQ(too_small_text(Side::wan, {1508, 1, 8}, "eth1", 1508, 1500),
            "ports.wan: eth1 does not carry an MTU of 1508: the largest session MTU that works is 1492; set "
            "mtu to at "
            "most 1492 and ports.wan.mtu to 1500");
  EXPECT_EQ(too_small_text(Side::lan, {9000, 0, 0}, "eth0", 9000, 1500),
            "ports.lan: eth0 does not carry an MTU of 9000: set ports.lan.mtu to at most 1500");
  EXPECT_NE(too_small_text(Side::wan, {1508, 0, 8}, "eth1", 1508, 0).find("works is 0"), std::string::npos);
}

}  // namespace
}  // namespace narrows::port
