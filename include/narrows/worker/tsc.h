// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_cycles.h>

namespace narrows::worker {

/// Of the time-stamp counter, as EAL has measured it at its start.
[[nodiscard]] inline double ticks_per_ns() {
  return static_cast<double>(rte_get_tsc_hz()) / 1e9;
}

}  // namespace narrows::worker
