// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "narrows/stats/report.h"

namespace narrows::control {

/// The Content-Type of report_prometheus().
inline constexpr const char* kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

/// The report in the Prometheus text format, version 0.0.4. Every family has HELP and TYPE, and a family
/// without samples is left out. Counters are written as whole numbers, exact up to 2^53.
///
/// Sessions have their drops as one sum: a series for each reason of 4,094 sessions would be 150,000
/// series that say almost always 0; the reasons are in the JSON.
[[nodiscard]] std::string report_prometheus(const stats::Report& report);

}  // namespace narrows::control
