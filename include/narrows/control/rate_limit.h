// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>

#include "narrows/control/time.h"
#include "narrows/session/token_bucket.h"

namespace narrows::control {

/// A burst of Burst at once, then PerSecond. So no second sees more than their sum.
template <int Burst, int PerSecond>
class RateLimit {
 public:
  static constexpr int kBurst = Burst;
  static constexpr int kRefillPerSecond = PerSecond;
  static constexpr int kMaxPerSecond = Burst + PerSecond;

  [[nodiscard]] bool take(Time now) noexcept {
    return bucket_.take({kBurst, kInterval.count()}, now.count());
  }

 private:
  static_assert(Burst > 0 && PerSecond > 0);
  static constexpr Time kInterval = Time(std::chrono::seconds(1)) / PerSecond;

  session::TokenBucket bucket_;
};

}  // namespace narrows::control
