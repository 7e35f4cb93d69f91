// SPDX-License-Identifier: BSD-3-Clause
/// IPv6 neighbour solicitation and advertisement (RFC 4861 §4.3, §4.4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/ipv6_address.h"
#include "narrows/wire/mac_address.h"

namespace narrows::wire {

inline constexpr std::uint8_t kIcmpv6NeighborSolicitation = 135;
inline constexpr std::uint8_t kIcmpv6NeighborAdvertisement = 136;
inline constexpr std::size_t kIcmpv6ChecksumOffset = 2;

/// Hop limit of every neighbour discovery packet: one that crossed a router has less (RFC 4861 §7.1).
inline constexpr std::uint8_t kNeighborDiscoveryHopLimit = 255;

inline constexpr std::uint8_t kOptionSourceLinkLayer = 1;  ///< RFC 4861 §4.6.1
inline constexpr std::uint8_t kOptionTargetLinkLayer = 2;

/// R, S and O of an advertisement (RFC 4861 §4.4).
inline constexpr std::uint32_t kAdvertisementRouter = 0x80000000;
inline constexpr std::uint32_t kAdvertisementSolicited = 0x40000000;
inline constexpr std::uint32_t kAdvertisementOverride = 0x20000000;

/// Solicitation and advertisement share one shape.
struct NeighborHeader {
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  Be32 flags;  ///< reserved in a solicitation
  Ipv6Octets target;
};
static_assert(sizeof(NeighborHeader) == 24);

struct LinkLayerOption {
  std::uint8_t type;
  std::uint8_t units;  ///< length in units of 8 octets
  MacAddress mac;
};
static_assert(sizeof(LinkLayerOption) == 8);
inline constexpr std::size_t kOptionUnitOctets = 8;

/// fe80::/64 and an interface identifier (network order).
[[nodiscard]] constexpr Ipv6Octets link_local_of(const std::array<std::uint8_t, 8>& identifier) noexcept {
  Ipv6Octets address{0xfe, 0x80};
  for (std::size_t i = 0; i < identifier.size(); ++i) address[8 + i] = identifier[i];
  return address;
}
/// The same with the interface identifier of an Ethernet station (RFC 4291 appendix A).
[[nodiscard]] constexpr Ipv6Octets link_local_of(const MacAddress& mac) noexcept {
  const auto& m = mac.octets;
  return {0xfe, 0x80, 0,    0,    0,    0,    0,   0, static_cast<std::uint8_t>(m[0] ^ 2),
          m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]};
}

/// ff02::1:ffXX:XXXX (RFC 4291 §2.7.1).
[[nodiscard]] bool is_solicited_node(const Ipv6Octets& address) noexcept;

struct NeighborSolicitation {
  Ipv6Octets source{};  ///< unspecified: duplicate address detection (RFC 4862 §5.4.2)
  Ipv6Octets target{};
  std::optional<MacAddress> source_mac;  ///< of the source link-layer option: a unicast address
};

/// Whether a valid IPv6 packet (parse_ipv6) is a neighbour solicitation, right or wrong. Extension headers
/// are not stepped over: hosts put none in front of one, and RFC 6980 forbids fragments.
[[nodiscard]] bool is_neighbor_solicitation(std::span<const std::uint8_t> ip) noexcept;

/// Applies RFC 4861 §7.1.1 to a packet that is_neighbor_solicitation(), all but the checksum, which the
/// caller verifies.
/// @param ip  the packet, as long as its header says (IpPacket::octets).
/// Nothing when a rule is broken.
[[nodiscard]] std::optional<NeighborSolicitation> parse_neighbor_solicitation(
    std::span<const std::uint8_t> ip) noexcept;

}  // namespace narrows::wire
