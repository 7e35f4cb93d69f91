// SPDX-License-Identifier: BSD-3-Clause
/// Every level of vector instructions does just what the scalar code does, to every frame and every counter.
#include <fmt/format.h>

#include "bursts.h"
#include "random.h"

namespace narrows::test {
namespace {

constexpr unsigned kRounds = 800;

TEST(Levels, DoWhatTheScalarCodeDoes) {
  for (const simd::Level level : simd::levels()) {
    if (level == simd::Level::scalar) continue;
    for (const Setting& setting : settings()) {
      SCOPED_TRACE(fmt::format("{}, {}, {}", simd::name_of(level), setting.name,
                               kDirectionNames[index_of(setting.direction)]));
      Random random(1);
      LevelPath path(setting, level);
      LevelPath scalar(setting, simd::Level::scalar);
      for (unsigned round = 0; round < kRounds / simd::levels().size(); ++round) {
        const auto burst = burst_of(setting, random);
        ASSERT_EQ(path.send(burst), scalar.send(burst)) << "round " << round;
      }
      expect_same_counts(path, scalar, setting.sessions.size());
    }
  }
}

/// Every length that a packet may claim, in frames of every length, around where headers end.
TEST(Levels, CompareLengthsAsTheScalarCodeDoes) {
  constexpr unsigned kMost = 100;
  for (const simd::Level level : simd::levels()) {
    for (const Setting& setting : settings()) {
      if (setting.name != std::string_view("one") && setting.mode != config::Mode::transparent) continue;
      SCOPED_TRACE(fmt::format("{}, {}", simd::name_of(level), setting.name));
      LevelPath path(setting, level);
      LevelPath scalar(setting, simd::Level::scalar);
      const bool pppoe_frames = setting.direction == Direction::wan_to_lan;
      for (const Octets& ip : {ipv4(tcp(kSyn, {}, Octets(kMost))), ipv4(udp(Octets(kMost)), {}, 0, kUdp),
                               ipv6(tcp(kAck, {}, Octets(kMost))), ipv6_raw(kUdp, udp(Octets(kMost)))}) {
        const bool v4 = ip[0] == 0x45;
        for (unsigned claimed = 0; claimed < kMost; ++claimed) {
          std::vector<Arrival> burst;
          for (unsigned octets = 0; octets < kMost; octets += 2) {
            const Octets packet = first_octets(with16(ip, v4 ? 2 : 4, claimed), octets);
            burst.emplace_back(pppoe_frames
                                   ? ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, ppp_of(ip), packet))
                                   : ethernet(kLanMac, kPeerMac, ethertype_of(ip), packet));
            burst.back().frame.resize(burst.back().frame.size() + claimed % 7);
          }
          ASSERT_EQ(path.send(burst), scalar.send(burst)) << "claimed " << claimed;
        }
      }
      expect_same_counts(path, scalar, setting.sessions.size());
    }
  }
}

/// A frame that changes whom a session's frames go to, between two of those who had it before: the last one
/// wins, in every level.
TEST(Levels, LearnTheLastOfTwoLanPeers) {
  for (const simd::Level level : simd::levels()) {
    SCOPED_TRACE(simd::name_of(level));
    const Setting setting{"one", config::Mode::terminate, Direction::lan_to_wan, {plain_session()}};
    const Octets ip = ipv4(tcp(kAck));
    const Arrival known = ethernet(kLanMac, kPeerMac, 0x0800, ip);
    const Arrival other = ethernet(kLanMac, kAcMac, 0x0800, ip);
    LevelPath path(setting, level);
    path.send(std::vector<Arrival>{known, other, known, known});
    EXPECT_EQ(path.peers.load(0), wire::to_integer(mac(kPeerMac)));
    path.send(std::vector<Arrival>{known, known, other});
    EXPECT_EQ(path.peers.load(0), wire::to_integer(mac(kAcMac)));
  }
}

}  // namespace
}  // namespace narrows::test
