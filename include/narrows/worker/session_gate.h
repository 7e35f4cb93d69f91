// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "narrows/session/token_bucket.h"

namespace narrows::worker {

/// Which frames are within their session's share of what the control thread may be given: so few of each that
/// the flood of one leaves room in a ring for the others'. The worker's own; control counts and limits what
/// it answers.
class SessionGate {
 public:
  static constexpr std::int64_t kBurst = 32;

  /// @param interval  ticks from one frame of a session to the next, behind a burst; 0: all are admitted.
  SessionGate(std::size_t sessions, std::uint64_t interval)
      : interval_(static_cast<std::int64_t>(interval)), buckets_(sessions) {}

  /// Another interval from now on. The control thread.
  void set_interval(std::uint64_t interval) noexcept {
    interval_.store(static_cast<std::int64_t>(interval), std::memory_order_relaxed);
  }

  /// @param now  in ticks.
  [[nodiscard]] bool admits(std::size_t session, std::uint64_t now) noexcept {
    return buckets_[session].take({kBurst, interval_.load(std::memory_order_relaxed)},
                                  static_cast<std::int64_t>(now));
  }

 private:
  std::atomic<std::int64_t> interval_;  ///< the control thread writes, the worker reads
  std::vector<session::TokenBucket> buckets_;
};

}  // namespace narrows::worker
