// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>

#include "narrows/ppp/time.h"

namespace narrows::ppp {

/// Counters and timers of RFC 1661 §4.6, with its defaults; but the restart timer starts short, because a
/// server often is not listening yet in the first tenth of a second, and doubles.
struct NegotiationLimits {
  Time restart_first = std::chrono::milliseconds(150);
  Time restart_most = std::chrono::seconds(3);
  Time terminate_restart = std::chrono::seconds(1);
  unsigned max_configure = 10;  ///< Configure-Requests without an answer
  unsigned max_terminate = 2;
  unsigned max_failure = 5;  ///< Configure-Naks in a row before they become Configure-Rejects
  /// Configure-Naks and -Rejects of our own request in one negotiation, and Configure-Requests sent in it:
  /// beyond them the two ends never converge. Not in the RFC, whose automaton would go round for ever.
  unsigned max_refusals = 10;
  unsigned max_requests = 30;
};

}  // namespace narrows::ppp
