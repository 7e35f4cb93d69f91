// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/session_specs.h"

#include <gtest/gtest.h>

#include "control_fixture.h"

namespace narrows::control {
namespace {

TEST(SessionSpecs, CarryTheConfiguration) {
  auto config = control_config();
  config.lan.mtu_octets = 1480;
  config.sessions[kLearning].mss.wan_to_lan.clamp = false;
  config.sessions[kLearning].mss.tunnels = true;
  const auto specs =
      session_specs(config, {wire::parse_mac(kLanMac).value(), wire::parse_mac(kWanMac).value()});
  ASSERT_EQ(specs.size(), config.sessions.size());
  EXPECT_EQ(specs[kUntagged].id, 0x1234);
  EXPECT_EQ(wire::to_string(specs[kUntagged].ac_mac), "02:00:00:00:00:ac");
  EXPECT_EQ(wire::to_string(specs[kUntagged].lan_mac), kLanMac);
  EXPECT_EQ(wire::to_string(specs[kUntagged].wan_mac), kWanMac);
  EXPECT_EQ(specs[kUntagged].wan_vlans, (std::vector<std::uint16_t>{100, 7}));
  EXPECT_EQ(specs[kUntagged].pcp, 3);
  EXPECT_EQ(specs[kUntagged].lan_vlan, 0);
  EXPECT_EQ(specs[kUntagged].lan_mtu_octets, 1480);
  EXPECT_EQ(specs[kLearning].lan_vlan, 10);
  EXPECT_EQ(specs[kLearning].mtu_octets, 1454);
  EXPECT_EQ(specs[kLearning].max_mss[0][0], 1414);
  EXPECT_EQ(specs[kLearning].max_mss[0][1], 1394);
  EXPECT_EQ(specs[kLearning].max_mss[1][0], config::kNoMssLimit);
  EXPECT_EQ(specs[kLearning].tunnel_mtu_octets, 1454);
  EXPECT_EQ(specs[kUntagged].tunnel_mtu_octets, 0);
}

}  // namespace
}  // namespace narrows::control
