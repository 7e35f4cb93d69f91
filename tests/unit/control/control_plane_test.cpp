// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/control_plane.h"

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <numeric>
#include <random>

#include "control_fixture.h"

namespace narrows::control {
namespace {

std::uint64_t events(const ControlPlane& plane) {
  const auto counts = plane.counters().snapshot();
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

const Octets kArp = hex(kBroadcast) + hex(kHostMac) + hex("0806 0001 0800 0604 0001") + hex(kHostMac) +
                    hex("cb007109 000000000000 cb007101");
const Octets kDiscovery = hex(kWanMac) + hex("02:00:00:00:00:ac 88a8 0064 8100 0007 8863 11 07 0000 0000");
const Octets kEcho =
    hex(kWanMac) + hex("02:00:00:00:00:ac 88a8 0064 8100 0007 8864 11 00 1234 000a c021 0901 0008 00000000");
const Octets kSolicitation =
    hex("33:33:ff:00:00:01") + hex(kHostMac) + hex("86dd") +
    icmpv6(hex("2001 0db8 0000 0000 0000 0000 0000 0009"), hex("ff02 0000 0000 0000 0000 0001 ff00 0001"),
           hex("87 00 0000 00000000 fe80 0000 0000 0000 0000 0000 0000 0001 01 01") + hex(kHostMac));

TEST_F(ControlPlaneTest, DiscoveryIsCounted) {
  EXPECT_TRUE(punt(Side::wan, kNoSession, kDiscovery).empty());
  EXPECT_TRUE(punt(Side::wan, kUntagged, kDiscovery).empty());
  EXPECT_EQ(count(Event::ignored_discovery), 2u);
}

TEST_F(ControlPlaneTest, AFrameWithoutASessionIsIgnored) {
  EXPECT_TRUE(punt(Side::lan, kNoSession, kArp).empty());
  EXPECT_TRUE(punt(Side::wan, kNoSession, kEcho).empty());
  EXPECT_TRUE(punt(Side::lan, config.sessions.size(), kArp).empty());
  EXPECT_EQ(count(Event::ignored_other), 3u);
}

TEST_F(ControlPlaneTest, AFrameFromTheOtherSideIsIgnored) {
  EXPECT_TRUE(punt(Side::wan, kUntagged, kArp).empty());
  EXPECT_TRUE(punt(Side::lan, kUntagged, kEcho).empty());
  EXPECT_EQ(count(Event::ignored_other), 2u);
}

TEST_F(ControlPlaneTest, ASourceThatIsNoStationIsMalformed) {
  for (const auto source : {"01:00:5e:00:00:01", "00:00:00:00:00:00"}) {
    Octets frame = kArp;
    const auto octets = hex(source);
    std::copy(octets.begin(), octets.end(), frame.begin() + 6);
    EXPECT_TRUE(punt(Side::lan, kUntagged, frame).empty());
  }
  EXPECT_EQ(count(Event::malformed), 2u);
}

TEST_F(ControlPlaneTest, TransparentModeHasNobodyToAnswer) {
  session::LanPeers no_peers(0);
  const config::Config nothing;
  StandingPlane standing_alone(nothing, {}, no_peers, sink);
  ControlPlane& transparent = standing_alone.control;
  transparent.handle_punt(Side::lan, kNoSession, kArp, now);
  transparent.tick(now, {});
  EXPECT_TRUE(sink.frames.empty());
}

// Every prefix in a buffer of exactly its size, so that a sanitizer sees one octet read too many; and every
// frame handed over is counted as exactly one event.
TEST_F(ControlPlaneTest, EveryPrefixOfEveryFrameIsSafe) {
  for (const auto& frame : {kArp, kDiscovery, kEcho, kSolicitation})
    for (const auto side : {Side::lan, Side::wan})
      for (std::size_t octets = 0; octets <= frame.size(); ++octets) {
        const auto before = events(plane);
        punt(side, kUntagged, Octets(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(octets)));
        EXPECT_EQ(events(plane), before + 1);
      }
}

TEST_F(ControlPlaneTest, RandomMutationsAreSafe) {
  std::mt19937 random(20240229);
  const std::vector<Octets> seeds{kArp, kDiscovery, kEcho, kSolicitation};
  for (int round = 0; round < 50'000; ++round, now += std::chrono::milliseconds(20)) {
    Octets frame = seeds[random() % seeds.size()];
    for (auto changes = random() % 4; changes > 0; --changes)
      frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
    if (random() % 4 == 0) frame.resize(random() % (frame.size() + 64));
    frame.shrink_to_fit();
    const auto before = events(plane);
    const auto sent = punt(random() % 2 == 0 ? Side::lan : Side::wan, random() % 5, frame);
    ASSERT_EQ(events(plane), before + 1);
    ASSERT_LE(sent.size(), 1u);
  }
}

TEST(ControlPlaneScale, ATickWith4094SessionsIsCheap) {
  config::Config config;
  config.sessions.resize(4094);
  for (std::size_t index = 0; index < config.sessions.size(); ++index) {
    auto& session = config.sessions[index];
    session.fixed.id = static_cast<std::uint16_t>(index + 1);
    session.lan.vlan = static_cast<std::uint16_t>(index + 1);
    session.lan.address = wire::Ipv4Address{0xc6120000u + static_cast<std::uint32_t>(index)};
  }
  session::LanPeers peers(config.sessions.size());
  FrameList sink;
  StandingPlane standing(config, {}, peers, sink);
  ControlPlane& plane = standing.control;
  const std::vector<std::uint64_t> none(config.sessions.size(), 0);
  const std::vector<std::uint64_t> all(config.sessions.size(), 1);
  plane.tick(Time(0), {all, {}});
  EXPECT_EQ(sink.frames.size(), config.sessions.size());
  const std::clock_t begin = std::clock();
  for (int round = 0; round < 100; ++round) plane.tick(Time(round), {all, {}});
  // Some microseconds each, of this process's own time: the bound only catches a wrong order of growth.
  EXPECT_LT(std::clock() - begin, CLOCKS_PER_SEC);
  EXPECT_EQ(sink.frames.size(), config.sessions.size());
}

}  // namespace
}  // namespace narrows::control
