// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "narrows/config/config.h"
#include "narrows/control/time.h"
#include "narrows/ppp/random.h"
#include "narrows/stats/session_status.h"

namespace narrows::control {

/// How long to wait before a session is dialled again: twice as long after each failure up to a limit, with
/// jitter so that thousands of lines do not come back in step after an outage; ten times as long after
/// refused credentials, since providers lock accounts. Never ends.
class Redial {
 public:
  static constexpr unsigned kRefusedFactor = 10;
  /// A session that lasted this long starts the next series from the beginning.
  static constexpr Time kLasting = std::chrono::seconds(10);

  explicit Redial(const config::ClientSession& settings);

  /// The time to wait after a failure.
  /// @param was_up_for  how long the session had been up; 0: it did not come up.
  [[nodiscard]] Time after(stats::SessionFailure failure, Time was_up_for, ppp::Random& random);

 private:
  Time first_;
  Time most_;
  Time next_;
};

}  // namespace narrows::control
