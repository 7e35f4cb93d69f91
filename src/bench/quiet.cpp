// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/quiet.h"

#include <rte_cycles.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

namespace narrows::bench {
namespace {

constexpr std::size_t kLineOctets = 64;
constexpr std::size_t kLoads = 1024;

}  // namespace

double adds_per_clock() noexcept {
  constexpr int kRounds = 4000;
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

std::size_t l2_octets() noexcept {
  constexpr std::size_t kUsual = std::size_t{1} << 20;
  const long octets = sysconf(_SC_LEVEL2_CACHE_SIZE);
  return octets > 0 ? static_cast<std::size_t>(octets) : kUsual;
}

Reading worse(const Reading& one, const Reading& other) noexcept {
  return {std::min(one.adds_per_clock, other.adds_per_clock), std::max(one.l3_clocks, other.l3_clocks)};
}

void QuietMeter::note(const Reading& reading) noexcept {
  best_adds_ = std::max(best_adds_, reading.adds_per_clock);
  if (reading.l3_clocks > 0)
    best_l3_ = best_l3_ > 0 ? std::min(best_l3_, reading.l3_clocks) : reading.l3_clocks;
}

bool QuietMeter::is_quiet(const Reading& reading) const noexcept {
  return reading.adds_per_clock >= kQuietAdds * best_adds_ &&
         (reading.l3_clocks <= 0 || reading.l3_clocks <= kQuietL3 * best_l3_);
}

QuietProbe::QuietProbe()
    : lines_(2 * l2_octets() / kLineOctets), memory_(lines_ * kLineOctets), order_(lines_ / 2) {
  std::iota(order_.begin(), order_.end(), 0u);
  std::ranges::shuffle(order_, std::minstd_rand(1));
}

Reading QuietProbe::read(bool with_l3) noexcept {
  return {adds_per_clock(), with_l3 ? l3_clocks() : 0};
}

/// All lines are written in their order, which leaves the second half of them in L2 and the first in L3. Then
/// some of the first are read, each read waiting for the one before.
double QuietProbe::l3_clocks() noexcept {
  char* memory = memory_.data();
  for (std::size_t line = 0; line < lines_; ++line)
    std::memset(memory + line * kLineOctets, 0, sizeof(std::size_t));
  std::size_t zero = 0;
  const std::uint64_t before = rte_rdtsc_precise();
  for (std::size_t i = 0; i < kLoads; ++i) {
    std::size_t read = 0;
    std::memcpy(&read, memory + (order_[next_] + zero) * kLineOctets, sizeof(read));
    asm volatile("" : "+r"(read));  // the compiler does not know that it is 0
    zero = read;
    next_ = next_ + 1 == order_.size() ? 0 : next_ + 1;
  }
  return static_cast<double>(rte_rdtsc_precise() - before) / kLoads;
}

}  // namespace narrows::bench
