// SPDX-License-Identifier: BSD-3-Clause
/// transparent, where MTUs are learned: which frames the control thread is shown, and whose limits a SYN
/// gets.
#include "narrows/config/config.h"
#include "narrows/pipeline/learned_sessions.h"
#include "narrows/worker/session_snapshots.h"
#include "path.h"

namespace narrows::test {
namespace {

struct LearningPath : TransparentPath {
  explicit LearningPath(Direction direction = Direction::lan_to_wan) : TransparentPath(direction) {
    config.mode = config::Mode::transparent;
    config.learn_mtu = true;
    use();
    context.direction = direction;
    context.config = &config;
    context.learned = &learned;
    side = direction == Direction::lan_to_wan ? Side::lan : Side::wan;
  }
  /// After the configuration has changed.
  void use() {
    context.max_mss = config::max_mss(config)[index_of(context.direction)];
    context.tunnel_mtu_octets = config::tunnel_mtu(config);
  }
  /// The session of this frame.
  void learn(const Octets& frame, std::uint16_t mtu) {
    const auto view = wire::parse_ethernet(frame.data(), frame.size());
    const auto id = static_cast<std::uint16_t>(get16(frame, view.payload_offset + 2u));
    ASSERT_TRUE(learned.set(next_slot++, session::watched_key(side, frame.data(), view.vlans, id), mtu));
  }
  [[nodiscard]] unsigned mss_after(const Octets& frame) {
    const Departure departure = send(frame);
    EXPECT_EQ(departure.fate, "forward");
    return get16(departure.frame, frame.size() - 2);
  }

  config::Config config;
  worker::SessionSnapshots snapshots{
      std::make_unique<session::SessionTable>(std::vector<session::SessionSpec>{}), 1};
  pipeline::LearnedSessions learned{snapshots.readers(), 1, 0};
  Side side = Side::lan;
  std::uint16_t next_slot = 0;
};

Octets in_session(Direction direction, const Octets& ip, unsigned id = 7, const Octets& router = kPeerMac) {
  const Octets payload = pppoe(id, ppp_of(ip), ip);
  return direction == Direction::lan_to_wan ? ethernet(kAcMac, router, 0x8864, payload)
                                            : ethernet(router, kAcMac, 0x8864, payload);
}
Octets syn4(unsigned mss = 1460) {
  return ipv4(tcp(kSyn, mss_option(mss)));
}
Octets syn6(unsigned mss = 1460) {
  return ipv6(tcp(kSyn, mss_option(mss)));
}

TEST(Learning, ASynInsideATunnelDoesToo) {
  for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan}) {
    LearningPath path(direction);
    path.config.mss.tunnels = true;
    path.use();
    const auto frame = [&](unsigned mss, unsigned id) {
      return in_session(direction, ipv6_raw(4, syn4(mss)), id);
    };
    path.learn(frame(1460, 7), 1454);
    EXPECT_EQ(path.send(frame(1460, 7)).frame, frame(1374, 7));
    EXPECT_EQ(path.send(frame(1460, 8)).frame, frame(1412, 8)) << "not learned";
    path.config.mss.tunnels = false;
    path.use();
    EXPECT_EQ(path.send(frame(1460, 7)).frame, frame(1460, 7));
  }
}

TEST(Learning, ASynGetsTheLimitOfItsOwnSession) {
  for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan}) {
    LearningPath path(direction);
    path.learn(in_session(direction, syn4()), 1454);
    EXPECT_EQ(path.send(in_session(direction, syn4())).frame, in_session(direction, syn4(1414)));
    EXPECT_EQ(path.send(in_session(direction, syn6())).frame, in_session(direction, syn6(1394)));
    EXPECT_EQ(path.send(in_session(direction, syn4(1400))).frame, in_session(direction, syn4(1400)));
    EXPECT_EQ(path.mss_after(in_session(direction, syn4(), 8)), 1452u) << "not learned";
  }
}

TEST(Learning, PlainIpHasTheFallback) {
  LearningPath path;
  path.config.mtu_octets = 1480;
  path.use();
  path.learn(in_session(Direction::lan_to_wan, syn4()), 1454);
  EXPECT_EQ(path.mss_after(from_lan(syn4())), 1440u);
  EXPECT_EQ(path.mss_after(in_session(Direction::lan_to_wan, syn4(), 9)), 1440u);
}

TEST(Learning, MoreThanTheFallbackTooWhereItWasLearned) {
  LearningPath path;
  path.learn(in_session(Direction::lan_to_wan, syn4()), 1500);
  EXPECT_EQ(path.mss_after(in_session(Direction::lan_to_wan, syn4(9000))), 1460u);
  EXPECT_EQ(path.mss_after(in_session(Direction::lan_to_wan, syn4(9000), 8)), 1452u);
}

/// The one rule for limits, with a learned MTU in the configured one's place.
TEST(Learning, TheConfiguredLimitsHold) {
  LearningPath path;
  const Octets four = in_session(Direction::lan_to_wan, syn4());
  const Octets six = in_session(Direction::lan_to_wan, syn6());
  path.learn(four, 1454);
  path.config.lan.mtu_octets = 1400;
  EXPECT_EQ(path.mss_after(four), 1360u) << "a segment has to fit the LAN too";
  path.config.lan.mtu_octets = 1500;
  path.config.mss.ipv4 = {config::MssLimit::Kind::octets, 1300};
  path.config.mss.ipv6 = {config::MssLimit::Kind::off, 0};
  EXPECT_EQ(path.mss_after(four), 1300u);
  EXPECT_EQ(path.mss_after(six), 1460u);
}

TEST(Learning, AMixedBurstOfManySessions) {
  LearningPath path;
  const auto outward = Direction::lan_to_wan;
  const Octets other_router{0x02, 0, 0, 0, 0, 0x55};
  const auto in_vlan = [](Octets frame, unsigned tci) { return tagged(std::move(frame), 0x8100, tci); };
  const Octets frames[] = {
      in_session(outward, syn4(), 7),
      in_session(outward, syn4(), 7, other_router),
      in_vlan(in_session(outward, syn4(), 7), 100),
      in_vlan(in_vlan(in_session(outward, syn4(), 7), 100), 7),
      in_session(outward, syn4(), 8),
      in_session(outward, syn4(), 9),
      from_lan(syn4()),
  };
  const unsigned expected[] = {1360, 1361, 1362, 1363, 1364, 1452, 1452};
  for (std::uint16_t i = 0; i < 5; ++i) path.learn(frames[i], static_cast<std::uint16_t>(1400 + i));
  std::vector<Arrival> burst;
  for (unsigned i = 0; i < 63; ++i) burst.emplace_back(frames[i % 7]);
  const auto departures = path.send(burst);
  for (unsigned i = 0; i < 63; ++i)
    EXPECT_EQ(get16(departures[i].frame, departures[i].frame.size() - 2), expected[i % 7]) << i;
  // Priority is no part of a VLAN.
  EXPECT_EQ(path.mss_after(in_vlan(in_session(outward, syn4(), 7), 0xe064)), 1362u);
}

TEST(Learning, WhatTheControlThreadIsShown) {
  LearningPath path;
  const auto discovery = [](std::uint8_t code, const Octets& rest = Octets(44)) {
    return ethernet(kPeerMac, kAcMac, 0x8863, Octets{0x11, code} + rest);
  };
  const auto session_frame = [](unsigned protocol, std::uint8_t code = 0, std::uint8_t version = 0x11) {
    return padded(ethernet(kAcMac, kPeerMac, 0x8864, pppoe(7, protocol, counting(30), code, version)));
  };
  struct Row {
    Octets frame;
    bool is_shown;
  };
  const std::vector<Row> rows{
      {discovery(0x65), true},                             // PADS
      {discovery(0xa7), true},                             // PADT
      {discovery(0x65, Octets(4)), true},                  // and nothing behind its header
      {discovery(0x65, Octets(3)), false},                 // less than a header
      {tagged(discovery(0x65), 0x8100, 7), true},          //
      {discovery(0x09), false},                            // PADI
      {discovery(0x07), false},                            // PADO
      {discovery(0x19), false},                            // PADR
      {session_frame(0xc021), true},                       // LCP
      {session_frame(0xc021, 1), true},                    // malformed: is counted there
      {session_frame(0xc021, 0, 0x12), true},              //
      {tagged(session_frame(0xc021), 0x88a8, 9), true},    //
      {session_frame(0xc023), false},                      // PAP
      {session_frame(0x8021), false},                      // IPCP
      {in_session(Direction::lan_to_wan, syn4()), false},  //
      {from_lan(syn4()), false},
      {ethernet(kAcMac, kPeerMac, 0x8864, Octets(7)), false},
      {Octets(9, 1), false},
  };
  pipeline::Burst burst;
  burst.size = 0;
  for (const Row& row : rows) burst.mbufs.at(burst.size++) = make_mbuf(row.frame);
  const auto process =
      pipeline::select_process(config::Mode::transparent, Direction::lan_to_wan, simd::best_level());
  process(burst, path.context);
  spell_out(burst);
  for (unsigned i = 0; i < burst.size; ++i) {
    EXPECT_EQ((burst.watched >> i & 1) != 0, rows[i].is_shown) << i;
    EXPECT_EQ(burst.verdict[i], pipeline::Verdict::forward) << i;
    EXPECT_TRUE(i == 14 || i == 15 || octets_of(burst.mbufs[i]) == rows[i].frame) << i;
  }
  path.context.learned = nullptr;
  process(burst, path.context);
  spell_out(burst);
  EXPECT_EQ(burst.watched, 0u) << "only where it is learned from";
  for (unsigned i = 0; i < burst.size; ++i) rte_pktmbuf_free(burst.mbufs[i]);
}

}  // namespace
}  // namespace narrows::test
