// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace narrows::rewrite {

/// Where the MSS options of one TCP header are.
struct MssLocations {
  std::uint64_t kinds = 0;  ///< bit i: the kind octet of an MSS option is octet i of the TCP header (20..56)
  bool malformed = false;   ///< the list ended in an option whose length is under 2 or does not fit
};

/// Finds every MSS option (kind 2, length 4) of a TCP header, at even and odd offsets.
///
/// @param tcp_header  what is there of the header, 20..60 octets: the smaller of the data offset and the
///                    octets present. Nothing beyond is read.
/// Options: RFC 9293 §3.1. Kind 0 ends the list, kind 1 is one octet, any other kind has a length ≥ 2 that
/// must fit. What was found before a malformed option counts. This is the scalar specification of the
/// kernels.
[[nodiscard]] MssLocations locate_mss(std::span<const std::uint8_t> tcp_header) noexcept;

}  // namespace narrows::rewrite
