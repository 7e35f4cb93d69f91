// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "narrows/stats/report.h"

namespace narrows::control {

/// The report for people, on one screen: both directions side by side, and of the rest only what is not zero.
/// Of many sessions the busiest ten. Lines end in '\n'; no colours.
[[nodiscard]] std::string final_counts(const stats::Report& report);

}  // namespace narrows::control
