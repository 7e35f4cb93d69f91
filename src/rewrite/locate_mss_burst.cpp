// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/locate_mss_burst.h"

#include <bit>

#include "locate_mss_kernel.h"
#include "narrows/rewrite/locate_mss.h"

namespace narrows::rewrite {
namespace {

/// @param worth_it  how many headers it takes for the kernel to be faster than one after the other.
void locate_with(LocateKernel kernel, unsigned worth_it, const SynBurst& burst,
                 SynLocations& locations) noexcept {
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

#if defined(__x86_64__)
void locate_mss_sse42(const SynBurst& burst, SynLocations& locations) noexcept {
  locate_with(sse42::locate_mss, 8, burst, locations);
}
void locate_mss_avx2(const SynBurst& burst, SynLocations& locations) noexcept {
  locate_with(avx2::locate_mss, 8, burst, locations);
}
void locate_mss_avx512(const SynBurst& burst, SynLocations& locations) noexcept {
  locate_with(avx512::locate_mss, 1, burst, locations);
}
#elif defined(__aarch64__)
void locate_mss_neon(const SynBurst& burst, SynLocations& locations) noexcept {
  locate_with(neon::locate_mss, 8, burst, locations);
}
#endif

}  // namespace narrows::rewrite
