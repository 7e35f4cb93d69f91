// SPDX-License-Identifier: BSD-3-Clause
/// From verdicts to fates, step by step.
#include "narrows/pipeline/settle.h"

#include <array>

#include "path.h"

namespace narrows::test {
namespace {

using pipeline::Selection;
using stats::DropReason;

/// A burst through the stages of the worker, one by one.
class Settling {
 public:
  explicit Settling(const std::vector<Arrival>& arrivals) {
    for (const Arrival& arrival : arrivals) burst.mbufs.at(burst.size++) = make_mbuf(arrival);
    pipeline::select_process(config::Mode::terminate, Direction::lan_to_wan, simd::best_level())(
        burst, path.context);
    pipeline::sort_out(burst, sorted);
  }
  static void free(const Selection& selection, std::uint16_t size) {
    for (std::uint16_t i = 0; i < size; ++i) rte_pktmbuf_free(selection.mbufs[i]);
  }
  [[nodiscard]] std::uint64_t dropped(DropReason reason) const {
    return path.totals().dropped[index_of(reason)].value();
  }

  AddPath path;
  pipeline::Burst burst;
  pipeline::Sorted sorted;
  Selection& forward = sorted.forward;
  Selection& punt = sorted.punt;
};

const Octets kData = from_lan(ipv4(tcp(kAck, {}, counting(60))));
const Octets kArp = ethernet(Octets(6, 0xff), kPeerMac, 0x0806, Octets(46));
const Octets kRunt(9);

TEST(Settle, SortsInOrderAndFreesTheDropped) {
  Settling settling({kRunt, kData, kArp, kData, kRunt, kArp});
  EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 4u);
  ASSERT_EQ(settling.forward.size, 2);
  ASSERT_EQ(settling.punt.size, 2);
  EXPECT_EQ(settling.forward.place[0], 1);
  EXPECT_EQ(settling.forward.place[1], 3);
  EXPECT_EQ(settling.punt.place[0], 2);
  EXPECT_EQ(settling.punt.place[1], 5);
  Settling::free(settling.forward, 2);
  Settling::free(settling.punt, 2);
  EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
}

TEST(Settle, WhatTheTransmitQueueDidNotTakeIsTxFull) {
  for (std::uint16_t sent = 0; sent <= 4; ++sent) {
    Settling settling({kData, kData, kData, kData});
    Settling::free(settling.forward, sent);
    pipeline::drop_rest(settling.burst, settling.forward, sent, DropReason::tx_full);
    pipeline::account(settling.burst, settling.path.context);
    EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
    EXPECT_EQ(settling.path.totals().received.value(), 4u);
    EXPECT_EQ(settling.path.totals().forwarded.value(), sent);
    EXPECT_EQ(settling.path.totals().forwarded_ip_octets.value(), sent * 100u);
    EXPECT_EQ(settling.dropped(DropReason::tx_full), 4u - sent);
    EXPECT_EQ(settling.path.of_session(0).packets.value(), sent);
    EXPECT_EQ(settling.path.of_session(0).dropped[index_of(DropReason::tx_full)].value(), 4u - sent);
  }
}

TEST(Settle, EachKindLosesItsOwn) {
  Settling settling({kArp, kData, kRunt, kArp, kData, kData, kArp});
  Settling::free(settling.punt, 1);
  pipeline::drop_rest(settling.burst, settling.punt, 1, DropReason::punt_full);
  Settling::free(settling.forward, 2);
  pipeline::drop_rest(settling.burst, settling.forward, 2, DropReason::tx_refused);
  pipeline::account(settling.burst, settling.path.context);
  EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
  EXPECT_EQ(settling.path.totals().received.value(), 7u);
  EXPECT_EQ(settling.path.totals().forwarded.value(), 2u);
  EXPECT_EQ(settling.path.totals().punted.value(), 1u);
  EXPECT_EQ(settling.dropped(DropReason::punt_full), 2u);
  EXPECT_EQ(settling.dropped(DropReason::tx_refused), 1u);
  EXPECT_EQ(settling.dropped(DropReason::runt), 1u);
}

TEST(Settle, APacketIsForwardedWhenAllItsFragmentsAre) {
  const Octets two = from_lan(ipv4(counting(1480), {}, 0, kUdp));
  for (std::uint16_t sent = 0; sent <= 6; ++sent) {
    Settling settling({kData, two, kRunt, two, kData});
    ASSERT_EQ(settling.forward.size, 6);
    const std::vector<unsigned> places(settling.forward.place.begin(), settling.forward.place.begin() + 6);
    EXPECT_EQ(places, (std::vector<unsigned>{0, 1, 1, 3, 3, 4})) << "order is kept";
    Settling::free(settling.forward, sent);
    pipeline::drop_rest(settling.burst, settling.forward, sent, DropReason::tx_full);
    pipeline::account(settling.burst, settling.path.context);
    EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
    const std::uint64_t whole = std::array{0u, 1u, 1u, 2u, 2u, 3u, 4u}.at(sent);
    const std::uint64_t cut = std::array{0u, 0u, 0u, 1u, 1u, 2u, 2u}.at(sent);
    EXPECT_EQ(settling.path.totals().forwarded.value(), whole);
    EXPECT_EQ(settling.path.totals().fragmented.value(), cut);
    EXPECT_EQ(settling.path.totals().fragments.value(), 2 * cut);
    EXPECT_EQ(settling.dropped(DropReason::tx_full), 4 - whole);
    EXPECT_EQ(settling.path.totals().forwarded_ip_octets.value(), (whole - cut) * 100 + cut * 1500);
  }
}

TEST(Settle, AnEmptyBurstCountsNothing) {
  Settling settling({});
  pipeline::account(settling.burst, settling.path.context);
  EXPECT_EQ(settling.forward.size, 0);
  EXPECT_EQ(settling.path.totals().received.value(), 0u);
}

TEST(Settle, EveryReasonIsAVerdictOfItsOwn) {
  for (std::size_t reason = 0; reason < stats::kDropReasons; ++reason) {
    const auto verdict = pipeline::drop(static_cast<DropReason>(reason));
    EXPECT_GT(verdict, pipeline::Verdict::punt);
    EXPECT_EQ(index_of(pipeline::reason_of(verdict)), reason);
  }
}

}  // namespace
}  // namespace narrows::test
