// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <vector>

#include "narrows/bench/bench.h"
#include "narrows/bench/quiet.h"
#include "narrows/bench/selection.h"
#include "narrows/simd/level.h"

namespace narrows::bench {

/// What to measure, and for how long.
struct Plan {
  std::vector<Setting> settings;
  std::vector<simd::Level> levels;
  unsigned rounds = 0;        ///< over all settings and levels
  double budget_seconds = 0;  ///< no round begins that is not likely to end in time; the first always does
};

/// A sample, and how quiet it was: before it or behind it, whichever was worse.
struct Round {
  Sample sample;
  Reading reading;
};

/// What the rounds of a setting at a level come to: each value is the median of the quiet rounds, or, when
/// there is none, of all.
struct Figure {
  Setting setting;
  simd::Level level = simd::Level::scalar;
  double cycles = 0;   ///< TSC cycles a packet
  double ns = 0;       ///< a packet
  double best_ns = 0;  ///< of the quickest quiet round
  double adds_per_clock = 0;
  double l3_clocks = 0;         ///< l3: TSC cycles of a load from there; else 0
  double ratio_to_scalar = 0;   ///< of the same rounds
  double ratio_to_io = 0;       ///< loop: over what io costs, frames having contents; else 0
  double ratio_to_bare_io = 0;  ///< loop: the same, what contents cost taken off both; else 0
  double io_ns = 0;
  double bare_io_ns = 0;
  double wire_octets = 0;  ///< mean_wire_octets() of the setting
  unsigned rounds = 0;
  bool quiet = false;  ///< at least kQuietRounds rounds were
};
inline constexpr unsigned kQuietRounds = 3;

/// @param rounds  of one setting and level.
/// @param scalar  its scalar rounds, as many, measured side by side.
/// @param tsc_hz  how fast the clock runs that cycles were counted by.
[[nodiscard]] Figure summarise(const Setting& setting, simd::Level level, const std::vector<Round>& rounds,
                               const std::vector<Round>& scalar, const QuietMeter& meter, double tsc_hz);

/// Called before each round, with its number from 1 on and how many there are; and whether to go on is asked
/// before each sample.
struct Watcher {
  std::function<void(unsigned round, unsigned rounds)> begins;
  std::function<bool()> is_over;
};

/// Measures round by round, in each all settings, and of each setting all levels in turn, so that what is
/// compared is of the same moments. What had too few quiet rounds is measured again as long as there is time.
/// What a quiet core does is learned on the way. EAL is up, and the caller's thread is an lcore that stays on
/// its CPU.
/// @return by setting, then level, in the plan's order; nothing when is_over().
/// @throws std::runtime_error, one line: no memory, no null driver.
[[nodiscard]] std::vector<Figure> measure(const Plan& plan, const Watcher& watcher);

}  // namespace narrows::bench
