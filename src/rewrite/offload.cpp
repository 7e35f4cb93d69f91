// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/offload.h"

#include "narrows/rewrite/checksum.h"
#include "narrows/wire/tcp.h"
#include "narrows/wire/tunnel.h"

namespace narrows::rewrite {
namespace {

constexpr std::uint16_t kUdpChecksumOffset = 6;  // RFC 768
constexpr std::uint16_t kUdpHeaderOctets = 8;

/// Where the checksum field of a TCP or UDP packet is; offset 0: neither, or cut short.
struct ChecksumField {
  std::uint16_t offset = 0;  ///< from the TCP or UDP header
  std::uint16_t l4_octets = 0;
};

ChecksumField find_field(const wire::IpPacket& packet, const wire::Transport& transport) noexcept {
  if (transport.status != wire::Transport::Status::found || transport.fragment) return {};
  const auto l4_octets = static_cast<std::uint16_t>(packet.octets - transport.offset);
  if (transport.protocol == wire::kProtocolTcp && l4_octets >= sizeof(wire::TcpHeader))
    return {wire::kTcpChecksumOffset, l4_octets};
  if (transport.protocol == wire::kProtocolUdp && l4_octets >= kUdpHeaderOctets)
    return {kUdpChecksumOffset, l4_octets};
  return {};
}

bool vouches_for_complete(const rte_mbuf& mbuf) noexcept {
  return (mbuf.ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD;
}

}  // namespace

void leave_checksum_to_port(rte_mbuf& mbuf, std::uint8_t* ip, const wire::IpPacket& packet,
                            const wire::Transport& transport, std::uint16_t l2_octets) noexcept {
  const ChecksumField field = find_field(packet, transport);
  const std::uint16_t sum = pseudo_header_sum(ip, packet.family, transport.protocol, field.l4_octets);
  wire::header_at<wire::Be16>(ip + transport.offset + field.offset) = wire::Be16(sum);
  mbuf.l2_len = l2_octets & 0x7f;
  mbuf.l3_len = transport.offset & 0x1ff;
  // Needed by net_tap alone, which copies the headers before it computes.
  mbuf.l4_len =
      (transport.protocol == wire::kProtocolTcp ? sizeof(wire::TcpHeader) : kUdpHeaderOctets) & 0xff;
  mbuf.ol_flags |= packet.family == Family::ipv4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
  mbuf.ol_flags |=
      transport.protocol == wire::kProtocolTcp ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM;
}

bool has_partial_checksum(const rte_mbuf& mbuf, const std::uint8_t* ip, const wire::IpPacket& packet,
                          const wire::Transport& transport) noexcept {
  if (vouches_for_complete(mbuf)) return false;
  const ChecksumField field = find_field(packet, transport);
  if (field.offset == 0) return false;
  const auto& checksum = wire::header_at<wire::Be16>(ip + transport.offset + field.offset);
  return checksum.host() == pseudo_header_sum(ip, packet.family, transport.protocol, field.l4_octets);
}

void finish_checksum(std::uint8_t* ip, const wire::IpPacket& packet,
                     const wire::Transport& transport) noexcept {
  const ChecksumField field = find_field(packet, transport);
  const std::uint16_t sum = pseudo_header_sum(ip, packet.family, transport.protocol, field.l4_octets);
  std::uint16_t complete = full_checksum(ip + transport.offset, field.l4_octets, field.offset, sum);
  if (complete == 0 && transport.protocol == wire::kProtocolUdp) complete = 0xffff;  // RFC 768: 0 means none
  wire::header_at<wire::Be16>(ip + transport.offset + field.offset) = wire::Be16(complete);
}

bool has_empty_gre_checksum(const rte_mbuf& mbuf, const std::uint8_t* gre, std::uint16_t octets) noexcept {
  if (vouches_for_complete(mbuf) || !wire::parse_gre(gre, octets).has_checksum) return false;
  return wire::header_at<wire::Be16>(gre + wire::kGreChecksumOffset).host() == 0;
}

void finish_gre_checksum(std::uint8_t* gre, std::uint16_t octets) noexcept {
  wire::header_at<wire::Be16>(gre + wire::kGreChecksumOffset) =
      wire::Be16(full_checksum(gre, octets, wire::kGreChecksumOffset, 0));
}

}  // namespace narrows::rewrite
