// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/clamp_mss.h"

#include <bit>

#include "narrows/rewrite/locate_mss.h"

namespace narrows::rewrite {

ClampResult clamp_mss(std::span<std::uint8_t> tcp_header, std::uint16_t max_mss) noexcept {
  const MssLocations found = locate_mss(tcp_header);
  ClampResult result{.options = static_cast<std::uint8_t>(std::popcount(found.kinds)),
                     .malformed = found.malformed};
  for (std::uint64_t kinds = found.kinds; kinds != 0; kinds &= kinds - 1) {
    const auto kind = static_cast<unsigned>(std::countr_zero(kinds));
    const bool lowered = lower_mss(tcp_header.data(), kind, max_mss);
    result.clamped |= lowered;
    result.odd_offset |= lowered && (kind & 1) != 0;
  }
  return result;
}

}  // namespace narrows::rewrite
