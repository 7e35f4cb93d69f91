// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/spreader.h"

#include <algorithm>

#include "spread_fixture.h"

namespace narrows::test {
namespace {

using stats::DirectionCounters;
using stats::DropReason;

constexpr auto kLanToWan = Direction::lan_to_wan;
constexpr auto kWanToLan = Direction::wan_to_lan;
const Octets kLcp = ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, 0xc021, Octets(8)));

/// Workers with and without transmit queues of their own.
class SpreadBothWays : public SpreadTest, public testing::WithParamInterface<std::uint16_t> {};

/// Whoever runs when: turns in random order, some workers much oftener than others.
TEST_P(SpreadBothWays, EveryFlowKeepsItsOrderAndNothingIsLost) {
  constexpr unsigned kFlows = 40;
  constexpr unsigned kRounds = 100;
  start(4, GetParam());
  Random random(1);
  std::map<unsigned, std::vector<unsigned>> to_wan;
  std::map<unsigned, std::vector<unsigned>> to_lan;
  std::vector<unsigned> next(kFlows);
  const auto collect = [&](Side side, std::map<unsigned, std::vector<unsigned>>& all) {
    for (const auto& [flow, numbers] : numbers(side))
      all[flow].insert(all[flow].end(), numbers.begin(), numbers.end());
  };
  for (unsigned round = 0; round < kRounds; ++round) {
    for (unsigned i = 0; i < 30; ++i) {
      const unsigned flow = random() % kFlows;
      lan->feed(from_lan(numbered(flow, next[flow])));
      wan->feed(from_wan(numbered(flow, next[flow]++, true)));
    }
    for (unsigned turn = 0; turn < 6; ++turn) workers[std::min(random() % 7, 3u)]->poll();
    collect(Side::wan, to_wan);
    collect(Side::lan, to_lan);
  }
  turn_all();
  collect(Side::wan, to_wan);
  collect(Side::lan, to_lan);
  for (unsigned flow = 0; flow < kFlows; ++flow) {
    std::vector<unsigned> expected(next[flow]);
    for (unsigned number = 0; number < next[flow]; ++number) expected[number] = number;
    EXPECT_EQ(to_wan[flow], expected) << flow;
    EXPECT_EQ(to_lan[flow], expected) << flow;
  }
  for (const auto direction : {kLanToWan, kWanToLan})
    EXPECT_EQ(sum(&DirectionCounters::forwarded, direction), kRounds * 30u);
}

TEST_P(SpreadBothWays, BothDirectionsOfAFlowMeetAtOneWorker) {
  start(4, GetParam());
  std::vector<unsigned> flows_of(workers.size());
  for (unsigned flow = 0; flow < 64; ++flow) {
    std::vector<std::uint64_t> before;
    for (std::size_t i = 0; i < workers.size(); ++i) before.push_back(received(i, kLanToWan));
    lan->feed(from_lan(numbered(flow, 0)));
    turn_all();
    std::size_t whose = 0;
    while (whose < workers.size() && received(whose, kLanToWan) == before[whose]) ++whose;
    ASSERT_LT(whose, workers.size());
    ++flows_of[whose];
    const auto answers = received(whose, kWanToLan);
    wan->feed(from_wan(numbered(flow, 0, true)));
    turn_all();
    EXPECT_EQ(received(whose, kWanToLan), answers + 1) << flow;
  }
  for (const unsigned flows : flows_of) EXPECT_GT(flows, 0u);
}

INSTANTIATE_TEST_SUITE_P(TransmitQueues, SpreadBothWays, testing::Values(1, 3, 4));

TEST_F(SpreadTest, FragmentsStayInOrder) {
  start(4, 1);
  for (unsigned datagram = 0; datagram < 20; ++datagram) {
    lan->feed(from_lan(ipv4(udp(Octets(16)), {}, kMoreFragments, kUdp)));
    lan->feed(from_lan(ipv4(counting(24), {}, kMoreFragments | 3, kUdp)));
    lan->feed(from_lan(ipv4(counting(30), {}, 6, kUdp)));
  }
  turn_all();
  const auto frames = sent(Side::wan);
  ASSERT_EQ(frames.size(), 60u);
  for (unsigned i = 0; i < frames.size(); ++i)
    EXPECT_EQ(get16(frames[i], 22 + 6), std::vector({kMoreFragments, kMoreFragments | 3, 6u})[i % 3]) << i;
}

/// A worker that hangs loses its own share, beyond what its ring holds; nobody else's, and nobody waits.
TEST_F(SpreadTest, AStalledWorkerLosesItsOwnShareAlone) {
  constexpr unsigned kFrames = 4000;
  constexpr std::size_t kStalled = 2;
  start(4, 4);
  for (unsigned fed = 0; fed < kFrames; fed += 20) {
    for (unsigned i = 0; i < 20; ++i) lan->feed(from_lan(numbered(fed + i, 0)));
    for (unsigned turn = 0; turn < 3; ++turn)
      for (std::size_t i = 0; i < workers.size(); ++i)
        if (i != kStalled) workers[i]->poll();
    static_cast<void>(sent(Side::wan));
  }
  EXPECT_EQ(received(kStalled, kLanToWan), 0u);
  const auto lost = dropped(kLanToWan, DropReason::spread_full);
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(received(1, kLanToWan), lost + workers[1]->counters().direction[0].forwarded.value())
      << "the poller counts them";
  const unsigned held = rte_ring_count(spread[0]->ring(kStalled));
  EXPECT_EQ(held, worker::SpreadRings::kFrames - 1);
  EXPECT_EQ(sum(&DirectionCounters::forwarded, kLanToWan) + lost + held, kFrames);
  EXPECT_EQ(rte_mempool_in_use_count(test_pool()), held);
  turn_all();
  EXPECT_EQ(sum(&DirectionCounters::received, kLanToWan), kFrames) << "it goes on where it was";
}

TEST_F(SpreadTest, AnElephantHoldsUpNoOtherFlow) {
  start(4, 4);
  unsigned elephant = 0;  // a flow that is not the poller's
  for (;; ++elephant) {
    lan->feed(from_lan(numbered(elephant, 0)));
    workers[1]->poll();
    if (rte_ring_count(spread[0]->ring(3)) != 0) break;
  }
  turn_all();
  static_cast<void>(sent(Side::wan));
  const auto before = sum(&DirectionCounters::forwarded, kLanToWan);
  for (unsigned round = 0; round < 100; ++round) {
    lan->feed(from_lan(numbered(elephant, 0)), 31);
    lan->feed(from_lan(numbered(elephant + 1 + round, 0)));
    workers[1]->poll();
    for (std::size_t i = 0; i < 3; ++i) workers[i]->poll();
    static_cast<void>(sent(Side::wan));
  }
  EXPECT_GT(dropped(kLanToWan, DropReason::spread_full), 0u);
  EXPECT_GT(sum(&DirectionCounters::forwarded, kLanToWan), before + 40)
      << "those of three workers out of four";
}

/// Every ring is full of data: what is for the control thread gets there in the poller's next turn.
TEST_F(SpreadTest, ControlWaitsBehindNoData) {
  start(3, 1);
  for (unsigned flow = 0; flow < 3000; ++flow) {
    wan->feed(from_wan(numbered(flow, 0, true)));
    if (flow % 32 == 31) workers[0]->poll();
  }
  workers[0]->poll();
  ASSERT_EQ(rte_ring_full(spread[1]->ring(2)), 1);
  const auto punted = sum(&DirectionCounters::punted, kWanToLan);
  wan->feed(from_wan(numbered(1, 1, true)), 20);
  wan->feed(kLcp);
  wan->feed(ethernet(kWanMac, kAcMac, 0x8863, Octets(46)));
  workers[0]->poll();
  EXPECT_EQ(sum(&DirectionCounters::punted, kWanToLan), punted + 2);
  EXPECT_EQ(rte_ring_count(workers[0]->punt_ring()), 2u);
}

/// Frames of workers without a queue count as sent once they are in the ring to one; so none may be lost
/// there.
TEST_F(SpreadTest, WhatLeavesByAnotherWorkersQueueWaitsForRoom) {
  constexpr unsigned kFrames = 300;
  start(3, 1, 3);
  for (unsigned flow = 0; flow < kFrames; ++flow) lan->feed(from_lan(numbered(flow, 0)));
  std::size_t seen = 0;
  for (unsigned turn = 0; turn < 2000; ++turn) {
    workers[turn % 3]->poll();
    seen += sent(Side::wan).size();
  }
  turn_all();
  EXPECT_EQ(seen, sum(&DirectionCounters::forwarded, kLanToWan));
  EXPECT_EQ(seen + dropped(kLanToWan, DropReason::tx_full), kFrames);
  EXPECT_EQ(workers[1]->counters().direction[0].dropped[index_of(DropReason::tx_full)].value(), 0u)
      << "only the queue's owner meets a full queue";
}

TEST_F(SpreadTest, AFullRingToATransmitQueueIsTxFull) {
  start(2, 1);
  for (unsigned flow = 0; flow < 4000; ++flow) {
    lan->feed(from_lan(numbered(flow, 0)));
    if (flow % 16 == 15) workers[1]->poll();
  }
  const unsigned room = worker::TransmitRings::kFrames - 1;
  EXPECT_EQ(workers[1]->counters().direction[0].forwarded.value(), room) << "the owner did not run";
  EXPECT_GT(dropped(kLanToWan, DropReason::tx_full), 0u);
  workers[0]->poll();
  EXPECT_GT(sent(Side::wan).size(), 0u);
}

/// Frames in every ring and in hand: TearDown() counts buffers.
TEST_F(SpreadTest, FreesWhatIsLeftInItsRings) {
  start(3, 1, 3);
  for (unsigned flow = 0; flow < 200; ++flow) {
    lan->feed(from_lan(numbered(flow, 0)));
    wan->feed(from_wan(numbered(flow, 0, true)));
  }
  for (unsigned turn = 0; turn < 12; ++turn) workers[turn % 3]->poll();
  wan->feed(from_wan(numbered(7, 0, true)), 64);
  workers[0]->poll();
  EXPECT_GT(rte_ring_count(spread[1]->ring(1)) + rte_ring_count(spread[1]->ring(2)), 0u);
  EXPECT_GT(rte_mempool_in_use_count(test_pool()), 0u);
  while (!wan->drain().empty() || !lan->drain().empty()) {
  }
  // What the ports were never asked for is theirs.
  for (const auto* port : {&*lan_port, &*wan_port}) {
    rte_mbuf* mbufs[64];
    for (std::uint16_t size = 1; size != 0;) {
      size = port->receive(0, mbufs, 64);
      rte_pktmbuf_free_bulk(mbufs, size);
    }
  }
}

TEST_F(SpreadTest, APollerThatHandsEverythingOnIsBusy) {
  start(3, 1);
  unsigned flow = 0;
  for (;; ++flow) {
    lan->feed(from_lan(numbered(flow, 0)));
    EXPECT_EQ(workers[1]->poll(), 1u);
    if (rte_ring_count(spread[0]->ring(2)) != 0) break;
    turn_all();
  }
  EXPECT_EQ(workers[2]->poll(), 1u);
}

}  // namespace
}  // namespace narrows::test
