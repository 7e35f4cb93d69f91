// SPDX-License-Identifier: BSD-3-Clause
/// ICMP (RFC 792) and ICMPv6 (RFC 4443) error messages.
#pragma once

#include <cstddef>
#include <cstdint>

#include "narrows/wire/byte_order.h"

namespace narrows::wire {

inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::size_t kIcmpChecksumOffset = 2;  ///< in both families

/// What opens an error message of either family; the packet that gave rise to it follows.
struct IcmpErrorHeader {
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  Be32 parameter;  ///< MTU where the type has one (RFC 1191 §4: in the low 16 bits; RFC 4443 §3.2), else 0
};
static_assert(sizeof(IcmpErrorHeader) == 8);

inline constexpr std::uint8_t kIcmpUnreachable = 3;
inline constexpr std::uint8_t kIcmpHostUnreachable = 1;      ///< code of kIcmpUnreachable
inline constexpr std::uint8_t kIcmpFragmentationNeeded = 4;  ///< the same

inline constexpr std::uint8_t kIcmpv6Unreachable = 1;
inline constexpr std::uint8_t kIcmpv6NoRoute = 0;             ///< code of kIcmpv6Unreachable
inline constexpr std::uint8_t kIcmpv6AddressUnreachable = 3;  ///< the same
inline constexpr std::uint8_t kIcmpv6PacketTooBig = 2;
inline constexpr std::uint8_t kIcmpv6Redirect = 137;  ///< RFC 4861 §4.5

/// Whether a message of this type may itself be answered by an error: a query or its answer (RFC 792,
/// RFC 950, RFC 1256, RFC 8335). What is not known to be one counts as an error.
[[nodiscard]] constexpr bool is_icmp_query(std::uint8_t type) noexcept {
  return type == 0 || (type >= 8 && type <= 10) || (type >= 13 && type <= 18) || type == 42 || type == 43;
}

/// RFC 4443 §2.1: error messages have the high bit of the type clear.
[[nodiscard]] constexpr bool is_icmpv6_error(std::uint8_t type) noexcept {
  return type < 128;
}

}  // namespace narrows::wire
