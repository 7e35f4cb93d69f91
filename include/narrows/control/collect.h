// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/plane.h"
#include "narrows/port/port.h"
#include "narrows/session/lan_peers.h"
#include "narrows/stats/report.h"
#include "narrows/worker/worker.h"

namespace narrows::control {

/// Sums what workers, ports and pools count into a Report. Any thread may ask; only the workers' counters are
/// read while they are written.
class Collector {
 public:
  /// What is summed; everything pointed to outlives the object.
  struct Sources {
    std::array<const port::Port*, kSides> ports{};
    std::span<const std::unique_ptr<worker::Worker>> workers;
    std::vector<stats::WorkerReport> worker_places;  ///< cpu and node of each
    std::array<config::Spread, kSides> spread{};     ///< how each port's frames come to them
    std::vector<const rte_mempool*> pools;
    const session::LanPeers* lan_peers = nullptr;
    const Plane* control = nullptr;
  };
  explicit Collector(Sources sources);

  [[nodiscard]] stats::Report collect() const;

  /// A place has another session from now on, whose counts begin at 0: the workers' only grow. The control
  /// thread.
  void begin_session(std::size_t index);

 private:
  [[nodiscard]] stats::DirectionReport direction(Direction direction) const;
  [[nodiscard]] stats::SessionReport session(const config::Config& config, std::size_t index,
                                             std::uint64_t now_ns) const;
  [[nodiscard]] stats::PortReport port(const config::Config& config, Side side) const;

  using SessionSums = std::array<stats::SessionDirectionReport, kDirections>;
  [[nodiscard]] SessionSums session_sums(std::size_t index) const;
  [[nodiscard]] stats::LatencyReport latency(Direction direction) const;
  void read_worker(std::size_t index, stats::WorkerReport& report) const;

  Sources sources_;
  mutable std::mutex begun_mutex_;               ///< begun_at_: the control thread writes, any thread reads
  std::map<std::size_t, SessionSums> begun_at_;  ///< what earlier sessions of a place have counted
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  mutable std::mutex ports_mutex_;  ///< a driver's statistics are for one thread at a time
};

}  // namespace narrows::control
