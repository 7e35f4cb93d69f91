// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "narrows/pipeline/burst.h"
#include "narrows/stats/counters.h"
#include "narrows/worker/capture_point.h"
#include "narrows/worker/spread_rings.h"

namespace narrows::worker {

/// The poller's part of spreading in software: sees which flow each frame belongs to, keeps its own share and
/// puts the others' into their rings, in order. Frames of no flow, all that is for the control thread among
/// them, it keeps: they wait behind no data. A ring without room holds up nobody: what does not fit is freed
/// and counted as dropped (spread_full).
class Spreader {
 public:
  /// Both outlive the object. @param counters  of the frames' direction; the poller's.
  Spreader(const SpreadRings& rings, stats::DirectionCounters& counters);

  /// Shares out up to kMaxBurst frames. Returns how many are the poller's own: the first of `mbufs`, which
  /// stay the caller's.
  /// @param capture  of the poller, while one runs; else null.
  [[nodiscard]] std::uint16_t spread(rte_mbuf** mbufs, std::uint16_t size, CapturePoint* capture) noexcept;

 private:
  /// Of one burst, what is for one worker.
  struct Share {
    std::uint16_t size = 0;
    std::array<rte_mbuf*, pipeline::kMaxBurst> mbufs;
  };

  void hand_over(Share& share, std::uint16_t worker, CapturePoint* capture) noexcept;

  const SpreadRings& rings_;
  stats::DirectionCounters& counters_;
  std::vector<Share> shares_;  ///< by worker; empty between two bursts
};

}  // namespace narrows::worker
