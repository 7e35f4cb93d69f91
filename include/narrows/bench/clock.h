// SPDX-License-Identifier: BSD-3-Clause
/// How time is taken.
#pragma once

#include <rte_cycles.h>

#include <cstdint>

namespace narrows::bench {

/// What reading the clock twice takes, in TSC cycles: not the code's.
[[nodiscard]] std::uint64_t clock_cycles() noexcept;

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
