// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "narrows/control/exposition.h"
#include "narrows/stats/report.h"

namespace narrows::control {

/// The report as metrics, which docs/statistics.md lists. A metric without samples is left out.
///
/// How many series there are is bounded: the first Report::session_series sessions have series of their own,
/// all together are counted, and the rest is in the JSON. Of those, drops are one sum: by reason, they would
/// be 44 series a session that say almost always 0. Names that the line could invent are nowhere.
[[nodiscard]] std::string report_prometheus(const stats::Report& report, ExpositionFormat format);

}  // namespace narrows::control
