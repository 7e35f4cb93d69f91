// SPDX-License-Identifier: BSD-3-Clause
/// One trial: sends at a rate, receives, and counts every frame.
#pragma once

#include <rte_mempool.h>

#include "frame_template.h"
#include "trial.h"

namespace narrows::lab {

/// Returns when everything has come back, or nothing comes any more. A frame that this program could not send
/// when it was due, because it was kept from running, is left out and not made up for in a burst: the rate
/// that comes out is then lower than the one asked for.
/// @param number  tells its frames from what earlier trials have left on the way.
/// @param pool  of which nothing but these trials takes anything.
[[nodiscard]] TrialResult run_trial(const Trial& trial, std::uint16_t number, const Wiring& wiring,
                                    rte_mempool* pool);

}  // namespace narrows::lab
