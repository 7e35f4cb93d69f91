// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "narrows/bench/measure.h"
#include "narrows/bench/targets.h"

namespace narrows::bench {

/// For people: a line a figure, in blocks of one setting.
[[nodiscard]] std::string table(const std::vector<Figure>& figures);

/// For people: a line a target; empty without outcomes.
[[nodiscard]] std::string targets_table(const std::vector<Outcome>& outcomes);

/// A JSON array of one object a figure: case, frame, syn_percent, sessions, level, memory, ns, cycles, mpps,
/// quiet; and family, wrapping, adds_per_clock, ratio_to_scalar, rounds, gbe10_share, gbe25_share; of the
/// loop also io_ns, ratio_to_io, bare_io_ns, ratio_to_bare_io.
[[nodiscard]] std::string json(const std::vector<Figure>& figures);

}  // namespace narrows::bench
