// SPDX-License-Identifier: BSD-3-Clause
/// Which vector instructions the kernels use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace narrows::simd {

/// Lowest first, on each architecture. The scalar code is the specification of all others.
enum class Level : std::uint8_t {
  scalar,
  sse42,   ///< SSE4.2
  avx2,    ///< AVX2, BMI2
  avx512,  ///< AVX-512 F, BW, DQ, VL, VBMI, and BMI2: Ice Lake, Zen 4 and later
  neon,    ///< Advanced SIMD, arm64
};
inline constexpr std::size_t kLevels = 5;
inline constexpr std::array<std::string_view, kLevels> kLevelNames{"scalar", "sse42", "avx2", "avx512",
                                                                   "neon"};

[[nodiscard]] constexpr std::string_view name_of(Level level) noexcept {
  return kLevelNames[static_cast<std::size_t>(level)];
}

/// All that this CPU can do, scalar first.
[[nodiscard]] std::vector<Level> levels();

/// The highest of levels() that rte_vect_get_max_simd_bitwidth() permits; the argument of EAL's
/// --force-max-simd-bitwidth is what a user says there. Scalar before EAL is initialised.
[[nodiscard]] Level best_level();

/// Right behind EAL's initialisation, when its user forces no limit: permits 512 bits where the CPU has
/// Level::avx512. DPDK's own limit is 256, for CPUs that slow down all their cores over wider instructions;
/// those that have VBMI do so no longer.
void permit_widest();

}  // namespace narrows::simd
