// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "narrows/stats/report.h"

namespace narrows::control {

/// The statistics for dpdk-telemetry.py (rte_telemetry), while the object lives:
///
///   /narrows/stats          both directions, control events, versions
///   /narrows/sessions[,N]   names of the sessions, from the Nth (0 first) as many as fit
///   /narrows/session,NAME   one session
///   /narrows/learned[,N]    what was learned of sessions that pass through, from the Nth, as many as fit
///   /narrows/ports          both ports
///   /narrows/workers[,N]    workers from the Nth, as many as fit, and the mempools
///
/// At most one object at a time: DPDK's commands are global and cannot be taken back. After its end they
/// answer nothing.
class Telemetry {
 public:
  /// @param report  called by DPDK's telemetry threads, one at a time.
  explicit Telemetry(std::function<stats::Report()> report);
  ~Telemetry();  ///< waits for a command being answered
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;
};

}  // namespace narrows::control
