// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_ring.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "narrows/config/config.h"
#include "narrows/pipeline/process.h"
#include "narrows/pipeline/settle.h"
#include "narrows/port/port.h"
#include "narrows/session/lan_peers.h"
#include "narrows/session/session_table.h"
#include "narrows/stats/counters.h"

namespace narrows::worker {

/// What a worker is given to work with. Everything outlives it.
struct WorkerSettings {
  config::Mode mode = config::Mode::terminate;
  std::uint16_t index = 0;  ///< also its queue on both ports
  std::uint16_t burst = 32;
  int node = 0;
  std::array<const port::Port*, kSides> ports{};
  const session::SessionTable* sessions = nullptr;  ///< may be empty (transparent)
  session::LanPeers* lan_peers = nullptr;
  std::array<std::array<std::uint16_t, kFamilies>, kDirections> max_mss{};  ///< transparent
};

/// A ring of mbufs with one producer and one consumer; frees those that nobody took out.
struct MbufRingDeleter {
  void operator()(rte_ring* ring) const noexcept;
};
using MbufRing = std::unique_ptr<rte_ring, MbufRingDeleter>;

/// One lcore's share of the forwarding, run to completion: polls its queue of each port, has the pipeline
/// decide and rewrite, and sends. No lock, no allocation, no log, no system call of its own while frames
/// flow.
///
/// Shared with the control thread: the counters (this writes, that reads), the rings (punt: this produces;
/// inject: that produces), the stop flag (that writes).
class Worker {
 public:
  /// @throws std::runtime_error when there is no memory for the rings.
  explicit Worker(const WorkerSettings& settings);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Polls until stop(); for rte_eal_remote_launch().
  void run() noexcept;
  void stop() noexcept { stop_.store(true, std::memory_order_relaxed); }

  /// One turn: a burst from the LAN, a burst from the WAN, then frames of the control thread. Returns how
  /// many frames it met.
  unsigned poll() noexcept;

  [[nodiscard]] const stats::WorkerCounters& counters() const noexcept { return counters_; }

  /// Frames for the control thread, each with its PuntNote. It alone takes them out, and frees them.
  [[nodiscard]] rte_ring* punt_ring() const noexcept { return punt_ring_.get(); }
  /// Frames of the control thread, to leave by the port on `side`. It alone puts them in.
  [[nodiscard]] rte_ring* inject_ring(Side side) const noexcept {
    return inject_rings_[index_of(side)].get();
  }

 private:
  unsigned move(Direction direction) noexcept;
  void punt(Direction direction) noexcept;
  void send(Direction direction) noexcept;
  unsigned inject(Side side) noexcept;

  WorkerSettings settings_;
  std::array<pipeline::Context, kDirections> contexts_;
  std::array<pipeline::Process, kDirections> process_;
  std::array<MbufRing, kSides> inject_rings_;
  MbufRing punt_ring_;
  pipeline::Burst burst_;
  pipeline::Selection forward_;
  pipeline::Selection punt_;
  stats::WorkerCounters counters_;
  alignas(stats::kCacheLineOctets) std::atomic<bool> stop_{false};
};

}  // namespace narrows::worker
