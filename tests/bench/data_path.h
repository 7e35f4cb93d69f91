// SPDX-License-Identifier: BSD-3-Clause
/// The worker's whole loop between two in-memory ports, and bursts for it. Time is that of Worker::poll(), so
/// the driver's, the gates' and the rings' to the control thread are in it, as is freeing what is dropped;
/// the control thread has a core of its own in life, and empties the rings between two polls here.
#pragma once

#include <rte_eth_ring.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eal.h"
#include "narrows/bench/bench.h"
#include "narrows/bench/clock.h"
#include "narrows/bench/traffic.h"
#include "narrows/port/port.h"
#include "narrows/worker/worker.h"
#include "packets.h"
#include "sessions.h"

namespace narrows::test {

struct RingDeleter {
  void operator()(rte_ring* ring) const noexcept { rte_ring_free(ring); }
};
using Ring = std::unique_ptr<rte_ring, RingDeleter>;

/// A port in memory, and its two ends.
struct Memory {
  Ring in;
  Ring out;
  std::uint16_t id = 0;

  explicit Memory(const std::string& name = "memory" + std::to_string(made_++))
      : in(rte_ring_create((name + "_in").c_str(), 1024, 0, RING_F_SP_ENQ | RING_F_SC_DEQ)),
        out(rte_ring_create((name + "_out").c_str(), 1024, 0, RING_F_SP_ENQ | RING_F_SC_DEQ)) {
    rte_ring* receive = in.get();
    rte_ring* transmit = out.get();
    const int made = rte_eth_from_rings(name.c_str(), &receive, 1, &transmit, 1, 0);
    if (made < 0) std::abort();
    id = static_cast<std::uint16_t>(made);
  }

 private:
  static inline unsigned made_ = 0;  // a closed port's name is not free again
};

inline unsigned free_all(rte_ring* ring) {
  void* mbuf = nullptr;
  unsigned freed = 0;
  for (; rte_ring_dequeue(ring, &mbuf) == 0; ++freed) rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
  return freed;
}

inline port::PortSettings settings_of(Side side, const Octets& address) {
  port::PortSettings settings;
  settings.side = side;
  settings.mac = mac(address);
  return settings;
}

inline Octets octets_of(const bench::Head& head) {
  Octets octets(head.octets.begin(), head.octets.end());
  octets.resize(head.frame_octets);
  return octets;
}

class DataPath {
 public:
  /// @param frames  received on `side`, in order; a whole number of bursts.
  DataPath(Side side, std::vector<Octets> frames)
      : side_(side),
        pool_(rte_pktmbuf_pool_create("loop", 8191, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0)),
        lan_port_(lan_.id, settings_of(Side::lan, kLanMac), pool_),
        wan_port_(wan_.id, settings_of(Side::wan, kWanMac), pool_),
        sessions_(std::make_unique<session::SessionTable>(std::vector{plain_session()}), 1),
        frames_(std::move(frames)) {
    peers_.learn(0, wire::to_integer(mac(kPeerMac)));
    worker::WorkerSettings settings;
    settings.ports = {&lan_port_, &wan_port_};
    settings.sessions = &sessions_;
    settings.lan_peers = &peers_;
    settings.undeliverable_per_second = 100;
    worker_ = std::make_unique<worker::Worker>(settings);
  }
  ~DataPath() {
    worker_.reset();
    for (Memory* memory : {&lan_, &wan_}) free_all(memory->in.get());
    lan_port_.close();
    wan_port_.close();
    rte_mempool_free(pool_);
  }
  DataPath(const DataPath&) = delete;
  DataPath& operator=(const DataPath&) = delete;

  /// Whether the control thread takes what it is handed, between two polls.
  void drain_punts(bool drained) { drained_ = drained; }

  /// TSC cycles that all frames took, once.
  double pass() {
    double cycles = 0;
    for (std::size_t first = 0; first < frames_.size(); first += bench::kBurst) {
      for (std::size_t i = first; i < first + bench::kBurst; ++i) {
        rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
        fill(mbuf, frames_[i]);
        rte_ring_enqueue((side_ == Side::lan ? lan_ : wan_).in.get(), mbuf);
      }
      watch_.begin();
      worker_->poll();
      cycles += watch_.cycles();
      sent_ += free_all((side_ == Side::lan ? wan_ : lan_).out.get());
      free_all(worker_->undeliverable_ring());
      if (drained_) free_all(worker_->punt_ring());
    }
    return cycles;
  }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

 private:
  Side side_;
  rte_mempool* pool_;
  Memory lan_;
  Memory wan_;
  port::Port lan_port_;
  port::Port wan_port_;
  worker::SessionSnapshots sessions_;
  session::LanPeers peers_{1};
  std::unique_ptr<worker::Worker> worker_;
  std::vector<Octets> frames_;
  bench::Stopwatch watch_;
  bool drained_ = true;
  std::uint64_t sent_ = 0;
};

}  // namespace narrows::test
