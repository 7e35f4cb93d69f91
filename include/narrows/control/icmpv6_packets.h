// SPDX-License-Identifier: BSD-3-Clause
/// Whole ICMPv6 packets of neighbour and router discovery, as the control thread sends and checks them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "narrows/wire/ip.h"
#include "narrows/wire/mac_address.h"
#include "narrows/wire/neighbor_discovery.h"
#include "narrows/wire/router_discovery.h"

namespace narrows::control {

/// Whether the ICMPv6 checksum of a valid packet without extension headers is right.
/// @param ip  an IPv6 header and at least four octets behind it.
[[nodiscard]] bool icmpv6_checksum_is_right(std::span<const std::uint8_t> ip) noexcept;

/// Octets of the packets below.
inline constexpr std::size_t kNeighborAdvertisementOctets =
    sizeof(wire::Ipv6Header) + sizeof(wire::NeighborHeader) + sizeof(wire::LinkLayerOption);
inline constexpr std::size_t kRouterAdvertisementOctets =
    sizeof(wire::Ipv6Header) + sizeof(wire::RouterAdvertisementHeader) +
    sizeof(wire::PrefixInformationOption) + sizeof(wire::MtuOption);

/// Tells who asked that `target` is at `mac` (RFC 4861 §4.4): as a router, and overriding what was known.
[[nodiscard]] std::array<std::uint8_t, kNeighborAdvertisementOctets> make_neighbor_advertisement(
    const wire::Ipv6Octets& target, const wire::MacAddress& mac, const wire::Ipv6Octets& to) noexcept;

/// What a router says on a point-to-point link (RFC 4861 §4.2), to all nodes.
struct RouterAdvertisement {
  wire::Ipv6Octets source{};  ///< link-local
  wire::Ipv6Octets prefix{};  ///< a /64, for addresses of the host's choice (RFC 4862)
  std::uint16_t mtu_octets = 0;
};
[[nodiscard]] std::array<std::uint8_t, kRouterAdvertisementOctets> make_router_advertisement(
    const RouterAdvertisement& advertisement) noexcept;

}  // namespace narrows::control
