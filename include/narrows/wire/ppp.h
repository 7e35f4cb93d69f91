// SPDX-License-Identifier: BSD-3-Clause
/// PPP control protocols (RFC 1661): protocol numbers, and the packet shape that LCP, IPCP, IPv6CP, PAP and
/// CHAP share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "narrows/wire/byte_order.h"

namespace narrows::wire {

inline constexpr std::uint16_t kPppIpcp = 0x8021;    ///< RFC 1332
inline constexpr std::uint16_t kPppIpv6cp = 0x8057;  ///< RFC 5072
inline constexpr std::uint16_t kPppLcp = 0xc021;     ///< RFC 1661
inline constexpr std::uint16_t kPppPap = 0xc023;     ///< RFC 1334
inline constexpr std::uint16_t kPppChap = 0xc223;    ///< RFC 1994

// Codes of every control protocol (RFC 1661 §5).
inline constexpr std::uint8_t kConfigureRequest = 1;
inline constexpr std::uint8_t kConfigureAck = 2;
inline constexpr std::uint8_t kConfigureNak = 3;
inline constexpr std::uint8_t kConfigureReject = 4;
inline constexpr std::uint8_t kTerminateRequest = 5;
inline constexpr std::uint8_t kTerminateAck = 6;
inline constexpr std::uint8_t kCodeReject = 7;

inline constexpr std::uint8_t kLcpProtocolReject = 8;  ///< RFC 1661 §5.7
inline constexpr std::uint8_t kLcpEchoRequest = 9;     ///< RFC 1661 §5.8
inline constexpr std::uint8_t kLcpEchoReply = 10;

/// RFC 1661 §5.
struct PppControlHeader {
  std::uint8_t code;
  std::uint8_t identifier;
  Be16 length;  ///< header and data
};
static_assert(sizeof(PppControlHeader) == 4);

/// Octets of the magic number that opens the data of an echo packet (RFC 1661 §5.8).
inline constexpr std::size_t kLcpMagicOctets = 4;

struct PppControlPacket {
  std::uint8_t code = 0;
  std::uint8_t identifier = 0;
  std::span<const std::uint8_t> data;  ///< behind the header; lies in the frame that was parsed
};

/// @param information  what follows the PPP protocol field, PPP padding included.
/// Nothing when it is truncated or its length is under 4 or beyond what is there (RFC 1661 §5: silently
/// discarded).
[[nodiscard]] inline std::optional<PppControlPacket> parse_ppp_control(
    std::span<const std::uint8_t> information) noexcept {
  if (information.size() < sizeof(PppControlHeader)) return std::nullopt;
  const auto& header = header_at<PppControlHeader>(information.data());
  const std::size_t length = header.length.host();
  if (length < sizeof(PppControlHeader) || length > information.size()) return std::nullopt;
  return PppControlPacket{header.code, header.identifier,
                          information.subspan(sizeof(PppControlHeader), length - sizeof(PppControlHeader))};
}

}  // namespace narrows::wire
