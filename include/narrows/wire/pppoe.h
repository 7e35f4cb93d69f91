// SPDX-License-Identifier: BSD-3-Clause
/// PPPoE (RFC 2516 §4) and the PPP protocol numbers of data (RFC 1332 §2, RFC 5072 §3).
#pragma once

#include <cstddef>
#include <cstdint>

#include "narrows/wire/byte_order.h"

namespace narrows::wire {

struct PppoeHeader {
  std::uint8_t version_type;
  std::uint8_t code;
  Be16 session_id;
  Be16 length;  ///< octets behind this header: PPP protocol and payload
};
static_assert(sizeof(PppoeHeader) == 6);

inline constexpr std::uint8_t kPppoeVersionType = 0x11;
inline constexpr std::uint8_t kPppoeCodeSession = 0x00;
inline constexpr std::size_t kPppProtocolOctets = 2;
inline constexpr std::size_t kPppoeOverheadOctets = sizeof(PppoeHeader) + kPppProtocolOctets;

inline constexpr std::uint16_t kPppIpv4 = 0x0021;
inline constexpr std::uint16_t kPppIpv6 = 0x0057;

/// Protocol-field compression (RFC 1661 §6.5): the first octet of an uncompressed protocol is even.
[[nodiscard]] constexpr bool is_compressed_ppp(std::uint16_t protocol) noexcept { return (protocol & 0x0100) != 0; }

}  // namespace narrows::wire
