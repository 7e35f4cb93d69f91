// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "narrows/session/token_bucket.h"

namespace narrows::worker {

/// Which undeliverable frames are worth handing to the control thread: so few of each session that the flood
/// of one leaves room in the ring for the others'. The worker's own; control counts and limits what it
/// answers.
class UndeliverableGate {
 public:
  static constexpr std::int64_t kBurst = 32;

  /// @param interval  ticks from one frame of a session to the next, behind a burst; 0: all are admitted.
  UndeliverableGate(std::size_t sessions, std::uint64_t interval)
      : rate_{kBurst, static_cast<std::int64_t>(interval)}, buckets_(sessions) {}

  /// @param now  in ticks.
  [[nodiscard]] bool admits(std::size_t session, std::uint64_t now) noexcept {
    return buckets_[session].take(rate_, static_cast<std::int64_t>(now));
  }

 private:
  session::TokenBucket::Rate rate_;
  std::vector<session::TokenBucket> buckets_;
};

}  // namespace narrows::worker
