// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/clamp_mss.h"

#include <bit>
#include <cstddef>

#include "narrows/rewrite/checksum.h"
#include "narrows/rewrite/locate_mss.h"
#include "narrows/wire/byte_order.h"
#include "narrows/wire/tcp.h"

namespace narrows::rewrite {
namespace {

constexpr std::uint16_t swap_octets(std::uint16_t value) noexcept {
  return static_cast<std::uint16_t>(value << 8 | value >> 8);
}

}  // namespace

ClampResult clamp_mss(std::span<std::uint8_t> tcp_header, std::uint16_t max_mss) noexcept {
  const MssLocations found = locate_mss(tcp_header);
  ClampResult result{.options = static_cast<std::uint8_t>(std::popcount(found.kinds)),
                     .malformed = found.malformed};
  auto& header = wire::header_at<wire::TcpHeader>(tcp_header.data());
  for (std::uint64_t kinds = found.kinds; kinds != 0; kinds &= kinds - 1) {
    const auto kind = static_cast<std::size_t>(std::countr_zero(kinds));
    auto& mss = wire::header_at<wire::Be16>(tcp_header.data() + kind + 2);
    const std::uint16_t old_mss = mss.host();
    if (old_mss <= max_mss) continue;
    mss = wire::Be16(max_mss);
    // The sum runs over words at even offsets: at an odd one the value's first octet is the low half of one
    // word and its second the high half of the next.
    const bool odd = (kind & 1) != 0;
    header.checksum = wire::Be16(update_checksum(header.checksum.host(), odd ? swap_octets(old_mss) : old_mss,
                                                 odd ? swap_octets(max_mss) : max_mss));
    result.clamped = true;
    result.odd_offset |= odd;
  }
  return result;
}

}  // namespace narrows::rewrite
