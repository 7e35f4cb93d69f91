// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

namespace narrows::rewrite {

/// What clamp_mss() met. Only `clamped` means that octets were written.
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

}  // namespace narrows::rewrite
