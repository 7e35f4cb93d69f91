// SPDX-License-Identifier: BSD-3-Clause
/// What the benchmarks share: packets, and how time is taken.
#pragma once

#include <rte_cycles.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "frames.h"

namespace narrows::test {

inline constexpr unsigned kBurst = 32;

/// Option lists of SYNs as they are met: Linux, Windows, macOS, *BSD, with MD5, behind NOPs (odd offset),
/// bare.
inline std::vector<Octets> syn_options() {
  const Octets mss = mss_option(1460);
  return {mss + Octets{4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7},
          mss + Octets{1, 3, 3, 8, 1, 1, 4, 2},
          mss + Octets{1, 3, 3, 6, 1, 1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 4, 2, 0, 0},
          mss + Octets{1, 3, 3, 6, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0},
          Octets{1} + mss + Octets{1, 1, 4, 2},
          Octets{19, 18, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 1} + mss,
          mss,
          Octets{3, 3, 2, 1} + mss + Octets{8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 4, 2}};
}

/// Payload lengths of the simple IMIX (7 × 64, 4 × 570, 1 × 1518 octets on Ethernet), cut to what PPPoE
/// carries.
inline constexpr std::array<std::size_t, 12> kImixPayload{0, 512, 0, 512, 0, 0, 1412, 0, 512, 0, 512, 0};

inline Octets imix_packet(std::mt19937& random, bool syn) {
  static const auto options = syn_options();
  if (syn) return ipv4(tcp(0x02, options[random() % options.size()]));
  return ipv4(tcp(0x10, {}, Octets(kImixPayload[random() % kImixPayload.size()])));
}

/// What reading the clock twice takes, in cycles: not the code's.
inline std::uint64_t clock_cycles() {
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t before = rte_rdtsc_precise();
    least = std::min(least, rte_rdtsc_precise() - before);
  }
  return least;
}

/// How many independent additions the core does in a TSC cycle just now: about 5 on a quiet Zen 4 core, 3
/// when its hyperthread neighbour is busy. Figures taken below that are not the code's alone.
inline double adds_per_cycle() {
#ifdef RTE_ARCH_X86
  constexpr int kRounds = 20000;
  std::uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
  const std::uint64_t before = rte_rdtsc_precise();
  for (int i = 0; i < kRounds; ++i)
    asm volatile("add $1,%0\n add $1,%1\n add $1,%2\n add $1,%3\n add $1,%4\n add $1,%5"
                 : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
  return 6.0 * kRounds / static_cast<double>(rte_rdtsc_precise() - before);
#else
  return 0;
#endif
}

/// One that was interrupted says nothing about the code.
inline double median(std::vector<std::uint64_t>& passes) {
  const auto middle = passes.begin() + static_cast<std::ptrdiff_t>(passes.size() / 2);
  std::ranges::nth_element(passes, middle);
  return static_cast<double>(*middle);
}

void register_oversize_benchmarks();

}  // namespace narrows::test
