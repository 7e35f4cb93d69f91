// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace narrows::session {

/// A token bucket as a clock, in ticks of whatever clock its owner has. Eight octets, as there are thousands.
class TokenBucket {
 public:
  /// `burst` at once, then one every `interval` ticks.
  struct Rate {
    std::int64_t burst = 1;
    std::int64_t interval = 0;
  };

  /// Whether one more is allowed at `now`; if so it is spent. Time that runs backwards only makes it
  /// stricter.
  [[nodiscard]] bool take(Rate rate, std::int64_t now) noexcept {
    const std::int64_t spent_until = std::max(spent_until_, now - rate.burst * rate.interval);
    if (spent_until + rate.interval > now) return false;
    spent_until_ = spent_until + rate.interval;
    return true;
  }

 private:
  std::int64_t spent_until_ = std::numeric_limits<std::int64_t>::min();  ///< moved on for each one allowed
};

}  // namespace narrows::session
