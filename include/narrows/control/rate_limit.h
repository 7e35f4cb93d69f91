// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <chrono>

#include "narrows/control/time.h"

namespace narrows::control {

/// A token bucket as a clock: a burst of Burst at once, then PerSecond. So no second sees more than their
/// sum. Eight octets, as there are thousands.
template <int Burst, int PerSecond>
class RateLimit {
 public:
  static constexpr int kBurst = Burst;
  static constexpr int kRefillPerSecond = PerSecond;
  static constexpr int kMaxPerSecond = Burst + PerSecond;

  /// Whether one more is allowed at `now`; if so it is spent. Time that runs backwards only makes it
  /// stricter.
  [[nodiscard]] bool take(Time now) noexcept {
    const Time spent_until = std::max(spent_until_, now - kCost * Burst);
    if (spent_until + kCost > now) return false;
    spent_until_ = spent_until + kCost;
    return true;
  }

 private:
  static_assert(Burst > 0 && PerSecond > 0);
  static constexpr Time kCost = Time(std::chrono::seconds(1)) / PerSecond;

  Time spent_until_ = Time::min();  ///< moved on by kCost for each one allowed
};

}  // namespace narrows::control
