// SPDX-License-Identifier: BSD-3-Clause
/// The lcore loop between two ports whose other ends are rings.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "narrows/worker/worker.h"
#include "rings.h"

namespace narrows::test {

class WorkerTest : public testing::Test {
 protected:
  void start(unsigned lan_room = 1023, unsigned wan_room = 1023, std::uint16_t burst = 32,
             config::Mode mode = config::Mode::terminate) {
    lan.emplace(lan_room);
    wan.emplace(wan_room);
    lan_port.emplace(lan->id(), settings_of(Side::lan, kLanMac), test_pool());
    wan_port.emplace(wan->id(), settings_of(Side::wan, kWanMac), test_pool());
    peers.learn(0, wire::to_integer(mac(kPeerMac)));
    make_worker(burst, mode);
  }
  void make_worker(std::uint16_t burst = 32, config::Mode mode = config::Mode::terminate,
                   std::uint32_t undeliverable_per_second = 0) {
    worker::WorkerSettings settings;
    settings.mode = mode;
    settings.burst = burst;
    settings.ports = {&*lan_port, &*wan_port};
    settings.sessions = &sessions;
    settings.lan_peers = &peers;
    settings.max_mss = plain_session().max_mss;
    settings.undeliverable_per_second = undeliverable_per_second;
    worker.emplace(settings);
  }
  void TearDown() override {
    if (!worker) return;
    for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan})
      expect_conserved(of(direction));
    worker.reset();
    lan->drain();
    wan->drain();
    EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
  }

  [[nodiscard]] const stats::DirectionCounters& of(Direction direction) const {
    return worker->counters().direction[index_of(direction)];
  }
  [[nodiscard]] std::uint64_t dropped(Direction direction, stats::DropReason reason) const {
    return of(direction).dropped[index_of(reason)].value();
  }
  void inject(Side side, const Octets& frame) {
    ASSERT_EQ(rte_ring_enqueue(worker->inject_ring(side), make_mbuf(frame)), 0);
  }

  worker::SessionSnapshots sessions{std::make_unique<session::SessionTable>(std::vector{plain_session()}), 1};
  session::LanPeers peers{1};
  std::optional<RingPort> lan;
  std::optional<RingPort> wan;
  std::optional<port::Port> lan_port;
  std::optional<port::Port> wan_port;
  std::optional<worker::Worker> worker;
};

inline const Octets kSynPacket = ipv4(tcp(kSyn, mss_option(1460)));
inline const Octets kArp = ethernet(Octets(6, 0xff), kPeerMac, 0x0806, Octets(46));
inline const Octets kLcp = ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, 0xc021, Octets(8)));
inline const Octets kOffer = ethernet(kWanMac, kAcMac, 0x8863, Octets(46));  // of no session

}  // namespace narrows::test
