// SPDX-License-Identifier: BSD-3-Clause
/// A worker and the control thread's part between two ports: what is overheard on the line changes the limits
/// of the session it is about, and nothing else.
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "narrows/control/control_loop.h"
#include "narrows/control/learning_plane.h"
#include "narrows/worker/punt_note.h"
#include "narrows/worker/worker.h"
#include "rings.h"

namespace narrows::test {
namespace {

using namespace std::chrono_literals;
using stats::OddCase;

Octets line_frame(Side from, unsigned ethertype, const Octets& payload) {
  return padded(from == Side::lan ? ethernet(kAcMac, kPeerMac, ethertype, payload)
                                  : ethernet(kPeerMac, kAcMac, ethertype, payload));
}
Octets pads(unsigned id) {
  return line_frame(Side::wan, 0x8863, Octets{0x11, 0x65} + be16(id) + be16(4) + Octets{1, 1, 0, 0});
}
Octets lcp(Side from, unsigned id, std::uint8_t code, unsigned mru) {
  return line_frame(from, 0x8864, pppoe(id, 0xc021, Octets{code, 9, 0, 8, 1, 4} + be16(mru)));
}
Octets syn(Side from, unsigned id, unsigned mss) {
  return line_frame(from, 0x8864, pppoe(id, 0x0021, ipv4(tcp(kSyn, mss_option(mss)))));
}

class LearningWorkerTest : public testing::Test {
 protected:
  void SetUp() override {
    config.mode = config::Mode::transparent;
    config.learn_mtu = true;
    worker::WorkerSettings settings;
    settings.mode = config.mode;
    settings.ports = {&lan_port, &wan_port};
    settings.sessions = &snapshots;
    settings.lan_peers = &peers;
    settings.max_mss = config::max_mss(config);
    settings.config = &config;
    settings.learned = &learned;
    workers.push_back(std::make_unique<worker::Worker>(settings));
    loop.emplace(plane, workers, [](Side) { return true; });
  }
  void TearDown() override {
    for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan}) {
      EXPECT_EQ(of(direction).received.value(), of(direction).forwarded.value());
      EXPECT_EQ(of(direction).punted.value(), 0u);
    }
    workers.clear();
    EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
  }
  [[nodiscard]] const stats::DirectionCounters& of(Direction direction) const {
    return workers[0]->counters().direction[index_of(direction)];
  }
  [[nodiscard]] std::uint64_t missed(Direction direction) const {
    return of(direction).odd[index_of(OddCase::watch_missed)].value();
  }
  /// Through the box; what leaves it.
  Octets pass(Side from, const Octets& frame) {
    (from == Side::lan ? lan : wan).feed(frame);
    workers[0]->poll();
    loop->poll(now);
    const auto sent = (from == Side::lan ? wan : lan).drain();
    return sent.size() == 1 ? sent.front() : Octets{};
  }
  void handshake(unsigned id, unsigned lan_mru, unsigned wan_mru) {
    for (const auto& [side, frame] :
         {std::pair{Side::wan, pads(id)}, std::pair{Side::lan, lcp(Side::lan, id, 1, lan_mru)},
          std::pair{Side::wan, lcp(Side::wan, id, 2, lan_mru)},
          std::pair{Side::wan, lcp(Side::wan, id, 1, wan_mru)},
          std::pair{Side::lan, lcp(Side::lan, id, 2, wan_mru)}})
      EXPECT_EQ(pass(side, frame), frame);
  }

  config::Config config;
  control::Time now = 1000s;
  RingPort lan;
  RingPort wan;
  port::Port lan_port{lan.id(), settings_of(Side::lan, kLanMac), test_pool()};
  port::Port wan_port{wan.id(), settings_of(Side::wan, kWanMac), test_pool()};
  worker::SessionSnapshots snapshots{
      std::make_unique<session::SessionTable>(std::vector<session::SessionSpec>{}), 1};
  session::LanPeers peers{0};
  pipeline::LearnedSessions learned{snapshots.readers(), 1, 0};
  std::vector<std::string> logged;
  control::LearningPlane plane{config, learned,
                               [this](const control::LogEntry& entry) { logged.push_back(entry.text); }};
  std::vector<std::unique_ptr<worker::Worker>> workers;
  std::optional<control::ControlLoop> loop;
};

TEST_F(LearningWorkerTest, AHandshakeChangesTheLimitsOfItsSession) {
  handshake(7, 1492, 1454);
  handshake(8, 1400, 1492);
  for (const Side from : {Side::lan, Side::wan}) {
    EXPECT_EQ(pass(from, syn(from, 7, 1460)), syn(from, 7, 1414));
    EXPECT_EQ(pass(from, syn(from, 8, 1460)), syn(from, 8, 1360));
    EXPECT_EQ(pass(from, syn(from, 9, 1460)), syn(from, 9, 1452));
  }
  EXPECT_EQ(plane.learned()->count, 2u);
  EXPECT_TRUE(logged.empty());
}

TEST_F(LearningWorkerTest, SynsKeepASessionAndSilenceEndsIt) {
  handshake(7, 1492, 1454);
  now += 59min;
  pass(Side::lan, lcp(Side::lan, 8, 10, 0));  // time goes by
  pass(Side::lan, syn(Side::lan, 7, 1460));
  now += 59min;
  loop->poll(now);
  EXPECT_EQ(pass(Side::lan, syn(Side::lan, 7, 1460)), syn(Side::lan, 7, 1414));
  ASSERT_EQ(plane.learned()->count, 1u);
  EXPECT_EQ(plane.learned()->sessions.front().silent_seconds, 0);
  now += 61min;
  loop->poll(now);
  EXPECT_EQ(pass(Side::lan, syn(Side::lan, 7, 1460)), syn(Side::lan, 7, 1452));
  EXPECT_EQ(plane.learned()->count, 0u);
}

TEST_F(LearningWorkerTest, PortsThatAreNarrowerThanASessionAreReportedOnce) {
  for (const unsigned id : {7u, 8u}) {
    Octets confirmed = Octets{0x11, 0x65} + be16(id) + be16(6) + Octets{1, 0x20, 0, 2} + be16(1500);
    pass(Side::wan, line_frame(Side::wan, 0x8863, confirmed));
    for (const Side asker : {Side::lan, Side::wan}) {
      const Side other = asker == Side::lan ? Side::wan : Side::lan;
      pass(asker, lcp(asker, id, 1, 1500));
      pass(other, lcp(other, id, 2, 1500));
    }
  }
  EXPECT_EQ(pass(Side::lan, syn(Side::lan, 7, 9000)), syn(Side::lan, 7, 1460));
  ASSERT_EQ(logged.size(), 1u);
  EXPECT_NE(logged[0].find("set ports.lan.mtu and ports.wan.mtu to 1508"), std::string::npos) << logged[0];
}

TEST_F(LearningWorkerTest, CopiesCarryANoteAndTheFramePassesAsItIs) {
  const Octets frame = pads(7);
  wan.feed(frame);
  lan.feed(lcp(Side::lan, 7, 1, 1492));
  workers[0]->poll();
  EXPECT_EQ(lan.drain(), std::vector<Octets>{frame});
  EXPECT_EQ(wan.drain(), std::vector<Octets>{lcp(Side::lan, 7, 1, 1492)});
  for (const Side from : {Side::lan, Side::wan}) {
    void* taken = nullptr;
    ASSERT_EQ(rte_ring_dequeue(workers[0]->punt_ring(), &taken), 0);
    auto* copy = static_cast<rte_mbuf*>(taken);
    EXPECT_EQ(worker::read_note(*copy).from, from);
    EXPECT_EQ(worker::read_note(*copy).session, session::kNone);
    EXPECT_EQ(octets_of(copy), from == Side::wan ? frame : lcp(Side::lan, 7, 1, 1492));
    rte_pktmbuf_free(copy);
  }
}

TEST_F(LearningWorkerTest, AFloodIsForwardedWholeAndWhatIsMissedIsCounted) {
  const unsigned room = rte_ring_get_capacity(workers[0]->punt_ring());
  unsigned sent = 0;
  for (unsigned round = 0; round < 20; ++round) {
    wan.feed(pads(7), 50);
    while (workers[0]->poll() != 0) {
    }
    sent += static_cast<unsigned>(lan.drain().size());
  }
  EXPECT_EQ(sent, 1000u);
  EXPECT_EQ(missed(Direction::wan_to_lan), 1000 - room);
  wan.feed(pads(7));
  workers[0]->poll();
  EXPECT_EQ(lan.drain().size(), 1u);
  EXPECT_EQ(missed(Direction::wan_to_lan), 1001 - room) << "a lone one too";
  while (loop->poll(now) != 0) {
  }
  EXPECT_EQ(plane.counters().value(stats::ControlEvent::session_seen), room);
}

TEST_F(LearningWorkerTest, WithoutBuffersForCopiesFramesPassAllTheSame) {
  std::vector<rte_mbuf*> taken;
  for (rte_mbuf* mbuf = nullptr; rte_mempool_avail_count(test_pool()) > 3; taken.push_back(mbuf))
    mbuf = rte_pktmbuf_alloc(test_pool());
  wan.feed(pads(7), 3);
  workers[0]->poll();
  EXPECT_EQ(lan.drain().size(), 3u);
  EXPECT_EQ(missed(Direction::wan_to_lan), 3u);
  for (rte_mbuf* mbuf : taken) rte_pktmbuf_free(mbuf);
}

/// All that may be watched are; one session's traffic crosses while the others' MTUs change, and some leave.
TEST_F(LearningWorkerTest, NoFrameIsLostWhileThousandsOfSessionsChange) {
  constexpr unsigned kRounds = 200;
  constexpr unsigned kFrames = 20;
  for (std::uint32_t id = 1; id <= session::kMostWatched; ++id) {
    const Octets frame = syn(Side::lan, id, 0);
    const auto key = session::watched_key(Side::lan, frame.data(), {}, static_cast<std::uint16_t>(id));
    ASSERT_TRUE(learned.set(static_cast<std::uint16_t>(id - 1), key, 1454));
  }
  std::thread lcore([&] { workers[0]->run(); });
  const std::vector<Octets> expected(kFrames, syn(Side::lan, 9, 1414));
  const std::vector<Octets> expected_back(kFrames, syn(Side::wan, 9, 1414));
  for (unsigned round = 0; round < kRounds; ++round) {
    lan.feed(syn(Side::lan, 9, 1460), kFrames);
    wan.feed(syn(Side::wan, 9, 1460), kFrames);
    for (std::uint32_t id = 10 + round % 5; id < 4000; id += 5) {
      const auto slot = static_cast<std::uint16_t>(id - 1);
      const auto key =
          session::watched_key(Side::lan, syn(Side::lan, id, 0).data(), {}, static_cast<std::uint16_t>(id));
      if (round % 3 == 0) learned.clear(slot);
      while (!learned.set(slot, key, static_cast<std::uint16_t>(1000 + round))) std::this_thread::yield();
    }
    while (of(Direction::lan_to_wan).forwarded.value() < std::uint64_t{round + 1} * kFrames ||
           of(Direction::wan_to_lan).forwarded.value() < std::uint64_t{round + 1} * kFrames)
      std::this_thread::yield();
    ASSERT_EQ(wan.drain(), expected);
    ASSERT_EQ(lan.drain(), expected_back);
  }
  workers[0]->stop();
  lcore.join();
}

}  // namespace
}  // namespace narrows::test
