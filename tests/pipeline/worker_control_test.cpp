// SPDX-License-Identifier: BSD-3-Clause
/// What the lcore loop and the control thread hand each other.
#include "narrows/worker/punt_note.h"
#include "worker_fixture.h"

namespace narrows::test {
namespace {

using stats::DropReason;

TEST_F(WorkerTest, PuntsWithANote) {
  start();
  lan->feed(Octets(9));
  lan->feed(kArp);
  wan->feed(from_wan(kSynPacket, 9));  // of no session, and not punted: the note is not its
  wan->feed(kLcp);
  wan->feed(kOffer);
  worker->poll();
  const auto take = [&] {
    void* mbuf = nullptr;
    EXPECT_EQ(rte_ring_dequeue(worker->punt_ring(), &mbuf), 0);
    const auto note = worker::read_note(*static_cast<rte_mbuf*>(mbuf));
    rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
    return note;
  };
  const auto arp = take();
  EXPECT_EQ(arp.from, Side::lan);
  EXPECT_EQ(arp.session, 0);
  const auto lcp = take();
  EXPECT_EQ(lcp.from, Side::wan);
  EXPECT_EQ(lcp.session, 0);
  const auto discovery = take();
  EXPECT_EQ(discovery.from, Side::wan);
  EXPECT_EQ(discovery.session, session::kNone);
  EXPECT_EQ(of(Direction::wan_to_lan).punted.value(), 2u);
}

TEST_F(WorkerTest, AFloodToTheControlThreadIsDroppedAndForwardingGoesOn) {
  start();
  const unsigned room = rte_ring_get_capacity(worker->punt_ring()) - worker::Worker::kPuntReserve;
  wan->feed(kOffer, room + 5);
  while (worker->poll() != 0) {
  }
  EXPECT_EQ(of(Direction::wan_to_lan).punted.value(), room);
  EXPECT_EQ(dropped(Direction::wan_to_lan, DropReason::punt_full), 5u);
  wan->feed(kOffer);
  wan->feed(from_wan(kSynPacket));
  worker->poll();
  EXPECT_EQ(dropped(Direction::wan_to_lan, DropReason::punt_full), 6u);
  EXPECT_EQ(lan->drain().size(), 1u);
  // What nobody takes out is freed with the worker: TearDown() counts.
}

TEST_F(WorkerTest, AFloodToTheControlThreadLeavesRoomForEachSessionsOwn) {
  start();
  wan->feed(kOffer, 1000);
  while (worker->poll() != 0) {
  }
  const unsigned flood = rte_ring_get_capacity(worker->punt_ring()) - worker::Worker::kPuntReserve;
  EXPECT_EQ(of(Direction::wan_to_lan).punted.value(), flood);
  lan->feed(kArp, 1000);
  while (worker->poll() != 0) {
  }
  const auto share = static_cast<unsigned>(worker::SessionGate::kBurst);
  const std::uint64_t arps = of(Direction::lan_to_wan).punted.value();
  EXPECT_GE(arps, share);
  EXPECT_LE(arps, share + 100) << "a hundred more a second";
  wan->feed(kOffer);
  wan->feed(kLcp, share);
  wan->feed(kOffer);
  while (worker->poll() != 0) {
  }
  EXPECT_EQ(of(Direction::wan_to_lan).punted.value(), flood + share) << "LCP, whatever the LAN does";
  EXPECT_EQ(worker->counters().session[1][0].punted.value(), share);
  EXPECT_EQ(dropped(Direction::wan_to_lan, DropReason::punt_full), 1000 - flood + 2);
}

TEST_F(WorkerTest, SendsFramesOfTheControlThreadAndCountsThemApart) {
  start();
  inject(Side::lan, kArp);
  inject(Side::wan, kLcp);
  inject(Side::wan, kLcp);
  EXPECT_EQ(worker->poll(), 3u);
  EXPECT_EQ(lan->drain(), std::vector<Octets>{kArp});
  EXPECT_EQ(wan->drain(), std::vector<Octets>(2, kLcp));
  EXPECT_EQ(worker->counters().originated[index_of(Side::lan)].value(), 1u);
  EXPECT_EQ(worker->counters().originated[index_of(Side::wan)].value(), 2u);
  EXPECT_EQ(worker->counters().busy_polls.value(), 0u) << "nothing was received";
  for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan})
    EXPECT_EQ(of(direction).received.value() + of(direction).forwarded.value(), 0u);
}

TEST_F(WorkerTest, FramesOfTheControlThreadGoBeforeDataAndWaitForRoom) {
  start(1023, 3);
  for (int i = 0; i < 5; ++i) inject(Side::wan, kLcp);
  lan->feed(from_lan(kSynPacket), 2);
  worker->poll();
  EXPECT_EQ(worker->counters().originated[index_of(Side::wan)].value(), 3u);
  EXPECT_EQ(dropped(Direction::lan_to_wan, DropReason::tx_full), 2u);
  wan->drain();
  lan->feed(from_lan(kSynPacket), 2);
  worker->poll();
  EXPECT_EQ(worker->counters().originated[index_of(Side::wan)].value(), 5u);
  EXPECT_EQ(of(Direction::lan_to_wan).forwarded.value(), 1u);
}

TEST_F(WorkerTest, FreesFramesThatStillWaitForRoom) {
  start(1023, 3);
  for (int i = 0; i < 5; ++i) inject(Side::wan, kLcp);
  worker->poll();
}

TEST_F(WorkerTest, FreesWhatIsLeftInItsRings) {
  start();
  lan->feed(kArp, 3);
  worker->poll();
  inject(Side::lan, kArp);
  inject(Side::wan, kLcp);
  EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 5u);
  worker.reset();
  EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
}

}  // namespace
}  // namespace narrows::test
