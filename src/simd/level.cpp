// SPDX-License-Identifier: BSD-3-Clause
#define ALLOW_EXPERIMENTAL_API  // rte_vect_{get,set}_max_simd_bitwidth(), in DPDK since 20.11
#include "narrows/simd/level.h"

#include <rte_cpuflags.h>
extern "C" {  // which the header forgets
#include <generic/rte_vect.h>
}

#include <algorithm>
#include <initializer_list>

namespace narrows::simd {
namespace {

[[maybe_unused]] bool has(std::initializer_list<rte_cpu_flag_t> flags) {
  return std::ranges::all_of(flags, [](rte_cpu_flag_t flag) { return rte_cpu_get_flag_enabled(flag) == 1; });
}

unsigned bits_of(Level level) {
  switch (level) {
    case Level::scalar:
      return 0;
    case Level::sse42:
    case Level::neon:
      return RTE_VECT_SIMD_128;
    case Level::avx2:
      return RTE_VECT_SIMD_256;
    case Level::avx512:
      return RTE_VECT_SIMD_512;
  }
  return 0;
}

}  // namespace

std::vector<Level> levels() {
  std::vector<Level> found{Level::scalar};
#if defined(RTE_ARCH_X86_64)
  if (has({RTE_CPUFLAG_SSE4_2})) found.push_back(Level::sse42);
  if (has({RTE_CPUFLAG_AVX2, RTE_CPUFLAG_BMI1, RTE_CPUFLAG_BMI2})) found.push_back(Level::avx2);
  if (has({RTE_CPUFLAG_AVX2, RTE_CPUFLAG_BMI1, RTE_CPUFLAG_BMI2, RTE_CPUFLAG_AVX512F, RTE_CPUFLAG_AVX512BW,
           RTE_CPUFLAG_AVX512DQ, RTE_CPUFLAG_AVX512VL, RTE_CPUFLAG_AVX512VBMI}))
    found.push_back(Level::avx512);
#elif defined(RTE_ARCH_ARM64)
  found.push_back(Level::neon);
#endif
  return found;
}

Level best_level() {
  const unsigned permitted = rte_vect_get_max_simd_bitwidth();
  Level best = Level::scalar;
  for (const Level level : levels())
    if (bits_of(level) <= permitted) best = level;
  return best;
}

void permit_widest() {
  if (levels().back() == Level::avx512) rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_512);
}

}  // namespace narrows::simd
