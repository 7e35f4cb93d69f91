// SPDX-License-Identifier: BSD-3-Clause
/// What a packet may cost, and whether it does.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/bench/measure.h"
#include "narrows/bench/selection.h"

namespace narrows::bench {

/// Targets in nanoseconds are those of a core whose TSC runs at 2.6 GHz; elsewhere as many cycles.
inline constexpr double kTargetGhz = 2.6;

struct Target {
  enum class Kind : std::uint8_t {
    time,         ///< ns a packet at kTargetGhz
    over_io,      ///< times what io costs
    over_setting  ///< times what another setting costs
  };
  std::string_view text;
  Setting setting;
  Kind kind = Kind::time;
  double limit = 0;
  Setting other = {};  ///< over_setting
};

[[nodiscard]] std::span<const Target> targets();

[[nodiscard]] bool is_needed_by_target(const Setting& setting);

/// A target and what became of it.
struct Outcome {
  Target target;
  Figure figure;
  double value = 0;  ///< in the unit of the target's limit
  bool met = false;
};

/// Those targets of which all that is needed was measured at `level`.
[[nodiscard]] std::vector<Outcome> judge(const std::vector<Figure>& figures, simd::Level level);

}  // namespace narrows::bench
