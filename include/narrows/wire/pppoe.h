// SPDX-License-Identifier: BSD-3-Clause
/// PPPoE (RFC 2516 §4) and the PPP protocol numbers of data (RFC 1332 §2, RFC 5072 §3).
#pragma once

#include <cstddef>
#include <cstdint>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/direction.h"

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
inline constexpr std::uint16_t kEthernetMtu = 1500;  ///< octets (RFC 894)
/// Longest IP packet of a session unless both ends agree on more (RFC 2516 §7, RFC 4638), in octets.
inline constexpr std::uint16_t kPppoeMtu = kEthernetMtu - kPppoeOverheadOctets;
static_assert(kPppoeMtu == 1492);

inline constexpr std::uint16_t kPppIpv4 = 0x0021;
inline constexpr std::uint16_t kPppIpv6 = 0x0057;

[[nodiscard]] constexpr bool is_ppp_data(std::uint16_t protocol) noexcept {
  return protocol == kPppIpv4 || protocol == kPppIpv6;
}

[[nodiscard]] constexpr std::uint16_t ppp_of(Family family) noexcept {
  return family == Family::ipv4 ? kPppIpv4 : kPppIpv6;
}

/// Of a protocol that is_ppp_data().
[[nodiscard]] constexpr Family family_of_ppp(std::uint16_t protocol) noexcept {
  return protocol == kPppIpv4 ? Family::ipv4 : Family::ipv6;
}

/// Protocol-field compression (RFC 1661 §6.5): the first octet of an uncompressed protocol is even.
[[nodiscard]] constexpr bool is_compressed_ppp(std::uint16_t protocol) noexcept {
  return (protocol & 0x0100) != 0;
}

/// A session frame's header (RFC 2516 §4, §6), checked in the order of the contract's section 4.
struct PppoeSession {
  enum class Status : std::uint8_t { valid, bad_version, bad_code, bad_length };
  Status status = Status::bad_length;
  std::uint16_t id = 0;
  std::uint16_t protocol = 0;        ///< PPP protocol
  std::uint16_t payload_octets = 0;  ///< behind the PPP protocol, as LENGTH says, and all there
};

/// @param pppoe    first octet behind the Ethernet header and tags.
/// @param present  octets there, padding included; no octet beyond is read.
[[nodiscard]] inline PppoeSession parse_pppoe_session(const std::uint8_t* pppoe,
                                                      std::size_t present) noexcept {
  using Status = PppoeSession::Status;
  if (present < sizeof(PppoeHeader)) return {};
  const auto& header = header_at<PppoeHeader>(pppoe);
  if (header.version_type != kPppoeVersionType) return {.status = Status::bad_version};
  if (header.code != kPppoeCodeSession) return {.status = Status::bad_code};
  const std::uint16_t length = header.length.host();
  if (length < kPppProtocolOctets || length > present - sizeof(header)) return {};
  return {Status::valid, header.session_id.host(), header_at<Be16>(pppoe + sizeof(header)).host(),
          static_cast<std::uint16_t>(length - kPppProtocolOctets)};
}

}  // namespace narrows::wire
