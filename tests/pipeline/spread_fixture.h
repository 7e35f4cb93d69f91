// SPDX-License-Identifier: BSD-3-Clause
/// Several workers between two ports in memory, turned by hand or by threads of their own.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "narrows/worker/worker.h"
#include "random.h"
#include "rings.h"

namespace narrows::test {

/// A numbered packet of a numbered flow, between two hosts; `backwards`: what the other one answers.
inline Octets numbered(unsigned flow, unsigned number, bool backwards = false) {
  Octets datagram = udp(be16(flow) + be16(number) + Octets(30));
  put16(datagram, backwards ? 2 : 0, 1024 + flow);
  put16(datagram, backwards ? 0 : 2, 53);
  Octets packet = ipv4(datagram, {}, 0, kUdp);
  if (backwards) {
    std::copy(kDestination4.begin(), kDestination4.end(), packet.begin() + 12);
    std::copy(kSource4.begin(), kSource4.end(), packet.begin() + 16);
  }
  return packet;
}

/// Both ports have one receive queue and are spread in software: the WAN's by worker 0, the LAN's by
/// worker 1.
class SpreadTest : public testing::Test {
 protected:
  /// @param transmit_queues  of each port.
  void start(std::uint16_t count, std::uint16_t transmit_queues, unsigned room = 1023) {
    lan.emplace(room, transmit_queues);
    wan.emplace(room, transmit_queues);
    transmit_queues_ = transmit_queues;
    lan_port.emplace(lan->id(), with_queues(settings_of(Side::lan, kLanMac)), test_pool());
    wan_port.emplace(wan->id(), with_queues(settings_of(Side::wan, kWanMac)), test_pool());
    peers.learn(0, wire::to_integer(mac(kPeerMac)));
    sessions.emplace(std::make_unique<session::SessionTable>(std::vector{plain_session()}), count);
    captures.emplace(sessions->readers());
    const auto weights = worker::share_weights(count, std::vector<std::uint16_t>{1, 0});
    spread[0].emplace(Side::lan, 1, weights, 0);
    spread[1].emplace(Side::wan, 0, weights, 0);
    transmit[0].emplace(Side::lan, transmit_queues, count, 0);
    transmit[1].emplace(Side::wan, transmit_queues, count, 0);
    for (std::uint16_t index = 0; index < count; ++index) {
      worker::WorkerSettings settings;
      settings.index = index;
      settings.ports = {&*lan_port, &*wan_port};
      settings.spread = {&*spread[0], &*spread[1]};
      settings.transmit = {&*transmit[0], &*transmit[1]};
      settings.sessions = &*sessions;
      settings.lan_peers = &peers;
      settings.captures = &*captures;
      workers.push_back(std::make_unique<worker::Worker>(settings));
    }
  }
  void TearDown() override {
    for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan})
      expect_all_conserved(direction);
    workers.clear();
    for (auto& rings : spread) rings.reset();
    for (auto& rings : transmit) rings.reset();
    static_cast<void>(sent(Side::lan));
    static_cast<void>(sent(Side::wan));
    EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
  }

  void expect_all_conserved(Direction direction) const {
    for (const auto& worker : workers) expect_conserved(worker->counters().direction[index_of(direction)]);
  }
  [[nodiscard]] std::uint64_t received(std::size_t worker, Direction direction) const {
    return workers[worker]->counters().direction[index_of(direction)].received.value();
  }
  [[nodiscard]] std::uint64_t sum(stats::Counter stats::DirectionCounters::*count,
                                  Direction direction) const {
    std::uint64_t sum = 0;
    for (const auto& worker : workers)
      sum += (worker->counters().direction[index_of(direction)].*count).value();
    return sum;
  }
  [[nodiscard]] std::uint64_t dropped(Direction direction, stats::DropReason reason) const {
    std::uint64_t sum = 0;
    for (const auto& worker : workers)
      sum += worker->counters().direction[index_of(direction)].dropped[index_of(reason)].value();
    return sum;
  }
  /// Turns all until none has anything to do.
  void turn_all() {
    for (unsigned idle = 0; idle < 2;) {
      unsigned frames = 0;
      for (const auto& worker : workers) frames += worker->poll();
      idle = frames == 0 ? idle + 1 : 0;
    }
  }
  /// By all queues of a port.
  std::vector<Octets> sent(Side side) {
    std::vector<Octets> frames;
    for (std::size_t queue = 0; queue < transmit_queues_; ++queue)
      for (Octets& frame : (side == Side::lan ? *lan : *wan).drain(queue)) frames.push_back(std::move(frame));
    return frames;
  }
  /// The numbers of a flow's packets, in the order they left in; by flow.
  std::map<unsigned, std::vector<unsigned>> numbers(Side side) {
    std::map<unsigned, std::vector<unsigned>> numbers;
    const std::size_t payload = side == Side::wan ? 22 + 28 : 14 + 28;
    for (const Octets& frame : sent(side))
      numbers[get16(frame, payload)].push_back(get16(frame, payload + 2));
    return numbers;
  }

  [[nodiscard]] port::PortSettings with_queues(port::PortSettings settings) const {
    settings.transmit_queues = transmit_queues_;
    return settings;
  }

  std::uint16_t transmit_queues_ = 1;
  session::LanPeers peers{1};
  std::optional<RingPort> lan;
  std::optional<RingPort> wan;
  std::optional<port::Port> lan_port;
  std::optional<port::Port> wan_port;
  std::optional<worker::SessionSnapshots> sessions;
  std::optional<worker::Captures> captures;
  std::array<std::optional<worker::SpreadRings>, kSides> spread;
  std::array<std::optional<worker::TransmitRings>, kSides> transmit;
  std::vector<std::unique_ptr<worker::Worker>> workers;
};

}  // namespace narrows::test
