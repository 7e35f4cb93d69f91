// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/tunnel.h"

#include "narrows/wire/ethernet.h"

namespace narrows::wire {
namespace {

// The first 16 bits of a GRE header (RFC 2784 §2, RFC 2890 §2).
constexpr std::uint16_t kGreChecksum = 0x8000;
constexpr std::uint16_t kGreKey = 0x2000;
constexpr std::uint16_t kGreSequence = 0x1000;
constexpr std::uint16_t kGreKnown = kGreChecksum | kGreKey | kGreSequence;
constexpr std::size_t kGreFixedOctets = 4;

/// The ethertype of what a packet of `protocol` carries, and how long the header between the two is.
struct Carried {
  std::uint16_t ethertype = 0;  ///< 0: nothing that is looked into
  std::uint16_t header_octets = 0;
};

Carried carried_by(std::uint8_t protocol, const std::uint8_t* header, std::size_t present) noexcept {
  if (protocol == kProtocolIpv4) return {kEthertypeIpv4, 0};
  if (protocol == kProtocolIpv6) return {kEthertypeIpv6, 0};
  if (protocol != kProtocolGre) return {};
  const GreHeader gre = parse_gre(header, present);
  return gre.octets == 0 ? Carried{} : Carried{gre.protocol_type, gre.octets};
}

}  // namespace

GreHeader parse_gre(const std::uint8_t* gre, std::size_t present) noexcept {
  if (present < kGreFixedOctets) return {};
  const std::uint16_t flags = header_at<Be16>(gre).host();
  if ((flags & ~kGreKnown) != 0) return {};
  std::size_t octets = kGreFixedOctets;
  for (const auto field : {kGreChecksum, kGreKey, kGreSequence})
    if ((flags & field) != 0) octets += 4;
  if (octets > present) return {};
  return {static_cast<std::uint16_t>(octets), header_at<Be16>(gre + 2).host(), (flags & kGreChecksum) != 0};
}

InnerPacket find_inner(const std::uint8_t* ip, const IpPacket& outer, const Transport& transport) noexcept {
  if (transport.status != Transport::Status::found) return {};
  const std::size_t present = std::size_t{outer.octets} - transport.offset;
  const Carried carried = carried_by(transport.protocol, ip + transport.offset, present);
  if (!is_ip(carried.ethertype)) return {};
  const auto offset = static_cast<std::uint16_t>(transport.offset + carried.header_octets);
  const std::size_t left = present - carried.header_octets;
  return {offset, family_of(carried.ethertype) == Family::ipv4 ? parse_ipv4(ip + offset, left)
                                                               : parse_ipv6(ip + offset, left)};
}

}  // namespace narrows::wire
