// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_rcu_qsbr.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "narrows/stats/counters.h"
#include "narrows/wire/direction.h"
#include "narrows/worker/capture_ring.h"
#include "narrows/worker/frame_filter.h"

namespace narrows::worker {

/// What a capture is to show, and the rings by which workers hand it over. All but the rings and counters is
/// fixed while it runs.
class Capture {
 public:
  /// @param points       at which of them it looks.
  /// @param snap_octets  kept of a frame at most.
  /// @param ring_octets  of each worker's ring, a power of two.
  /// @throws std::runtime_error a filter that is none, std::bad_alloc
  Capture(const std::string& filter, const ByCapturePoint<bool>& points, std::uint32_t snap_octets,
          std::uint16_t workers, std::size_t ring_octets);

  [[nodiscard]] bool looks_at(Side side, CapturePlace place) const noexcept {
    return points_[index_of(side)][index_of(place)];
  }
  [[nodiscard]] const FrameFilter& filter() const noexcept { return filter_; }
  [[nodiscard]] std::uint32_t snap_octets() const noexcept { return snap_octets_; }
  [[nodiscard]] std::uint16_t workers() const noexcept { return static_cast<std::uint16_t>(rings_.size()); }
  [[nodiscard]] CaptureRing& ring(std::uint16_t worker) const noexcept { return *rings_[worker]; }

 private:
  FrameFilter filter_;
  ByCapturePoint<bool> points_;
  std::uint32_t snap_octets_;
  std::vector<std::unique_ptr<CaptureRing>> rings_;  ///< by worker
};

/// The captures that run, for every worker: one pointer, null while there are none. Changed without stopping
/// any worker, by the quiescent states that session snapshots have as well (rte_rcu_qsbr).
class Captures {
 public:
  static constexpr std::size_t kMost = 2;
  using Running = std::array<Capture*, kMost>;  ///< null: vacant

  /// @param readers  SessionSnapshots::readers(); outlives the object.
  explicit Captures(rte_rcu_qsbr* readers) noexcept : readers_(readers) {}
  ~Captures();
  Captures(const Captures&) = delete;
  Captures& operator=(const Captures&) = delete;

  /// A worker; good until it pauses.
  [[nodiscard]] const Running* current() const noexcept { return current_.load(std::memory_order_acquire); }

  // --- any other thread ---

  /// @return false: kMost run already. The capture is the workers' until remove().
  [[nodiscard]] bool add(Capture& capture);
  /// Returns when no worker looks at it any more.
  void remove(Capture& capture);

 private:
  void publish(std::unique_ptr<const Running> next);

  rte_rcu_qsbr* readers_;
  std::mutex mutex_;                              ///< of those who add and remove
  std::atomic<const Running*> current_{nullptr};  ///< they write, the workers read
};

}  // namespace narrows::worker
