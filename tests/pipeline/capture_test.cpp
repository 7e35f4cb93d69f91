// SPDX-License-Identifier: BSD-3-Clause
/// What a capture sees of a worker's frames, and that the worker does the same with it as without.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "capture_fixture.h"
#include "narrows/worker/worker.h"
#include "spread_fixture.h"

namespace narrows::test {
namespace {

using testing::ElementsAre;
using Words = std::vector<std::string>;

class CaptureTest : public testing::Test {
 protected:
  void start(config::Mode mode = config::Mode::terminate, unsigned wan_room = 1023) {
    lan.emplace();
    wan.emplace(wan_room);
    lan_port.emplace(lan->id(), settings_of(Side::lan, kLanMac), test_pool());
    wan_port.emplace(wan->id(), settings_of(Side::wan, kWanMac), test_pool());
    peers.learn(0, wire::to_integer(mac(kPeerMac)));
    worker::WorkerSettings settings;
    settings.mode = mode;
    settings.ports = {&*lan_port, &*wan_port};
    settings.sessions = &sessions;
    settings.lan_peers = &peers;
    settings.max_mss = plain_session().max_mss;
    settings.captures = &captures;
    worker.emplace(settings);
  }
  void begin(const std::string& filter = "", const worker::ByCapturePoint<bool>& points = kEverywhere,
             std::uint32_t snap_octets = 65535, std::size_t ring_octets = kRingOctets) {
    capture.emplace(filter, points, snap_octets, 1, ring_octets);
    ASSERT_TRUE(captures.add(*capture));
  }
  void TearDown() override {
    if (capture) captures.remove(*capture);
    EXPECT_EQ(captures.current(), nullptr);
    worker.reset();
    lan->drain();
    wan->drain();
    EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
  }
  [[nodiscard]] const stats::DirectionCounters& of(Direction direction) const {
    return worker->counters().direction[index_of(direction)];
  }

  worker::SessionSnapshots sessions{std::make_unique<session::SessionTable>(std::vector{plain_session()}), 1};
  worker::Captures captures{sessions.readers()};
  session::LanPeers peers{1};
  std::optional<RingPort> lan;
  std::optional<RingPort> wan;
  std::optional<port::Port> lan_port;
  std::optional<port::Port> wan_port;
  std::optional<worker::Worker> worker;
  std::optional<worker::Capture> capture;
};

const Octets kSyn1460 = ipv4(tcp(kSyn, mss_option(1460)));
const Octets kSyn1452 = ipv4(tcp(kSyn, mss_option(1452)));
const Octets kLcp = ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, 0xc021, Octets(8)));

TEST_F(CaptureTest, SeesFramesBeforeAndAfterTheyAreRewritten) {
  start();
  begin();
  lan->feed(from_lan(kSyn1460));
  wan->feed(from_wan(kSyn1460));
  worker->poll();
  const auto seen = take_all(*capture);
  ASSERT_EQ(words_of(seen), (Words{"lan received: forwarded", "wan sent: whole", "wan received: forwarded",
                                   "lan sent: whole"}));
  EXPECT_EQ(seen[0].octets, from_lan(kSyn1460));
  EXPECT_EQ(seen[1].octets, padded(to_wan(kSyn1452)));
  EXPECT_EQ(seen[2].octets, from_wan(kSyn1460));
  EXPECT_EQ(seen[3].octets, padded(to_lan(ipv4(tcp(kSyn, mss_option(1450))))));
  EXPECT_EQ(wan->drain(), std::vector<Octets>{seen[1].octets}) << "and so they left";
  EXPECT_EQ(lan->drain(), std::vector<Octets>{seen[3].octets});
}

TEST_F(CaptureTest, EveryFateIsTold) {
  start();
  begin();
  Octets bad = from_wan(kSyn1460);
  bad[22] = 0x15;  // IP version
  const Octets fragmented = from_lan(ipv4(counting(1480), {}, 0, kUdp));
  const Octets too_big = from_lan(ipv4(counting(1480), {}, kDontFragment, kUdp));
  lan->feed(from_lan(kSyn1460));
  lan->feed(fragmented);
  lan->feed(too_big);
  lan->feed(ethernet(kLanMac, kPeerMac, 0x9999, Octets(46)));
  wan->feed(bad);
  wan->feed(kLcp);
  wan->feed(from_wan(kSyn1460, 0x4321));
  ASSERT_EQ(rte_ring_enqueue(worker->inject_ring(Side::lan), make_mbuf(to_lan(kSyn1460))), 0);
  worker->poll();
  EXPECT_EQ(words_of(take_all(*capture)),
            (Words{"lan sent: originated", "lan received: forwarded", "lan received: in 2 fragments",
                   "lan received: dropped too_big", "lan received: dropped not_ip", "wan sent: whole",
                   "wan sent: fragment", "wan sent: fragment", "wan received: dropped bad_ip",
                   "wan received: punted", "wan received: dropped unknown_session"}));
}

/// Where one group is the whole burst, what is said of each frame is not written for anybody else.
TEST_F(CaptureTest, ABurstOfPlainFramesHasFatesToo) {
  for (const auto mode : {config::Mode::terminate, config::Mode::transparent}) {
    start(mode);
    begin("", {{{true, false}, {true, false}}});
    lan->feed(kLcp);  // leaves other verdicts behind
    lan->feed(ethernet(kLanMac, kPeerMac, 0x9999, Octets(46)));
    worker->poll();
    static_cast<void>(take_all(*capture));
    lan->feed(padded(from_lan(ipv4(tcp(kAck, {}, counting(100))))), 32);
    worker->poll();
    EXPECT_EQ(words_of(take_all(*capture)), Words(32, "lan received: forwarded"));
    captures.remove(*capture);
    capture.reset();
    worker.reset();
    static_cast<void>(wan->drain());
  }
}

TEST_F(CaptureTest, WhatThePortRefusesWasNotSent) {
  start(config::Mode::terminate, 3);
  begin();
  lan->feed(from_lan(kSyn1460), 5);
  worker->poll();
  Words expected(3, "lan received: forwarded");
  expected.insert(expected.end(), 2, "lan received: dropped tx_full");
  expected.insert(expected.end(), 3, "wan sent: whole");
  EXPECT_EQ(words_of(take_all(*capture)), expected);
  EXPECT_EQ(of(Direction::lan_to_wan).dropped[index_of(stats::DropReason::tx_full)].value(), 2u);
}

TEST_F(CaptureTest, WhatThePuntRingRefusesSaysSo) {
  start();
  begin("", kEverywhere, 65535, 1 << 20);
  for (unsigned round = 0; round < 17; ++round) {
    wan->feed(kLcp, 32);
    worker->poll();
  }
  const auto words = words_of(take_all(*capture));
  const auto taken = static_cast<std::ptrdiff_t>(rte_ring_count(worker->punt_ring()));
  EXPECT_EQ(std::ranges::count(words, "wan received: punted"), taken);
  EXPECT_EQ(std::ranges::count(words, "wan received: dropped punt_full"), 17 * 32 - taken);
  EXPECT_LT(taken, 17 * 32);
  void* punted = nullptr;
  while (rte_ring_dequeue(worker->punt_ring(), &punted) == 0)
    rte_pktmbuf_free(static_cast<rte_mbuf*>(punted));
}

TEST_F(CaptureTest, FiltersPortsAndPoints) {
  start();
  begin("tcp[tcpflags] & tcp-syn != 0", {{{false, false}, {true, true}}});
  lan->feed(from_lan(kSyn1460));
  lan->feed(from_lan(ipv4(tcp(kAck))));
  wan->feed(from_wan(ipv4(tcp(kAck))));
  wan->feed(from_wan(kSyn1460));
  worker->poll();
  EXPECT_EQ(words_of(take_all(*capture)), (Words{"wan sent: whole", "wan received: forwarded"}));
}

TEST_F(CaptureTest, KeepsTheBeginningOfAFrame) {
  start();
  begin("", {{{true, false}, {false, false}}}, 40);
  Arrival in_two_buffers(from_lan(ipv4(udp(counting(300)), {}, 0, kUdp)));
  in_two_buffers.in_first_buffer = 36;
  lan->feed(in_two_buffers);
  lan->feed(ethernet(kLanMac, kPeerMac, 0x9999, Octets(10)));
  worker->poll();
  const auto seen = take_all(*capture);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].octets, first_octets(in_two_buffers.frame, 40));
  EXPECT_EQ(seen[0].frame_octets, in_two_buffers.frame.size());
  EXPECT_EQ(seen[1].octets.size(), 24u);
}

/// It costs copies, never a frame: the ports' buffers are not touched.
TEST_F(CaptureTest, AFullRingLosesCopiesAlone) {
  start();
  begin("", kEverywhere, 65535, 4096);
  lan->feed(from_lan(ipv4(udp(Octets(900)), {}, 0, kUdp)), 32);
  worker->poll();
  EXPECT_EQ(of(Direction::lan_to_wan).forwarded.value(), 32u);
  EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 32u) << "those that were sent";
  EXPECT_EQ(wan->drain().size(), 32u);
  const auto seen = take_all(*capture);
  EXPECT_THAT(words_of(seen), testing::Each("lan received: forwarded"));
  EXPECT_GE(seen.size(), 3u);
  EXPECT_EQ(seen.size() + lost(*capture), 64u);
  EXPECT_EQ(capture->ring(0).lost(Side::wan, worker::CapturePlace::sent), 32u);
  lan->feed(from_lan(kSyn1460));
  worker->poll();
  EXPECT_EQ(take_all(*capture).size(), 2u) << "there is room again";
}

TEST_F(CaptureTest, TwoSeeEachWhatItAskedForAndAThirdHasNoPlace) {
  start();
  begin("udp");
  worker::Capture second("tcp", kEverywhere, 65535, 1, kRingOctets);
  worker::Capture third("", kEverywhere, 65535, 1, kRingOctets);
  ASSERT_TRUE(captures.add(second));
  EXPECT_FALSE(captures.add(third));
  lan->feed(from_lan(kSyn1460));
  worker->poll();
  EXPECT_TRUE(take_all(*capture).empty());
  EXPECT_EQ(take_all(second).size(), 2u);
  captures.remove(second);
  lan->feed(from_lan(kSyn1460));
  worker->poll();
  EXPECT_TRUE(take_all(second).empty()) << "gone is gone";
  EXPECT_TRUE(captures.add(third));
  captures.remove(third);
}

TEST_F(CaptureTest, TransparentShowsBothSides) {
  start(config::Mode::transparent);
  begin("tcp");
  lan->feed(padded(from_wan(kSyn1460)));
  worker->poll();
  const auto seen = take_all(*capture);
  ASSERT_EQ(words_of(seen), (Words{"lan received: forwarded", "wan sent: whole"}));
  EXPECT_EQ(seen[0].octets, padded(from_wan(kSyn1460)));
  EXPECT_EQ(seen[1].octets, padded(from_wan(kSyn1452)));
}

// --- several workers ---

class SpreadCapture : public SpreadTest {
 protected:
  void begin(std::uint16_t count, std::size_t ring_octets = 1 << 20) {
    capture.emplace("", kEverywhere, 65535, count, ring_octets);
    ASSERT_TRUE(captures->add(*capture));
  }
  std::optional<worker::Capture> capture;
};

TEST_F(SpreadCapture, EachFrameIsSeenOnceByWhoeverProcessesIt) {
  constexpr unsigned kFrames = 200;
  start(3, 1);
  begin(3);
  for (unsigned i = 0; i < kFrames; ++i) lan->feed(from_lan(numbered(i, 0)));
  turn_all();
  const auto words = words_of(take_all(*capture));
  EXPECT_EQ(std::ranges::count(words, "lan received: forwarded"), kFrames);
  EXPECT_EQ(std::ranges::count(words, "wan sent: whole"), kFrames);
  EXPECT_EQ(words.size(), 2 * kFrames);
  captures->remove(*capture);
}

TEST_F(SpreadCapture, WhatAStalledWorkerLosesIsSeenByThePoller) {
  start(3, 3);
  begin(3, 1 << 22);
  for (unsigned round = 0; round < 200; ++round) {
    for (unsigned i = 0; i < 20; ++i) lan->feed(from_lan(numbered(round * 20 + i, 0)));
    for (unsigned turn = 0; turn < 3; ++turn)
      for (const std::size_t worker : {0u, 1u}) workers[worker]->poll();
    static_cast<void>(sent(Side::wan));
  }
  const auto words = words_of(take_all(*capture));
  const auto counted = dropped(Direction::lan_to_wan, stats::DropReason::spread_full);
  EXPECT_GT(counted, 0u);
  EXPECT_EQ(static_cast<std::uint64_t>(std::ranges::count(words, "lan received: dropped spread_full")),
            counted);
  captures->remove(*capture);
  turn_all();
}

/// Started and ended while threads forward: nobody stops, nothing is lost, nobody touches what is gone.
TEST_F(SpreadCapture, ComesAndGoesWhileFramesFlow) {
  constexpr unsigned kRounds = 40;
  start(2, 2);
  std::vector<std::thread> lcores;
  for (const auto& worker : workers) lcores.emplace_back([&worker] { worker->run(); });
  std::size_t seen = 0;
  std::size_t captured = 0;
  for (unsigned round = 0; round < kRounds; ++round) {
    auto one = std::make_unique<worker::Capture>("udp", kEverywhere, 65535, std::uint16_t{2}, kRingOctets);
    ASSERT_TRUE(captures->add(*one));
    for (unsigned flow = 0; flow < 16; ++flow) lan->feed(from_lan(numbered(flow, round)));
    while (seen < std::size_t{16} * (round + 1)) {
      seen += sent(Side::wan).size();
      std::this_thread::yield();
    }
    captures->remove(*one);
    captured += take_all(*one).size();
  }
  for (const auto& worker : workers) worker->stop();
  for (auto& lcore : lcores) lcore.join();
  EXPECT_EQ(captured, 2u * 16u * kRounds);
}

}  // namespace
}  // namespace narrows::test
