// SPDX-License-Identifier: BSD-3-Clause
/// How time is taken, and whether the core was its owner's alone meanwhile.
#pragma once

#include <rte_cycles.h>

#include <cstdint>

namespace narrows::bench {

/// What reading the clock twice takes, in TSC cycles: not the code's.
[[nodiscard]] std::uint64_t clock_cycles() noexcept;

/// How many independent additions the core does in a TSC cycle just now, over some 10 µs: about 5 on a quiet
/// Zen 4 core, 3 when its hyperthread neighbour is busy. 0 where it is not known how to tell.
[[nodiscard]] double adds_per_clock() noexcept;

/// Judges by adds_per_clock(). How many a core does at best depends on its make and its frequency, so the
/// measure is the best that was seen in this run: four fifths of it are quiet, which on Zen 4 is 4 of 5.
class QuietMeter {
 public:
  /// Looks for the best for `seconds`.
  explicit QuietMeter(double seconds = 0);
  /// adds_per_clock(), remembered when it is the best.
  double read() noexcept;
  [[nodiscard]] bool is_quiet(double adds) const noexcept { return adds >= kQuietShare * best_; }
  [[nodiscard]] double best() const noexcept { return best_; }

  static constexpr double kQuietShare = 0.8;

 private:
  double best_ = 0;
};

/// TSC cycles from begin() on, without those of reading the clock.
class Stopwatch {
 public:
  void begin() noexcept { began_ = rte_rdtsc_precise(); }
  [[nodiscard]] double cycles() const noexcept {
    const std::uint64_t passed = rte_rdtsc_precise() - began_;
    return passed > of_clock_ ? static_cast<double>(passed - of_clock_) : 0;
  }

 private:
  std::uint64_t of_clock_ = clock_cycles();
  std::uint64_t began_ = 0;
};

}  // namespace narrows::bench
