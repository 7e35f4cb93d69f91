// SPDX-License-Identifier: BSD-3-Clause
/// IPv4 packets of Narrows' own making.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "narrows/wire/ip.h"
#include "narrows/wire/ipv4_address.h"

namespace narrows::rewrite {

struct Ipv4Packet {
  std::uint8_t tos = 0;
  std::uint8_t protocol = 0;
  wire::Ipv4Address source;
  wire::Ipv4Address destination;
  std::uint16_t payload_octets = 0;  ///< at most 65515
};

/// A header without options, TTL 64, its checksum right. With DF, and so without an identification
/// (RFC 6864 §4.1): what Narrows sends fits every link.
[[nodiscard]] wire::Ipv4Header make_ipv4_header(const Ipv4Packet& packet) noexcept;

struct UdpEndpoint {
  wire::Ipv4Address address;
  std::uint16_t port = 0;
};

/// A whole IPv4 packet with a UDP datagram (RFC 768), both checksums right.
/// @param payload  at most 65507 octets.
[[nodiscard]] std::vector<std::uint8_t> make_udp_ipv4(const UdpEndpoint& source,
                                                      const UdpEndpoint& destination,
                                                      std::span<const std::uint8_t> payload);

}  // namespace narrows::rewrite
