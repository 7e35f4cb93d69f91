// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

#include "narrows/rewrite/checksum.h"
#include "narrows/wire/byte_order.h"
#include "narrows/wire/tcp.h"

namespace narrows::rewrite {

/// What clamp_mss() met. Only `clamped` means that octets changed.
struct ClampResult {
  std::uint8_t options = 0;  ///< MSS options found
  bool clamped = false;      ///< at least one was lowered
  bool odd_offset = false;   ///< one that was lowered lay at an odd offset
  bool malformed = false;    ///< the option list ended in a bad length
};

/// Lowers every MSS option of one TCP SYN in place; never raises or inserts one.
///
/// @param tcp_header  from the first TCP octet to the end of what is there of the header (20..60 octets:
///                    the smaller of the data offset and the octets present), network order, any alignment.
/// @param max_mss     largest MSS to leave, octets, host order; 1452 for IPv4 over a 1492-octet PPPoE link.
/// Checksum: RFC 1624 eqn. 3, both values octet-swapped when the MSS lies at an odd offset; right stays
/// right and wrong stays wrong. Options: RFC 9293 §3.1. No allocation.
[[nodiscard]] ClampResult clamp_mss(std::span<std::uint8_t> tcp_header, std::uint16_t max_mss) noexcept;

/// Lowers one MSS option in place. Without a branch, as no predictor knows which hosts' are too large: where
/// there is nothing to lower, what was there is stored again.
///
/// @param tcp_header  first octet of a TCP header.
/// @param kind        of the option's kind octet from there (locate_mss()).
/// @return whether it was above max_mss. Checksum: as clamp_mss() has it.
[[gnu::always_inline]] inline bool lower_mss(std::uint8_t* tcp_header, unsigned kind,
                                             std::uint16_t max_mss) noexcept {
  auto& header = wire::header_at<wire::TcpHeader>(tcp_header);
  auto& mss = wire::header_at<wire::Be16>(tcp_header + kind + 2);
  const std::uint16_t before = mss.host();
  const std::uint16_t after = std::min(before, max_mss);
  const auto by = static_cast<std::uint16_t>(before - after);
  // The sum runs over words at even offsets: at an odd one the value's first octet is the low half of one
  // word and its second the high half of the next.
  const int turned = (kind & 1) != 0 ? 8 : 0;
  mss = wire::Be16(after);
  header.checksum = wire::Be16(lower_checksum(header.checksum.host(), std::rotl(by, turned)));
  return by != 0;
}

}  // namespace narrows::rewrite
