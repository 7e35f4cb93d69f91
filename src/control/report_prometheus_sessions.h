// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "narrows/control/exposition.h"
#include "narrows/stats/report.h"

namespace narrows::control {

/// What is known of all sessions together: as many series with one session as with thousands.
void add_all_sessions(Exposition& out, const stats::Report& report);

/// Series of their own for the first Report::session_series sessions.
void add_single_sessions(Exposition& out, const stats::Report& report);

}  // namespace narrows::control
