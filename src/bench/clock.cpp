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

double adds_per_clock() noexcept {
  constexpr int kRounds = 8000;
  constexpr double kAdds = 6;
  [[maybe_unused]] std::uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
  const std::uint64_t before = rte_rdtsc_precise();
  for (int i = 0; i < kRounds; ++i) {
#if defined(RTE_ARCH_X86)
    asm volatile("add $1,%0\n add $1,%1\n add $1,%2\n add $1,%3\n add $1,%4\n add $1,%5"
                 : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
#elif defined(RTE_ARCH_ARM64)
    asm volatile("add %0,%0,#1\n add %1,%1,#1\n add %2,%2,#1\n add %3,%3,#1\n add %4,%4,#1\n add %5,%5,#1"
                 : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
#else
    return 0;
#endif
  }
  return kAdds * kRounds / static_cast<double>(rte_rdtsc_precise() - before);
}

QuietMeter::QuietMeter(double seconds) {
  const auto end = rte_rdtsc() + static_cast<std::uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()));
  do {
    read();
  } while (rte_rdtsc() < end);
}

double QuietMeter::read() noexcept {
  const double adds = adds_per_clock();
  best_ = std::max(best_, adds);
  return adds;
}

}  // namespace narrows::bench
