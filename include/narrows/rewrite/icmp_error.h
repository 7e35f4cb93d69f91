// SPDX-License-Identifier: BSD-3-Clause
/// ICMP errors about a packet that cannot go on: the whole IP packet to send back to its source.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "narrows/wire/icmp.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/neighbor_discovery.h"

namespace narrows::rewrite {

/// What went wrong, as the message's first octets say it.
struct IcmpError {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t mtu_octets = 0;  ///< of the next hop; for the two errors that have one
};

/// IPv4: no way to the host.
inline constexpr IcmpError kHostUnreachable{wire::kIcmpUnreachable, wire::kIcmpHostUnreachable};
/// IPv4: too long, and it must not be fragmented (RFC 1191 §4).
[[nodiscard]] constexpr IcmpError fragmentation_needed(std::uint16_t mtu_octets) noexcept {
  return {wire::kIcmpUnreachable, wire::kIcmpFragmentationNeeded, mtu_octets};
}

inline constexpr IcmpError kNoRouteIpv6{wire::kIcmpv6Unreachable, wire::kIcmpv6NoRoute};
inline constexpr IcmpError kAddressUnreachableIpv6{wire::kIcmpv6Unreachable, wire::kIcmpv6AddressUnreachable};
[[nodiscard]] constexpr IcmpError packet_too_big(std::uint16_t mtu_octets) noexcept {
  return {wire::kIcmpv6PacketTooBig, 0, mtu_octets};
}

/// How the packet came: an error about a link-layer broadcast or multicast would be many hosts' error.
enum class LinkCast : std::uint8_t { unicast, multicast };

inline constexpr std::size_t kMaxIcmpv4ErrorOctets = 576;   ///< RFC 1812 §4.3.2.3
inline constexpr std::size_t kMaxIcmpv6ErrorOctets = 1280;  ///< RFC 4443 §2.4 (c): the minimum IPv6 MTU

/// The IPv4 packet that tells `packet`'s source of `error`, its beginning quoted.
///
/// @param packet  an IPv4 packet as it came, any octets are safe; what lies behind its total length is not
///                quoted.
/// @param source  who says so: an address of the router's own.
/// @return empty where no error may be sent (RFC 1122 §3.2.2, RFC 1812 §4.3.2.7): about ICMP errors, packets
///         to or from what is not one host, fragments but the first, link-layer broadcasts, and about what
///         is no IPv4 packet.
/// Rate limits are the caller's.
[[nodiscard]] std::vector<std::uint8_t> make_icmpv4_error(std::span<const std::uint8_t> packet,
                                                          IcmpError error, wire::Ipv4Address source,
                                                          LinkCast cast = LinkCast::unicast);

/// The same for IPv6 (RFC 4443 §2.4 (e)). Packet Too Big is sent about multicast too (e.3). Fragments but the
/// first are not answered here either: their first one is.
[[nodiscard]] std::vector<std::uint8_t> make_icmpv6_error(std::span<const std::uint8_t> packet,
                                                          IcmpError error, const wire::Ipv6Octets& source,
                                                          LinkCast cast = LinkCast::unicast);

}  // namespace narrows::rewrite
