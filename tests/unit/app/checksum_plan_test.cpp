// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/checksum_plan.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace narrows::app {
namespace {

config::Config config_of(std::vector<std::uint16_t> wan_vlans, std::optional<std::uint16_t> lan_vlan) {
  config::Config config;
  config::Session session;
  session.wan.vlans = std::move(wan_vlans);
  session.lan.vlan = lan_vlan;
  config.sessions = {config::Session{}, session};
  return config;
}

TEST(ChecksumPlan, TheLongestHeadersOfEachPort) {
  EXPECT_EQ(l2_octets(config_of({}, {}), Side::lan), 14);
  EXPECT_EQ(l2_octets(config_of({}, 10), Side::lan), 18);
  EXPECT_EQ(l2_octets(config_of({}, {}), Side::wan), 22);
  EXPECT_EQ(l2_octets(config_of({7}, {}), Side::wan), 26);
  EXPECT_EQ(l2_octets(config_of({100, 7}, {}), Side::wan), 30);
  config::Config transparent;
  transparent.mode = config::Mode::transparent;
  for (const auto side : {Side::lan, Side::wan}) EXPECT_EQ(l2_octets(transparent, side), 30);
}

TEST(ChecksumPlan, TheOutermostVlansOfEachPort) {
  const auto config = config_of({100, 7}, 10);
  EXPECT_EQ(outer_vlans(config, Side::lan), std::vector<std::uint16_t>{10});
  EXPECT_EQ(outer_vlans(config, Side::wan), std::vector<std::uint16_t>{100});
  EXPECT_TRUE(outer_vlans(config_of({}, {}), Side::wan).empty());
}

TEST(ChecksumPlan, EachPortIsJudgedByItsOwnHeaders) {
  const port::ChecksumFacts vmxnet3{.driver = "net_vmxnet3", .offers_tx = true, .offers_rx = true};
  const port::ChecksumFacts virtio{.driver = "net_virtio", .offers_tx = true, .offers_rx = true};
  const auto plain = decide_checksums(config_of({}, {}), {vmxnet3, virtio});
  EXPECT_TRUE(plain[index_of(Side::lan)].hardware);
  const auto behind_pppoe = decide_checksums(config_of({}, {}), {virtio, vmxnet3});
  EXPECT_FALSE(behind_pppoe[index_of(Side::wan)].hardware);
}

TEST(ChecksumPlan, WhatCannotBeMetNamesThePort) {
  auto config = config_of({}, {});
  config.checksum = config::ChecksumPolicy::hardware;
  const port::ChecksumFacts virtio{.driver = "net_virtio", .offers_tx = true, .offers_rx = true};
  try {
    static_cast<void>(decide_checksums(config, {virtio, port::ChecksumFacts{.driver = "net_null"}}));
    ADD_FAILURE();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "checksum: hardware: ports.wan: net_null offers no TCP checksum offload; set checksum: auto "
                 "or incremental");
  }
}

TEST(ChecksumPlan, WhatIsKnownBeforeTheStart) {
  auto config = config_of({}, {});
  config.lan.device = "net_virtio_user0,path=/tmp/a";
  config.wan.device = "net_af_packet12,iface=wan0";
  EXPECT_EQ(expected_checksum(config, Side::wan), "software: net_af_packet offers no TCP checksum offload");
  config.wan.device = "net_virtio_user1,path=/tmp/b";
  EXPECT_EQ(expected_checksum(config, Side::wan), "port: net_virtio_user goes by the offsets it is given");
  config.wan.device = "0000:03:00.0";
  EXPECT_EQ(expected_checksum(config, Side::wan),
            "decided at start, when the network card's driver has been asked");
  config.checksum = config::ChecksumPolicy::incremental;
  EXPECT_EQ(expected_checksum(config, Side::wan), "software: as configured");
  config.checksum = config::ChecksumPolicy::hardware;
  config.wan.device = "net_af_packet0,iface=wan0";
  EXPECT_EQ(expected_checksum(config, Side::wan).find("error at start: net_af_packet offers"), 0u);
}

}  // namespace
}  // namespace narrows::app
