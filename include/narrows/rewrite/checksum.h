// SPDX-License-Identifier: BSD-3-Clause
/// Internet checksums (RFC 1071), whole and incremental.
#pragma once

#include <cstddef>
#include <cstdint>

#include "narrows/wire/direction.h"

namespace narrows::rewrite {

/// The checksum field after one 16-bit word of what it covers went from `before` to `after`.
/// RFC 1624 eqn. 3: HC' = ~(~HC + ~m + m'). (RFC 1141 can turn a right checksum into a wrong zero.)
/// All values host order.
[[nodiscard]] constexpr std::uint16_t update_checksum(std::uint16_t checksum, std::uint16_t before,
                                                      std::uint16_t after) noexcept {
  std::uint32_t sum = static_cast<std::uint16_t>(~checksum) +
                      static_cast<std::uint32_t>(static_cast<std::uint16_t>(~before)) + after;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

/// update_checksum(checksum, before, after), which is its specification, where the word was lowered by
/// `by` = before − after; the word's octets swapped, `by` swapped. Left as it is where `by` is 0.
/// In one's complement, HC' = ~(~HC + ~m + m') is HC + (m − m'); all ones, which the equation has no way of
/// giving, become 0.
[[nodiscard]] constexpr std::uint16_t lower_checksum(std::uint16_t checksum, std::uint16_t by) noexcept {
  const std::uint32_t sum = std::uint32_t{checksum} + by;
  return static_cast<std::uint16_t>(sum + ((sum + (by != 0 ? 1 : 0)) >> 16));
}

/// Whether the checksum of an IPv4 header (RFC 791 §3.1) is right.
/// @param header_octets  of a validated header, options included.
[[nodiscard]] bool is_ipv4_header_intact(const std::uint8_t* ip, std::size_t header_octets) noexcept;

/// The one's complement sum, folded to 16 bits and not inverted, of the pseudo-header of a TCP or UDP packet
/// (RFC 9293 §3.1, RFC 8200 §8.1): what a sender that leaves the checksum to hardware puts in the field.
///
/// @param ip         first octet of a validated IP header.
/// @param l4_octets  TCP or UDP header and payload.
/// @return host order.
/// Of an IPv6 packet with a routing header that has segments left it is the sum of this hop, not the
/// sender's, who takes the final destination (RFC 8200 §8.1): such a packet never looks unfinished here.
[[nodiscard]] std::uint16_t pseudo_header_sum(const std::uint8_t* ip, Family family, std::uint8_t protocol,
                                              std::uint16_t l4_octets) noexcept;

/// The checksum that belongs into the field of the TCP or UDP packet at `l4`, computed from all its octets;
/// the field itself counts as 0. Host order.
[[nodiscard]] std::uint16_t full_checksum(const std::uint8_t* l4, std::uint16_t l4_octets,
                                          std::size_t checksum_offset, std::uint16_t pseudo_sum) noexcept;

}  // namespace narrows::rewrite
