// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/icmp_error.h"

#include <algorithm>

#include "narrows/rewrite/checksum.h"
#include "narrows/rewrite/make_ipv4.h"
#include "narrows/wire/arp.h"
#include "narrows/wire/ip.h"

namespace narrows::rewrite {
namespace {

using wire::Be16;
using wire::Be32;
using wire::Transport;
using Octets = std::span<const std::uint8_t>;

constexpr std::uint8_t kHopLimit = 64;
constexpr std::uint8_t kInternetworkControl = 0xc0;  // precedence 6 (RFC 1812 §4.3.2.5)
constexpr std::uint8_t kProtocolAh = 51;

wire::Ipv4Address to_address(const std::array<std::uint8_t, 4>& octets) noexcept {
  return {wire::header_at<Be32>(octets.data()).host()};
}

/// Whether the packet is an ICMP message that must not give rise to an error, or cannot be seen not to be.
bool is_icmpv4_error(Octets packet, const wire::IpPacket& ip) noexcept {
  if (wire::header_at<wire::Ipv4Header>(packet.data()).protocol != wire::kProtocolIcmp) return false;
  return ip.header_octets >= ip.octets || !wire::is_icmp_query(packet[ip.header_octets]);
}

bool may_answer_ipv4(Octets packet, const wire::IpPacket& ip) noexcept {
  const auto& header = wire::header_at<wire::Ipv4Header>(packet.data());
  return (header.flags_fragment_offset.host() & wire::kIpv4FragmentOffsetMask) == 0 &&
         wire::is_host_address(to_address(header.source)) &&
         wire::is_host_address(to_address(header.destination)) && !is_icmpv4_error(packet, ip);
}

/// The upper layer of a packet that an error may be about, seen through an authentication header too.
struct UpperLayer {
  std::uint8_t protocol = 0;
  std::size_t offset = 0;
};

UpperLayer upper_layer(Octets packet, const Transport& transport) noexcept {
  UpperLayer upper{transport.protocol, transport.offset};
  if (upper.protocol != kProtocolAh || packet.size() < upper.offset + 2) return upper;
  // RFC 4302 §2.2: the length counts 32-bit words, less two.
  return {packet[upper.offset], upper.offset + (packet[upper.offset + 1] + std::size_t{2}) * 4};
}

/// As is_icmpv4_error(); `packet` ends where its header says.
bool is_icmpv6_error_or_redirect(Octets packet, const Transport& transport) noexcept {
  const auto upper = upper_layer(packet, transport);
  if (upper.protocol != wire::kProtocolIcmpv6) return false;
  if (upper.offset >= packet.size()) return true;
  const std::uint8_t type = packet[upper.offset];
  return wire::is_icmpv6_error(type) || type == wire::kIcmpv6Redirect;
}

bool is_one_node(const wire::Ipv6Octets& address) noexcept {
  constexpr wire::Ipv6Octets kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return !wire::is_multicast(address) && !wire::is_unspecified(address) && address != kLoopback;
}

bool may_answer_ipv6(Octets packet, const IcmpError& error, LinkCast cast) noexcept {
  const auto& header = wire::header_at<wire::Ipv6Header>(packet.data());
  const bool to_many = cast == LinkCast::multicast || wire::is_multicast(header.destination);
  if (to_many && error.type != wire::kIcmpv6PacketTooBig) return false;
  const bool to_one = is_one_node(header.destination) || wire::is_multicast(header.destination);
  if (!to_one || !is_one_node(header.source)) return false;
  const auto transport = wire::find_transport_ipv6(packet.data(), static_cast<std::uint16_t>(packet.size()));
  return transport.status != Transport::Status::no_transport &&
         !is_icmpv6_error_or_redirect(packet, transport);
}

/// Room for the IP header, then the message; the checksum is left 0.
template <typename IpHeader>
std::vector<std::uint8_t> with_message(const IcmpError& error, Octets packet, std::size_t most_octets) {
  constexpr std::size_t kHeaders = sizeof(IpHeader) + sizeof(wire::IcmpErrorHeader);
  const auto quoted = packet.first(std::min(packet.size(), most_octets - kHeaders));
  std::vector<std::uint8_t> octets(kHeaders);
  octets.reserve(kHeaders + quoted.size());
  wire::header_at<wire::IcmpErrorHeader>(octets.data() + sizeof(IpHeader)) = {error.type, error.code, Be16(),
                                                                              Be32(error.mtu_octets)};
  octets.insert(octets.end(), quoted.begin(), quoted.end());
  return octets;
}

void fill_in_message_checksum(std::vector<std::uint8_t>& octets, std::size_t ip_octets,
                              std::uint16_t pseudo_sum) noexcept {
  auto* const message = octets.data() + ip_octets;
  wire::header_at<wire::IcmpErrorHeader>(message).checksum = Be16(full_checksum(
      message, static_cast<std::uint16_t>(octets.size() - ip_octets), wire::kIcmpChecksumOffset, pseudo_sum));
}

}  // namespace

std::vector<std::uint8_t> make_icmpv4_error(Octets packet, IcmpError error, wire::Ipv4Address source,
                                            LinkCast cast) {
  const auto ip = wire::parse_ipv4(packet.data(), packet.size());
  if (ip.octets == 0 || cast == LinkCast::multicast || !may_answer_ipv4(packet, ip)) return {};
  auto octets = with_message<wire::Ipv4Header>(error, packet.first(ip.octets), kMaxIcmpv4ErrorOctets);
  const auto message_octets = static_cast<std::uint16_t>(octets.size() - sizeof(wire::Ipv4Header));
  wire::header_at<wire::Ipv4Header>(octets.data()) =
      make_ipv4_header({kInternetworkControl, wire::kProtocolIcmp, source,
                        to_address(wire::header_at<wire::Ipv4Header>(packet.data()).source), message_octets});
  fill_in_message_checksum(octets, sizeof(wire::Ipv4Header), 0);
  return octets;
}

std::vector<std::uint8_t> make_icmpv6_error(Octets packet, IcmpError error, const wire::Ipv6Octets& source,
                                            LinkCast cast) {
  const auto ip = wire::parse_ipv6(packet.data(), packet.size());
  if (ip.octets == 0) return {};
  packet = packet.first(ip.octets);
  if (!may_answer_ipv6(packet, error, cast)) return {};
  auto octets = with_message<wire::Ipv6Header>(error, packet, kMaxIcmpv6ErrorOctets);
  const auto message_octets = static_cast<std::uint16_t>(octets.size() - sizeof(wire::Ipv6Header));
  wire::header_at<wire::Ipv6Header>(octets.data()) = {
      Be32(0x60000000),
      Be16(message_octets),
      wire::kProtocolIcmpv6,
      kHopLimit,
      source,
      wire::header_at<wire::Ipv6Header>(packet.data()).source};
  fill_in_message_checksum(
      octets, sizeof(wire::Ipv6Header),
      pseudo_header_sum(octets.data(), Family::ipv6, wire::kProtocolIcmpv6, message_octets));
  return octets;
}

}  // namespace narrows::rewrite
