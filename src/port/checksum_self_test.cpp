// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/checksum_self_test.h"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <memory>

#include "narrows/port/checksum_conduct.h"
#include "narrows/rewrite/make_ipv4.h"
#include "narrows/rewrite/offload.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/tcp.h"

namespace narrows::port {
namespace {

struct MbufDeleter {
  void operator()(rte_mbuf* mbuf) const noexcept { rte_pktmbuf_free(mbuf); }
};
using Mbuf = std::unique_ptr<rte_mbuf, MbufDeleter>;

/// Addresses of nobody, tags as many as there is room for, and PPPoE in what a plain header has no room for.
void write_l2(std::uint8_t* frame, std::uint8_t l2_octets, Family family, std::uint16_t ip_octets) {
  const bool is_pppoe = l2_octets > kPlainOctets;
  const std::size_t ethernet = l2_octets - (is_pppoe ? wire::kPppoeOverheadOctets : 0);
  const bool is_ipv4 = family == Family::ipv4;
  std::fill_n(frame, l2_octets, std::uint8_t{0});
  std::size_t at = sizeof(wire::EthernetHeader);
  for (; at < ethernet; at += sizeof(wire::VlanTag))
    wire::header_at<wire::Be16>(frame + at - sizeof(wire::Be16)) = wire::Be16(wire::kEthertypeVlan);
  const auto plain = is_ipv4 ? wire::kEthertypeIpv4 : wire::kEthertypeIpv6;
  wire::header_at<wire::Be16>(frame + at - sizeof(wire::Be16)) =
      wire::Be16(is_pppoe ? wire::kEthertypePppoeSession : plain);
  if (!is_pppoe) return;
  wire::header_at<wire::PppoeHeader>(frame + at) = {
      wire::kPppoeVersionType, wire::kPppoeCodeSession, wire::Be16(1),
      wire::Be16(static_cast<std::uint16_t>(ip_octets + wire::kPppProtocolOctets))};
  wire::header_at<wire::Be16>(frame + at + sizeof(wire::PppoeHeader)) =
      wire::Be16(is_ipv4 ? wire::kPppIpv4 : wire::kPppIpv6);
}

/// A TCP segment without data; its header and that of IPv6 hold no more than what drivers look at.
std::uint16_t write_packet(std::uint8_t* ip, Family family) {
  const std::uint16_t octets = wire::kIpAndTcpOctets[index_of(family)];
  std::fill_n(ip, octets, std::uint8_t{0});
  if (family == Family::ipv4) {
    wire::header_at<wire::Ipv4Header>(ip) =
        rewrite::make_ipv4_header({.protocol = wire::kProtocolTcp,
                                   .source = {},
                                   .destination = {},
                                   .payload_octets = sizeof(wire::TcpHeader)});
  } else {
    auto& header = wire::header_at<wire::Ipv6Header>(ip);
    header.version_class_flow = wire::Be32(0x6000'0000);
    header.payload_length = wire::Be16(sizeof(wire::TcpHeader));
    header.next_header = wire::kProtocolTcp;
  }
  auto& tcp = wire::header_at<wire::TcpHeader>(ip + octets - sizeof(wire::TcpHeader));
  tcp.data_offset_reserved = sizeof(wire::TcpHeader) / 4 << 4;
  tcp.flags = wire::kTcpSyn;
  return octets;
}

/// Whether the driver takes a segment of this layout and leaves alone what it was told.
std::string try_layout(std::uint16_t port_id, std::uint8_t l2_octets, Family family, rte_mempool* pool) {
  const Mbuf mbuf(rte_pktmbuf_alloc(pool));
  if (mbuf == nullptr) return "could not be tested: no packet buffer";
  auto* frame = rte_pktmbuf_mtod(mbuf.get(), std::uint8_t*);
  std::uint8_t* ip = frame + l2_octets;
  const std::uint16_t octets = write_packet(ip, family);
  write_l2(frame, l2_octets, family, octets);
  mbuf->data_len = static_cast<std::uint16_t>(l2_octets + octets);
  mbuf->pkt_len = mbuf->data_len;
  const wire::IpPacket packet =
      family == Family::ipv4 ? wire::parse_ipv4(ip, octets) : wire::parse_ipv6(ip, octets);
  rewrite::leave_checksum_to_port(*mbuf, ip, packet, wire::find_transport(ip, packet), l2_octets);

  const std::uint64_t offsets = mbuf->tx_offload;
  rte_mbuf* burst = mbuf.get();
  if (rte_eth_tx_prepare(port_id, 0, &burst, 1) != 1)
    return fmt::format("refuses TCP behind {} octets of headers ({})", l2_octets, rte_strerror(rte_errno));
  if (mbuf->tx_offload != offsets)
    return fmt::format("does not keep to the offsets of TCP behind {} octets of headers", l2_octets);
  return {};
}

}  // namespace

std::string checksum_self_test(std::uint16_t port_id, std::uint8_t l2_octets, rte_mempool* pool) {
  constexpr std::uint8_t kStep = sizeof(wire::VlanTag);
  for (std::uint8_t l2 = sizeof(wire::EthernetHeader); l2 <= l2_octets;
       l2 = static_cast<std::uint8_t>(l2 + kStep))
    for (const auto family : {Family::ipv4, Family::ipv6})
      if (auto refusal = try_layout(port_id, l2, family, pool); !refusal.empty()) return refusal;
  return {};
}

}  // namespace narrows::port
