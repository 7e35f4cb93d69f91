// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/icmpv6_packets.h"

#include <bit>

#include "narrows/rewrite/checksum.h"
#include "narrows/wire/icmp.h"

namespace narrows::control {
namespace {

using wire::Be16;
using wire::Be32;

/// As RFC 4861 §6.2.1 has them, but that a prefix ends soon after its session: RFC 4862 §5.5.3 lets nobody
/// shorten it below two hours.
constexpr std::uint8_t kHopLimit = 64;
constexpr std::uint16_t kRouterSeconds = 1800;
constexpr std::uint32_t kValidSeconds = 7200;
constexpr std::uint32_t kPreferredSeconds = 1800;

struct NeighborAdvertisementPacket {
  wire::Ipv6Header ip;
  wire::NeighborHeader message;
  wire::LinkLayerOption option;
};
static_assert(sizeof(NeighborAdvertisementPacket) == kNeighborAdvertisementOctets);

struct RouterAdvertisementPacket {
  wire::Ipv6Header ip;
  wire::RouterAdvertisementHeader message;
  wire::PrefixInformationOption prefix;
  wire::MtuOption mtu;
};
static_assert(sizeof(RouterAdvertisementPacket) == kRouterAdvertisementOctets);

/// What the ICMPv6 checksum of a packet without extension headers must be.
std::uint16_t icmpv6_checksum(std::span<const std::uint8_t> ip) noexcept {
  const auto octets = static_cast<std::uint16_t>(ip.size() - sizeof(wire::Ipv6Header));
  const auto pseudo = rewrite::pseudo_header_sum(ip.data(), Family::ipv6, wire::kProtocolIcmpv6, octets);
  return rewrite::full_checksum(ip.data() + sizeof(wire::Ipv6Header), octets, wire::kIcmpv6ChecksumOffset,
                                pseudo);
}

constexpr wire::Ipv6Header ip_header(std::size_t packet_octets, const wire::Ipv6Octets& from,
                                     const wire::Ipv6Octets& to) noexcept {
  return {Be32(0x60000000),
          Be16(static_cast<std::uint16_t>(packet_octets - sizeof(wire::Ipv6Header))),
          wire::kProtocolIcmpv6,
          wire::kNeighborDiscoveryHopLimit,
          from,
          to};
}

/// The packet's octets, its checksum filled in.
template <typename Packet>
std::array<std::uint8_t, sizeof(Packet)> finished(const Packet& packet) noexcept {
  auto octets = std::bit_cast<std::array<std::uint8_t, sizeof(Packet)>>(packet);
  wire::header_at<Be16>(octets.data() + sizeof(wire::Ipv6Header) + wire::kIcmpv6ChecksumOffset) =
      Be16(icmpv6_checksum(octets));
  return octets;
}

}  // namespace

bool icmpv6_checksum_is_right(std::span<const std::uint8_t> ip) noexcept {
  const auto expected = icmpv6_checksum(ip);
  const auto found =
      wire::header_at<Be16>(ip.data() + sizeof(wire::Ipv6Header) + wire::kIcmpv6ChecksumOffset).host();
  // 0 and 0xffff are the same number in one's complement; a sender may write either.
  return found == expected || (expected == 0 && found == 0xffff);
}

std::array<std::uint8_t, kNeighborAdvertisementOctets> make_neighbor_advertisement(
    const wire::Ipv6Octets& target, const wire::MacAddress& mac, const wire::Ipv6Octets& to) noexcept {
  // R: a host that sees R go from 1 to 0 drops the router from its default router list (RFC 4861 §7.2.5),
  // and the router behind the line is among the targets. O: should another port answer from now on, the
  // host's cache must follow.
  constexpr std::uint32_t kFlags =
      wire::kAdvertisementRouter | wire::kAdvertisementSolicited | wire::kAdvertisementOverride;
  return finished(
      NeighborAdvertisementPacket{ip_header(kNeighborAdvertisementOctets, target, to),
                                  {wire::kIcmpv6NeighborAdvertisement, 0, Be16(), Be32(kFlags), target},
                                  {wire::kOptionTargetLinkLayer, 1, mac}});
}

std::array<std::uint8_t, kRouterAdvertisementOctets> make_router_advertisement(
    const RouterAdvertisement& advertisement) noexcept {
  return finished(RouterAdvertisementPacket{
      ip_header(kRouterAdvertisementOctets, advertisement.source, wire::kAllNodes),
      {wire::kIcmpv6RouterAdvertisement, 0, Be16(), kHopLimit, 0, Be16(kRouterSeconds), Be32(), Be32()},
      {wire::kOptionPrefixInformation, sizeof(wire::PrefixInformationOption) / wire::kOptionUnitOctets, 64,
       wire::kPrefixOnLink | wire::kPrefixAutonomous, Be32(kValidSeconds), Be32(kPreferredSeconds), Be32(),
       advertisement.prefix},
      {wire::kOptionMtu, 1, Be16(), Be32(advertisement.mtu_octets)}});
}

}  // namespace narrows::control
