// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "narrows/stats/report.h"

namespace narrows::control {

/// The report as one JSON object (RFC 8259), two spaces an indentation, ending in a newline. Every drop
/// reason, odd case and event is present, zeros too, so that readers need no defaults. What is not known
/// (lan_peer) or not limited (max_mss) is null. Text that is not UTF-8 has its bad octets replaced.
[[nodiscard]] std::string report_json(const stats::Report& report);

}  // namespace narrows::control
