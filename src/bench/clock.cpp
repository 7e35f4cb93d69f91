// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/clock.h"

#include <algorithm>

namespace narrows::bench {

std::uint64_t clock_cycles() noexcept {
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t before = rte_rdtsc_precise();
    least = std::min(least, rte_rdtsc_precise() - before);
  }
  return least;
}

}  // namespace narrows::bench
