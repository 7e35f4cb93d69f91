// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include "narrows/stats/report.h"

namespace narrows::control {

/// The report as one JSON object (RFC 8259), two spaces an indentation, ending in a newline. Every drop
/// reason, odd case and event is present, zeros too, so that readers need no defaults. What is not known
/// (lan_peer) or not limited (max_mss) is null. Text that is not UTF-8 has its bad octets replaced.
[[nodiscard]] std::string report_json(const stats::Report& report);

/// The same without what there is of each session; `session_states` in its place says how many there are in
/// which state.
[[nodiscard]] std::string totals_json(const stats::Report& report);

/// Which of the sessions are asked for.
struct SessionQuery {
  static constexpr std::uint64_t kMostAtOnce = 1000;
  std::uint64_t offset = 0;  ///< among those that match
  std::uint64_t limit = 100;
  std::string state;  ///< one of kSessionStateNames, "not_up", or empty: all
};

/// Those sessions, each as in report_json() and with its name; how many there are, how many match, and how
/// many are in each state.
[[nodiscard]] std::string sessions_json(const stats::Report& report, const SessionQuery& query);

}  // namespace narrows::control
