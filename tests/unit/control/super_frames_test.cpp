// SPDX-License-Identifier: BSD-3-Clause
/// Super-frames are a mistake in the set-up: said once a port, with what to do.
#include "control_fixture.h"

namespace narrows::control {
namespace {

class SuperFramesTest : public ::testing::Test {
 protected:
  static config::Config with_interfaces() {
    config::Config config = control_config();
    config.lan.interface = "eth1";
    config.wan.mtu_octets = 1508;
    return config;
  }
  void seen(std::uint64_t lan, std::uint64_t wan) {
    Traffic traffic;
    traffic.super_frames = {lan, wan};
    standing.control.tick(now += std::chrono::milliseconds(50), traffic);
  }
  config::Config config = with_interfaces();
  session::LanPeers peers{config.sessions.size()};
  FrameList sink;
  StandingPlane standing{config, {}, peers, sink};
  Time now = std::chrono::seconds(1);
};

TEST_F(SuperFramesTest, NothingIsSaidWithoutThem) {
  seen(0, 0);
  EXPECT_TRUE(standing.log.empty());
}

TEST_F(SuperFramesTest, OnceForEachPort) {
  for (std::uint64_t frames : {1u, 2u, 100u}) seen(frames, 0);
  ASSERT_EQ(standing.log.size(), 1u);
  EXPECT_NE(standing.log[0].find("ports.lan: frames longer than its MTU of 1500"), std::string::npos);
  EXPECT_NE(standing.log[0].find("ethtool -K eth1 gro off lro off"), std::string::npos) << standing.log[0];
  for (std::uint64_t frames : {1u, 2u}) seen(100, frames);
  ASSERT_EQ(standing.log.size(), 2u);
  EXPECT_NE(standing.log[1].find("ports.wan: frames longer than its MTU of 1508"), std::string::npos);
  EXPECT_EQ(standing.log[1].find("ethtool"), std::string::npos) << "no Linux interface";
}

}  // namespace
}  // namespace narrows::control
