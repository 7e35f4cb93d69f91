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

/// Sessions of one shape each way, that differ in all a shape does not say: where they go, in how long
/// headers, and within which limits.
std::vector<SessionSpec> alike_on(Side side) {
  std::vector<SessionSpec> specs;
  const std::vector<std::vector<std::uint16_t>> wan_tags{{}, {835}, {100, 7}};
  for (std::uint16_t i = 0; i < 9; ++i) {
    const bool lan = side == Side::lan;
    const auto lan_vlan = static_cast<std::uint16_t>(lan || i > 0 ? 10 + i : 0);
    SessionSpec spec = with_tags(lan ? wan_tags[i % wan_tags.size()] : wan_tags[0], lan_vlan);
    spec = numbered(spec, static_cast<std::uint16_t>(2 + i), static_cast<std::uint16_t>(1492 - i));
    for (auto& of_direction : spec.max_mss)
      for (auto& limit : of_direction) limit = static_cast<std::uint16_t>(limit - 10 * i);
    specs.push_back(spec);
  }
  return specs;
}

/// Bursts in which all frames have one shape, but each its own session: whatever the session says has to be
/// looked up for each.
TEST(Levels, DoSoWhereFramesDifferInTheirSessionAlone) {
  for (const simd::Level level : simd::levels()) {
    for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan}) {
      const Setting setting{"alike", config::Mode::terminate, direction, alike_on(ingress_of(direction))};
      SCOPED_TRACE(fmt::format("{}, {}", simd::name_of(level), kDirectionNames[index_of(direction)]));
      Random random(1);
      LevelPath path(setting, level);
      LevelPath scalar(setting, simd::Level::scalar);
      for (unsigned round = 0; round < kRounds / 4; ++round) {
        const Octets syn = ipv4(tcp(kSyn, mss_option(1500)));
        const unsigned syns_in_4 = random() % 5;
        std::vector<Arrival> burst;
        for (unsigned left = 1 + random() % 64; left > 0; --left) {
          const Octets other = ipv4(tcp(kAck, {}, Octets(random() % 50)));
          burst.emplace_back(frame_of(setting, random() % 4 < syns_in_4 ? syn : other, random));
        }
        if (random() % 4 == 0) burst[random() % burst.size()].frame[12] = 0x88;
        ASSERT_EQ(path.send(burst), scalar.send(burst)) << "round " << round;
      }
      expect_same_counts(path, scalar, setting.sessions.size());
      EXPECT_NE(path.totals().clamped[0].value(), 0u);
    }
  }
}

}  // namespace
}  // namespace narrows::test
