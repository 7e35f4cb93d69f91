// SPDX-License-Identifier: BSD-3-Clause
/// Whether core and cache were their owner's alone while something was measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "narrows/bench/huge_memory.h"

namespace narrows::bench {

/// How many independent additions the core does in a TSC cycle just now, over some 5 µs: about 5 on a quiet
/// Zen 4 core, 3 when its hyperthread neighbour is busy. 0 on an architecture where nobody wrote it.
[[nodiscard]] double adds_per_clock() noexcept;

/// How core and cache are just now.
struct Reading {
  double adds_per_clock = 0;
  double l3_clocks = 0;  ///< TSC cycles of a load that misses L2; 0: was not looked at
};

/// The worse of two, in each respect.
[[nodiscard]] Reading worse(const Reading& one, const Reading& other) noexcept;

/// Judges readings. What a core does at best depends on its make and its frequency, so the measure is the
/// best that was seen in this run: four fifths of the additions are quiet, which on Zen 4 is 4 of 5, and a
/// load from L3 of a quarter more time at most. A machine that is never quiet is taken for a slow one.
class QuietMeter {
 public:
  static constexpr double kQuietAdds = 0.8;
  static constexpr double kQuietL3 = 1.25;

  void note(const Reading& reading) noexcept;
  [[nodiscard]] bool is_quiet(const Reading& reading) const noexcept;

 private:
  double best_adds_ = 0;
  double best_l3_ = 0;  ///< 0: none yet
};

/// Takes readings.
class QuietProbe {
 public:
  QuietProbe();
  /// @param with_l3  costs some 0.2 ms, and turns L2 over.
  [[nodiscard]] Reading read(bool with_l3) noexcept;

 private:
  [[nodiscard]] double l3_clocks() noexcept;

  std::size_t lines_;  ///< twice what L2 holds
  HugeMemory memory_;
  std::vector<std::uint32_t> order_;  ///< of lines in the first half, at random
  std::size_t next_ = 0;              ///< in order_
};

/// What this machine's L2 holds, in octets; 1 MB where the C library does not know.
[[nodiscard]] std::size_t l2_octets() noexcept;

}  // namespace narrows::bench
