// SPDX-License-Identifier: BSD-3-Clause
/// IP packets inside IP packets: IPIP (RFC 2003), 6in4 (RFC 4213), 4in6 and 6in6 (RFC 2473), GRE (RFC 2784
/// with the key and sequence number of RFC 2890). One level; validated once, as everything in wire/.
#pragma once

#include <cstddef>
#include <cstdint>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/ip.h"

namespace narrows::wire {

inline constexpr std::uint8_t kProtocolIpv4 = 4;
inline constexpr std::uint8_t kProtocolIpv6 = 41;
inline constexpr std::uint8_t kProtocolGre = 47;

/// Whether a packet of this protocol may carry another that find_inner() finds.
[[nodiscard]] constexpr bool is_tunnel_protocol(std::uint8_t protocol) noexcept {
  constexpr std::uint64_t kTunnels = std::uint64_t{1} << kProtocolIpv4 | std::uint64_t{1} << kProtocolIpv6 |
                                     std::uint64_t{1} << kProtocolGre;
  return protocol < 64 && (kTunnels >> protocol & 1) != 0;
}

/// A GRE header of the kind that is read here: version 0 and no flag but checksum, key and sequence number.
struct GreHeader {
  std::uint16_t octets = 0;  ///< 4 … 16, with the fields its flags name; 0: not of that kind, or cut off
  std::uint16_t protocol_type = 0;  ///< an ethertype
  bool has_checksum = false;        ///< the field is at kGreChecksumOffset
};
inline constexpr std::size_t kGreChecksumOffset = 4;

/// RFC 1701's source routing and PPTP's version 1 (RFC 2637) have other headers; reserved bits may mean one.
/// @param present  octets that are there; nothing beyond is read.
[[nodiscard]] GreHeader parse_gre(const std::uint8_t* gre, std::size_t present) noexcept;

/// The packet that another one carries.
struct InnerPacket {
  std::uint16_t offset =
      0;  ///< from the outer packet's first octet: what all outer headers take; 0: none there
  /// octets 0: there should be one, but its header contradicts what is there of the outer packet.
  IpPacket packet;
};

/// @param ip         first octet of the outer packet.
/// @param outer      as parse_ipv4() or parse_ipv6() gave it; nothing beyond its octets is read.
/// @param transport  of the outer packet, from find_transport(): of a non-first fragment nothing is found.
[[nodiscard]] InnerPacket find_inner(const std::uint8_t* ip, const IpPacket& outer,
                                     const Transport& transport) noexcept;

}  // namespace narrows::wire
