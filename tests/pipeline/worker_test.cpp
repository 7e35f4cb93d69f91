// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/worker.h"

#include <rte_dev.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "narrows/worker/punt_note.h"
#include "worker_fixture.h"

namespace narrows::test {
namespace {

using stats::DropReason;

TEST_F(WorkerTest, MovesFramesBothWays) {
  start();
  lan->feed(from_lan(kSynPacket));
  wan->feed(from_wan(kSynPacket), 2);
  EXPECT_EQ(worker->poll(), 3u);
  EXPECT_EQ(wan->drain(), std::vector<Octets>{padded(to_wan(ipv4(tcp(kSyn, mss_option(1452)))))});
  EXPECT_EQ(lan->drain(), std::vector<Octets>(2, padded(to_lan(ipv4(tcp(kSyn, mss_option(1450)))))));
  EXPECT_EQ(worker->poll(), 0u);
  EXPECT_EQ(worker->counters().polls.value(), 2u);
  EXPECT_EQ(worker->counters().busy_polls.value(), 1u);
  EXPECT_GT(worker->counters().ticks.value(), 0u);
  EXPECT_LE(worker->counters().busy_ticks.value(), worker->counters().ticks.value());
  EXPECT_EQ(worker->counters().session[0][0].packets.value(), 1u);
  EXPECT_EQ(worker->counters().session[1][0].packets.value(), 2u);
}

TEST_F(WorkerTest, BurstsAreCountedBySize) {
  start();
  for (const unsigned frames : {1u, 2u, 3u, 32u}) {
    lan->feed(from_lan(kSynPacket), frames);
    EXPECT_EQ(worker->poll(), frames);
  }
  worker->poll();
  const auto& bursts = worker->counters().bursts;
  for (const std::size_t row : {0u, 1u, 2u, 5u}) EXPECT_EQ(bursts[row].value(), 1u) << row;
  for (const std::size_t row : {3u, 4u, 6u}) EXPECT_EQ(bursts[row].value(), 0u) << row;
}

TEST_F(WorkerTest, OneBurstInSixtyOneHasItsTimeTaken) {
  start();
  const auto timed = [&] {
    std::uint64_t bursts = 0;
    for (const auto& count : worker->counters().latency[0].bursts) bursts += count.value();
    return bursts;
  };
  for (unsigned burst = 1; burst <= 2 * stats::kLatencySample; ++burst) {
    lan->feed(from_lan(kSynPacket));
    worker->poll();
    EXPECT_EQ(timed(), burst / stats::kLatencySample) << burst;
  }
  EXPECT_GT(worker->counters().latency[0].ns.value(), 0u);
  EXPECT_EQ(worker->counters().latency[1].ns.value(), 0u);
}

TEST_F(WorkerTest, TransparentTakesItsLimitsFromTheSettings) {
  start(1023, 1023, 32, config::Mode::transparent);
  lan->feed(padded(from_lan(kSynPacket)));
  wan->feed(padded(from_wan(kSynPacket)));
  worker->poll();
  EXPECT_EQ(wan->drain(), std::vector<Octets>{padded(from_lan(ipv4(tcp(kSyn, mss_option(1452)))))});
  EXPECT_EQ(lan->drain(), std::vector<Octets>{padded(from_wan(ipv4(tcp(kSyn, mss_option(1450)))))});
  lan->feed(Octets(1522, 1));
  lan->feed(Octets(1523, 1));
  worker->poll();
  EXPECT_EQ(wan->drain().size(), 1u);
  EXPECT_EQ(dropped(Direction::lan_to_wan, DropReason::super_frame), 1u)
      << "two tags and the egress port's MTU";
}

TEST_F(WorkerTest, WhatIsTooLongIsHandedOverWithItsReasonOnceCounted) {
  start();
  const Octets too_long = from_lan(ipv4(counting(1480), {}, kDontFragment, kUdp));
  lan->feed(too_long);
  worker->poll();
  EXPECT_EQ(dropped(Direction::lan_to_wan, DropReason::too_big), 1u);
  void* taken = nullptr;
  ASSERT_EQ(rte_ring_dequeue(worker->undeliverable_ring(), &taken), 0);
  auto* mbuf = static_cast<rte_mbuf*>(taken);
  const worker::PuntNote note = worker::read_note(*mbuf);
  EXPECT_EQ(note.from, Side::lan);
  EXPECT_EQ(note.session, 0);
  EXPECT_EQ(note.reason, DropReason::too_big);
  EXPECT_EQ(octets_of(mbuf), too_long);
  rte_pktmbuf_free(mbuf);
}

TEST_F(WorkerTest, AFloodOfWhatIsTooLongLosesNothingElseAndNoBuffer) {
  start();
  worker.reset();
  make_worker(32, config::Mode::terminate, 1);
  const Octets too_long = from_lan(ipv4(counting(1480), {}, kDontFragment, kUdp));
  for (int round = 0; round < 100; ++round) {
    lan->feed(too_long, 31);
    lan->feed(from_lan(ipv4(tcp(kAck))));
    worker->poll();
    EXPECT_EQ(wan->drain().size(), 1u);
  }
  EXPECT_EQ(dropped(Direction::lan_to_wan, DropReason::too_big), 3100u);
  const unsigned handed_over = rte_ring_count(worker->undeliverable_ring());
  EXPECT_GE(handed_over, static_cast<unsigned>(worker::SessionGate::kBurst));
  EXPECT_LE(handed_over, static_cast<unsigned>(worker::SessionGate::kBurst) + 60) << "one more a second";
}

TEST_F(WorkerTest, FragmentsKeepTheirPlaceInTheBurst) {
  start();
  lan->feed(from_lan(ipv4(tcp(kAck))));
  lan->feed(from_lan(ipv4(counting(1480), {}, 0, kUdp)));
  lan->feed(from_lan(ipv4(tcp(kAck, {}, counting(700)))));
  worker->poll();
  const auto frames = wan->drain();
  ASSERT_EQ(frames.size(), 4u);
  EXPECT_EQ(frames[0], padded(to_wan(ipv4(tcp(kAck)))));
  EXPECT_EQ(frames[1].size(), 22u + 1492);
  EXPECT_EQ(frames[3], to_wan(ipv4(tcp(kAck, {}, counting(700)))));
  EXPECT_EQ(of(Direction::lan_to_wan).fragmented.value(), 1u);
  EXPECT_EQ(of(Direction::lan_to_wan).fragments.value(), 2u);
}

TEST_F(WorkerTest, APacketWhoseFragmentsFindNoRoomIsTxFull) {
  start(1023, 3);
  lan->feed(from_lan(ipv4(counting(1480), {}, 0, kUdp)), 2);
  worker->poll();
  EXPECT_EQ(wan->drain().size(), 3u);
  EXPECT_EQ(of(Direction::lan_to_wan).forwarded.value(), 1u);
  EXPECT_EQ(dropped(Direction::lan_to_wan, DropReason::tx_full), 1u);
}

TEST_F(WorkerTest, TakesABurstAtATimeInOrder) {
  start(1023, 1023, 8);
  std::vector<Octets> expected;
  for (std::size_t i = 0; i < 20; ++i) {
    const Octets packet = ipv4(counting(50 + i), {}, 0, kUdp);
    lan->feed(from_lan(packet));
    expected.push_back(padded(to_wan(packet)));
  }
  EXPECT_EQ(worker->poll(), 8u);
  EXPECT_EQ(worker->poll(), 8u);
  EXPECT_EQ(worker->poll(), 4u);
  EXPECT_EQ(wan->drain(), expected);
}

TEST_F(WorkerTest, AFullTransmitQueueLosesTheRestOfTheBurst) {
  start(1023, 7);
  lan->feed(from_lan(kSynPacket), 20);
  worker->poll();
  EXPECT_EQ(of(Direction::lan_to_wan).forwarded.value(), 7u);
  EXPECT_EQ(dropped(Direction::lan_to_wan, DropReason::tx_full), 13u);
  EXPECT_EQ(of(Direction::lan_to_wan).forwarded_ip_octets.value(), 7 * kSynPacket.size());
  EXPECT_EQ(worker->counters().session[0][0].dropped[index_of(DropReason::tx_full)].value(), 13u);
  EXPECT_EQ(wan->drain().size(), 7u);
  EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
}

TEST_F(WorkerTest, RunsUntilStopped) {
  constexpr unsigned kFrames = 500;
  start();
  lan->feed(from_lan(kSynPacket), kFrames);
  wan->feed(from_wan(kSynPacket), kFrames);
  std::thread lcore([&] { worker->run(); });
  while (of(Direction::lan_to_wan).received.value() + of(Direction::wan_to_lan).received.value() <
         std::uint64_t{2} * kFrames)
    std::this_thread::yield();
  worker->stop();
  lcore.join();
  EXPECT_EQ(wan->drain().size(), kFrames);
  EXPECT_EQ(lan->drain().size(), kFrames);
  EXPECT_GE(worker->counters().polls.value(), worker->counters().busy_polls.value());
}

/// Other sessions come, change and go between any two polls; this one's frames all pass, in both directions.
TEST_F(WorkerTest, NoFrameIsLostWhileSessionsChange) {
  constexpr unsigned kRounds = 400;
  constexpr unsigned kFrames = 40;
  start();
  std::thread lcore([&] { worker->run(); });
  std::size_t seen = 0;
  for (unsigned round = 0; round < kRounds; ++round) {
    std::vector<session::SessionSpec> specs{plain_session()};
    sessions.publish(std::make_unique<const session::SessionTable>(specs));
    lan->feed(from_lan(kSynPacket), kFrames);
    wan->feed(from_wan(kSynPacket), kFrames);
    specs.push_back(plain_session());
    specs[1].id = static_cast<std::uint16_t>(0x2000 + round);
    specs[1].lan_vlan = static_cast<std::uint16_t>(1 + round % 4094);
    sessions.publish(std::make_unique<const session::SessionTable>(specs));
    while (of(Direction::lan_to_wan).received.value() < std::uint64_t{round + 1} * kFrames ||
           of(Direction::wan_to_lan).received.value() < std::uint64_t{round + 1} * kFrames)
      std::this_thread::yield();
    seen += lan->drain().size() + wan->drain().size();
  }
  worker->stop();
  lcore.join();
  seen += lan->drain().size() + wan->drain().size();
  EXPECT_EQ(seen, std::size_t{2} * kRounds * kFrames);
  EXPECT_EQ(of(Direction::lan_to_wan).forwarded.value(), std::uint64_t{kRounds} * kFrames);
  EXPECT_EQ(of(Direction::wan_to_lan).forwarded.value(), std::uint64_t{kRounds} * kFrames);
  sessions.reclaim();
  EXPECT_EQ(sessions.retired(), 0u);
}

/// Several rounds of everything at once, with queues too small for it.
TEST_F(WorkerTest, LosesNoBufferUnderOverload) {
  start(31, 15, 64);
  for (int round = 0; round < 50; ++round) {
    lan->feed(from_lan(kSynPacket), 20);
    lan->feed(kArp, 5);
    lan->feed(Octets(9), 2);
    wan->feed(from_wan(ipv6(tcp(kAck, {}, counting(99)))), 30);
    wan->feed(kLcp, 7);
    wan->feed(from_wan(kSynPacket, 9), 3);
    inject(Side::lan, kArp);
    worker->poll();
    if (round % 3 == 0) {
      lan->drain();
      wan->drain();
    }
  }
  EXPECT_EQ(of(Direction::lan_to_wan).received.value(), 50u * 27);
  EXPECT_EQ(of(Direction::wan_to_lan).received.value(), 50u * 40);
  EXPECT_GT(dropped(Direction::lan_to_wan, DropReason::tx_full), 0u);
  EXPECT_GT(dropped(Direction::wan_to_lan, DropReason::punt_full), 0u);
  EXPECT_EQ(dropped(Direction::wan_to_lan, DropReason::unknown_session), 150u);
}

/// A port that offers to compute checksums, whose driver refuses all but the first frame of a burst that asks
/// for it, and takes everything that is sent.
class RefusingPort {
 public:
  RefusingPort()
      : socket_(std::filesystem::temp_directory_path() /
                ("narrows-worker-test-" + std::to_string(getpid()))) {
    if (rte_dev_probe(("net_vhost_refusing,queues=1,iface=" + socket_.string()).c_str()) != 0 ||
        rte_eth_dev_get_port_by_name("net_vhost_refusing", &id_) != 0)
      std::abort();
  }
  ~RefusingPort() { std::filesystem::remove(socket_); }
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;

  [[nodiscard]] std::uint16_t id() const { return id_; }
  /// Once the port is started.
  void put_in_charge() const {
    rte_eth_fp_ops[id_].tx_pkt_prepare = [](void*, rte_mbuf**, std::uint16_t size) {
      return std::min<std::uint16_t>(size, 1);
    };
    rte_eth_fp_ops[id_].tx_pkt_burst = [](void*, rte_mbuf** mbufs, std::uint16_t size) {
      rte_pktmbuf_free_bulk(mbufs, size);
      return size;
    };
  }

 private:
  std::filesystem::path socket_;
  std::uint16_t id_ = 0;
};

TEST_F(WorkerTest, FramesTheDriverRefusesAreCounted) {
  const RefusingPort refusing;
  start();
  worker.reset();
  port::PortSettings settings = settings_of(Side::wan, kWanMac);
  settings.transmit_checksum = true;
  wan_port.emplace(refusing.id(), settings, test_pool());
  refusing.put_in_charge();
  make_worker();

  const Arrival verified(from_lan(kSynPacket), RTE_MBUF_F_RX_L4_CKSUM_GOOD);
  lan->feed(verified, 4);
  worker->poll();
  EXPECT_EQ(of(Direction::lan_to_wan).forwarded.value(), 1u);
  EXPECT_EQ(dropped(Direction::lan_to_wan, DropReason::tx_refused), 3u);

  lan->feed(from_lan(ipv4(tcp(kAck))), 4);
  worker->poll();
  EXPECT_EQ(of(Direction::lan_to_wan).forwarded.value(), 5u)
      << "nothing asked of the driver, nothing refused";
}

}  // namespace
}  // namespace narrows::test
