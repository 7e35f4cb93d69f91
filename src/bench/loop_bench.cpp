// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/loop_bench.h"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_errno.h>

#include <algorithm>
#include <memory>
#include <random>
#include <stdexcept>

#include "narrows/bench/arithmetic.h"
#include "narrows/worker/worker.h"

namespace narrows::bench {
namespace {

constexpr unsigned kPasses = 15;
constexpr unsigned kTurns = 64;  // of a pass: as many bursts from either port
constexpr double kPassFrames = 2.0 * kTurns * kBurst;
constexpr std::size_t kOrder = 4096;

std::uint16_t feed_callback(std::uint16_t /*port*/, std::uint16_t /*queue*/, rte_mbuf** mbufs,
                            std::uint16_t received, std::uint16_t /*most*/, void* feed) {
  static_cast<Feed*>(feed)->fill(mbufs, received);
  return received;
}

std::uint16_t make_null_port(Side side) {
  const auto name = fmt::format("net_null_bench_{}", kSideNames[index_of(side)]);
  std::uint16_t id = 0;
  if (rte_dev_probe(name.c_str()) != 0 || rte_eth_dev_get_port_by_name(name.c_str(), &id) != 0)
    throw std::runtime_error(
        "the loop needs DPDK's null driver (Debian: librte-net-null23); without: --case "
        "add,strip,transparent");
  return id;
}

/// What a burst of testpmd's io engine (app/test-pmd/iofwd.c) comes to.
unsigned forward_io(const port::Port& from, const port::Port& to) {
  std::array<rte_mbuf*, kBurst> mbufs;
  const std::uint16_t received = from.receive(0, mbufs.data(), kBurst);
  if (received == 0) return 0;
  const std::uint16_t sent = to.send(0, mbufs.data(), received);
  if (sent < received) rte_pktmbuf_free_bulk(mbufs.data() + sent, received - sent);
  return sent;
}

}  // namespace

void Feed::set(std::vector<Head> heads) {
  heads_ = std::move(heads);
  order_.resize(std::max(kOrder, heads_.size()));
  for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<std::uint16_t>(i % heads_.size());
  std::ranges::shuffle(order_, std::mt19937(2));
  next_ = 0;
}

void Feed::fill(rte_mbuf** mbufs, std::uint16_t size) noexcept {
  if (!on_) return;
  for (std::uint16_t i = 0; i < size; ++i) {
    heads_[order_[next_]].put_into(*mbufs[i]);
    next_ = next_ + 1 == order_.size() ? 0 : next_ + 1;
  }
}

MemoryPort::MemoryPort(Side side, rte_mempool* pool) {
  port::PortSettings settings;
  settings.side = side;
  settings.mac = side == Side::lan ? kLanMac : kWanMac;
  port_.emplace(make_null_port(side), settings, pool);
  callback_ = rte_eth_add_rx_callback(port_->id(), 0, feed_callback, &feed_);
  if (callback_ == nullptr)
    throw std::runtime_error(fmt::format("receive callback: {}", rte_strerror(rte_errno)));
}

MemoryPort::~MemoryPort() {
  if (callback_ != nullptr) rte_eth_remove_rx_callback(port_->id(), 0, callback_);
}

LoopBench::LoopBench(const Setting& setting, const Ports& ports)
    : ports_(ports),
      sessions_(std::make_unique<session::SessionTable>(make_sessions(setting)), 1),
      lan_peers_(setting.sessions) {
  for (std::size_t i = 0; i < setting.sessions; ++i) lan_peers_.learn(i, wire::to_integer(kPeerMac));
  for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan})
    ports_[index_of(ingress_of(direction))]->feed().set(
        make_heads(setting, direction, std::max<std::size_t>(kHotFrames, setting.sessions)));
}

/// TSC cycles of all frames.
double LoopBench::io_pass(bool with_contents) {
  for (auto* port : ports_) port->feed().turn(with_contents);
  const port::Port& lan = ports_[0]->port();
  const port::Port& wan = ports_[1]->port();
  unsigned sent = 0;
  watch_.begin();
  for (unsigned turn = 0; turn < kTurns; ++turn) sent += forward_io(lan, wan) + forward_io(wan, lan);
  const double cycles = watch_.cycles();
  if (sent != static_cast<unsigned>(kPassFrames)) throw std::runtime_error("narrows bench: io lost a frame");
  return cycles;
}

Sample LoopBench::sample(simd::Level level) {
  const worker::Captures captures(sessions_.readers());  // as in `run`; none runs
  worker::WorkerSettings settings;
  settings.captures = &captures;
  settings.level = level;
  settings.burst = kBurst;
  settings.ports = {&ports_[0]->port(), &ports_[1]->port()};
  settings.sessions = &sessions_;
  settings.lan_peers = &lan_peers_;
  worker::Worker worker(settings);
  std::vector<double> passes(kPasses);
  std::vector<double> io_passes(kPasses);
  std::vector<double> bare_io_passes(kPasses);
  for (unsigned pass = 0; pass < kPasses; ++pass) {
    bare_io_passes[pass] = io_pass(false);
    io_passes[pass] = io_pass(true);
    watch_.begin();
    for (unsigned turn = 0; turn < kTurns; ++turn) worker.poll();
    passes[pass] = watch_.cycles();
  }
  for (const auto& way : worker.counters().direction)
    if (way.forwarded.value() != std::uint64_t{kPasses} * kTurns * kBurst)
      throw std::runtime_error("narrows bench: the worker's loop lost a good frame");
  return {.cycles = median(std::move(passes)) / kPassFrames,
          .io_cycles = median(std::move(io_passes)) / kPassFrames,
          .bare_io_cycles = median(std::move(bare_io_passes)) / kPassFrames};
}

}  // namespace narrows::bench
