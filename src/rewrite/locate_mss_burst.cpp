// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/locate_mss_burst.h"

#include <bit>

#include "locate_mss_kernel.h"
#include "narrows/rewrite/locate_mss.h"

namespace narrows::rewrite {
namespace {

/// @tparam worth_it  how many headers it takes for the kernel to be faster than one after the other.
template <LocateKernel kernel, unsigned worth_it>
void locate_with(const SynBurst& burst, SynLocations& locations) noexcept {
  if (burst.size < worth_it) {
    locate_mss_of_each(burst, locations);
    return;
  }
  LocateOutput output{.found = 0, .unsure = 0, .kind = locations.kind.data()};
  kernel({burst.header.data(), burst.octets.data(), burst.size}, output);
  locations.found = output.found;
  locations.unsure = output.unsure;
}

}  // namespace

void locate_mss_of_each(const SynBurst& burst, SynLocations& locations) noexcept {
  locations.found = 0;
  locations.unsure = 0;
  for (unsigned i = 0; i < burst.size; ++i) {
    const MssLocations found = locate_mss({burst.header[i], burst.octets[i]});
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (found.malformed || std::popcount(found.kinds) > 1)
      locations.unsure |= bit;
    else if (found.kinds != 0)
      locations.found |= bit;
    locations.kind[i] = static_cast<std::uint8_t>(std::countr_zero(found.kinds));
  }
}

LocateMssBurst select_locate_mss(simd::Level level) noexcept {
  switch (level) {
#if defined(__x86_64__)
    case simd::Level::avx512:
      return locate_with<avx512::locate_mss, 1>;
    case simd::Level::avx2:
      return locate_with<avx2::locate_mss, 8>;
    case simd::Level::sse42:
      return locate_with<sse42::locate_mss, 8>;
#elif defined(__aarch64__)
    case simd::Level::neon:
      return locate_with<neon::locate_mss, 8>;
#endif
    default:
      return locate_mss_of_each;
  }
}

}  // namespace narrows::rewrite
