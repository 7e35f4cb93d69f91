// SPDX-License-Identifier: BSD-3-Clause
/// Packets that are not plain TCP: UDP, IPv6 with extension headers, checksums left unfinished. As frames.h:
/// octets only, nothing of the product.
#pragma once

#include <cstddef>
#include <cstdint>

#include "frames.h"

namespace narrows::test {

inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kIcmpv6 = 58;
inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kAck = 0x10;

/// IPv4 flags, as ipv4() takes them beside the fragment offset.
inline constexpr unsigned kDontFragment = 0x4000;
inline constexpr unsigned kMoreFragments = 0x2000;

inline constexpr std::uint8_t kHopByHop = 0;
inline constexpr std::uint8_t kRouting = 43;
inline constexpr std::uint8_t kFragmentHeader = 44;
inline constexpr std::uint8_t kEsp = 50;
inline constexpr std::uint8_t kAh = 51;
inline constexpr std::uint8_t kNoNextHeader = 59;
inline constexpr std::uint8_t kDestinationOptions = 60;

/// Octets 0, 1, 2 …, so that a shifted copy shows.
inline Octets counting(std::size_t octets) {
  Octets result(octets);
  for (std::size_t i = 0; i < octets; ++i) result[i] = static_cast<std::uint8_t>(i);
  return result;
}

inline Octets first_octets(const Octets& octets, std::size_t count) {
  return {octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(count)};
}

/// A UDP datagram with checksum 0.
inline Octets udp(const Octets& payload) {
  return Octets{0x12, 0x34, 0, 53} + be16(static_cast<unsigned>(8 + payload.size())) + be16(0) + payload;
}

/// An IPv6 packet with any payload, left as it is.
inline Octets ipv6_raw(std::uint8_t next_header, const Octets& payload,
                       const Octets& destination = kDestination6) {
  return Octets{0x60, 0, 0, 0} + be16(static_cast<unsigned>(payload.size())) + Octets{next_header, 64} +
         kSource6 + destination + payload;
}

/// A hop-by-hop, routing or destination options header of 8 octets and `more` times 8. What is behind the
/// length are padding options (PadN), or, of a routing header, type 0 with no segments left.
inline Octets extension(std::uint8_t next_header, std::uint8_t more = 0) {
  Octets header(8 + std::size_t{8} * more);
  header[0] = next_header;
  header[1] = more;
  return header;
}

inline Octets fragment_header(std::uint8_t next_header, unsigned offset_units = 0, bool more = false) {
  return Octets{next_header, 0} + be16(offset_units << 3 | (more ? 1u : 0u)) + Octets{0, 0, 0, 7};
}

/// The inverted sum over pseudo-header and `l4`, whose own checksum field counts as it stands.
inline unsigned l4_checksum(std::uint8_t protocol, const Octets& l4, bool v4) {
  const unsigned pseudo = v4 ? pseudo_sum(kSource4, kDestination4, protocol, l4.size())
                             : pseudo_sum(kSource6, kDestination6, protocol, l4.size());
  return 0xffff & ~ones_complement_sum(be16(pseudo) + l4);
}

/// What a kernel leaves in the field when it trusts a network card to finish it.
inline unsigned partial_checksum(std::uint8_t protocol, std::size_t l4_octets, bool v4) {
  return v4 ? pseudo_sum(kSource4, kDestination4, protocol, l4_octets)
            : pseudo_sum(kSource6, kDestination6, protocol, l4_octets);
}

/// The packet with the 16-bit field at `at` set to `value`.
inline Octets with16(Octets octets, std::size_t at, unsigned value) {
  put16(octets, at, value);
  return octets;
}

/// The packet with the octet at `at` set to `value`.
inline Octets with8(Octets octets, std::size_t at, unsigned value) {
  octets.at(at) = static_cast<std::uint8_t>(value);
  return octets;
}

}  // namespace narrows::test
