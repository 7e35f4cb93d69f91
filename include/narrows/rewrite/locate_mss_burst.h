// SPDX-License-Identifier: BSD-3-Clause
/// locate_mss() for all SYNs of a burst at once, in vector instructions.
#pragma once

#include <array>
#include <cstdint>

#include "narrows/simd/level.h"

namespace narrows::rewrite {

inline constexpr unsigned kMaxSyns = 64;

/// TCP headers to look into. What they point to stays the caller's; kernels only read it.
struct SynBurst {
  unsigned size = 0;
  std::array<std::uint8_t*, kMaxSyns> header;
  /// What is there of each, 20..60: the smaller of the data offset and the octets present.
  std::array<std::uint8_t, kMaxSyns> octets;
};

/// Where their MSS options are. Bit i and entry i are about header i; bits from the burst's size on are 0. A
/// header of neither mask has no MSS option, and its option list is well-formed.
struct SynLocations {
  std::uint64_t found;   ///< it has just one MSS option, and its option list is well-formed
  std::uint64_t unsure;  ///< any other list, or one too long for the kernel: locate_mss() knows
  std::array<std::uint8_t, kMaxSyns>
      kind;  ///< where found: of the option's kind octet, from the header's first
};

/// A kernel. Of header i it reads octets[i] octets and none around them. No allocation.
using LocateMssBurst = void (*)(const SynBurst& burst, SynLocations& locations) noexcept;

/// The scalar kernel: locate_mss() of each.
void locate_mss_of_each(const SynBurst& burst, SynLocations& locations) noexcept;

#if defined(__x86_64__)
void locate_mss_sse42(const SynBurst& burst, SynLocations& locations) noexcept;
void locate_mss_avx2(const SynBurst& burst, SynLocations& locations) noexcept;
void locate_mss_avx512(const SynBurst& burst, SynLocations& locations) noexcept;
#elif defined(__aarch64__)
void locate_mss_neon(const SynBurst& burst, SynLocations& locations) noexcept;
#endif

/// The kernel of one of simd::levels(). It is sure of every well-formed list with one MSS option or none that
/// has at most eight other options in front of the MSS and as many behind, NOPs and end counted.
[[nodiscard]] constexpr LocateMssBurst select_locate_mss(simd::Level level) noexcept {
  switch (level) {
#if defined(__x86_64__)
    case simd::Level::sse42:
      return locate_mss_sse42;
    case simd::Level::avx2:
      return locate_mss_avx2;
    case simd::Level::avx512:
      return locate_mss_avx512;
#elif defined(__aarch64__)
    case simd::Level::neon:
      return locate_mss_neon;
#endif
    default:
      return locate_mss_of_each;
  }
}

}  // namespace narrows::rewrite
