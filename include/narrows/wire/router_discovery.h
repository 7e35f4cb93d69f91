// SPDX-License-Identifier: BSD-3-Clause
/// Router discovery of IPv6 (RFC 4861 §4.1, §4.2, §4.6).
#pragma once

#include <cstdint>
#include <span>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/neighbor_discovery.h"

namespace narrows::wire {

inline constexpr std::uint8_t kIcmpv6RouterSolicitation = 133;
inline constexpr std::uint8_t kIcmpv6RouterAdvertisement = 134;

inline constexpr Ipv6Octets kAllNodes{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

/// RFC 4861 §4.2.
struct RouterAdvertisementHeader {
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  std::uint8_t hop_limit;  ///< for the host's packets
  std::uint8_t flags;      ///< M and O: addresses and other settings by DHCPv6
  Be16 lifetime_s;         ///< as a default router
  Be32 reachable_ms;       ///< 0: unspecified, as is the next
  Be32 retransmit_ms;
};
static_assert(sizeof(RouterAdvertisementHeader) == 16);

inline constexpr std::uint8_t kOptionPrefixInformation = 3;
inline constexpr std::uint8_t kPrefixOnLink = 0x80;
inline constexpr std::uint8_t kPrefixAutonomous = 0x40;

/// RFC 4861 §4.6.2.
struct PrefixInformationOption {
  std::uint8_t type;
  std::uint8_t units;  ///< length in units of 8 octets: 4
  std::uint8_t prefix_bits;
  std::uint8_t flags;
  Be32 valid_s;
  Be32 preferred_s;
  Be32 reserved;
  Ipv6Octets prefix;
};
static_assert(sizeof(PrefixInformationOption) == 32);

inline constexpr std::uint8_t kOptionMtu = 5;

/// RFC 4861 §4.6.4.
struct MtuOption {
  std::uint8_t type;
  std::uint8_t units;  ///< 1
  Be16 reserved;
  Be32 mtu_octets;
};
static_assert(sizeof(MtuOption) == 8);

/// Whether a valid IPv6 packet (parse_ipv6) is a router solicitation by all rules of RFC 4861 §6.1.1 but the
/// checksum's, which the caller verifies.
/// @param ip  the packet, as long as its header says (IpPacket::octets).
[[nodiscard]] bool is_router_solicitation(std::span<const std::uint8_t> ip) noexcept;

}  // namespace narrows::wire
