// SPDX-License-Identifier: BSD-3-Clause
/// TCP header (RFC 9293 §3.1) and the option kinds that matter here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/direction.h"

namespace narrows::wire {

struct TcpHeader {
  Be16 source_port;
  Be16 destination_port;
  Be32 sequence;
  Be32 acknowledgment;
  std::uint8_t data_offset_reserved;  ///< data offset in the upper four bits, 32-bit words
  std::uint8_t flags;
  Be16 window;
  Be16 checksum;
  Be16 urgent_pointer;

  [[nodiscard]] std::size_t header_octets() const noexcept {
    return (data_offset_reserved >> 4) * std::size_t{4};
  }
};
static_assert(sizeof(TcpHeader) == 20);

/// An IP and a TCP header without options, by family: what an MTU has over the MSS that goes with it (RFC
/// 6691).
inline constexpr std::array<std::uint16_t, kFamilies> kIpAndTcpOctets{40, 60};

inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::uint8_t kTcpRst = 0x04;
inline constexpr std::size_t kTcpChecksumOffset = 16;
inline constexpr std::size_t kMaxTcpHeaderOctets = 60;

inline constexpr std::uint8_t kTcpOptionEnd = 0;
inline constexpr std::uint8_t kTcpOptionNop = 1;
inline constexpr std::uint8_t kTcpOptionMss = 2;
inline constexpr std::uint8_t kTcpMssOctets = 4;

/// SYN or SYN-ACK, not a reset: the segments that may carry an MSS option (contract 2.1).
[[nodiscard]] constexpr bool opens_connection(std::uint8_t flags) noexcept {
  return (flags & (kTcpSyn | kTcpRst)) == kTcpSyn;
}

}  // namespace narrows::wire
