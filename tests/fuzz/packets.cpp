// SPDX-License-Identifier: BSD-3-Clause
/// What reads a packet by itself: IP headers, tunnels, PPPoE, discovery, ARP, DHCP, flow hash; and what makes
/// ICMP errors and fragments of one. Each buffer is of just the packet's size.
///
/// Input: what to do with it (1 octet), MTU (2 octets), then the packet.
#include <cstring>

#include "eal.h"
#include "input.h"
#include "narrows/rewrite/fragment.h"
#include "narrows/rewrite/icmp_error.h"
#include "narrows/wire/arp.h"
#include "narrows/wire/dhcp.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/pppoe_discovery.h"
#include "narrows/wire/router_discovery.h"
#include "narrows/wire/tunnel.h"
#include "narrows/worker/flow_hash.h"
#include "packets.h"

namespace narrows::fuzz {
namespace {

constexpr wire::Ipv4Address kRouter4{0xc0000201};
constexpr wire::Ipv6Octets kRouter6{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

wire::IpPacket parse(const Octets& octets) {
  if (octets.empty()) return {};
  return octets[0] >> 4 == 4 ? wire::parse_ipv4(octets.data(), octets.size())
                             : wire::parse_ipv6(octets.data(), octets.size());
}

/// Its innermost packet lies within it, and so on.
void read_ip(const Octets& octets) {
  const auto packet = parse(octets);
  expect(packet.octets <= octets.size(), "a packet lies within what is there");
  if (packet.octets == 0) return;
  const auto transport = wire::find_transport(octets.data(), packet);
  expect(transport.offset <= packet.octets, "its upper layer lies within it");
  const auto inner = wire::find_inner(octets.data(), packet, transport);
  if (inner.offset == 0) return;
  expect(inner.offset + inner.packet.octets <= packet.octets, "what it carries lies within it");
}

void judge_error(const Octets& about, const std::vector<std::uint8_t>& error, bool v4) {
  if (error.empty()) return;
  const auto packet = parse(error);
  expect(packet.octets == error.size(), "an ICMP error is a whole packet");
  expect(error.size() <= (v4 ? rewrite::kMaxIcmpv4ErrorOctets : rewrite::kMaxIcmpv6ErrorOctets),
         "an ICMP error is short");
  const std::size_t header = v4 ? 20 : 40;
  const Octets message(error.begin() + static_cast<std::ptrdiff_t>(header), error.end());
  if (v4) {
    expect(test::ones_complement_sum(message) == 0xffff, "its checksum is right");
    expect(test::ones_complement_sum({error.begin(), error.begin() + 20}) == 0xffff, "its header's too");
  } else {
    const Octets source(error.begin() + 8, error.begin() + 24);
    const Octets destination(error.begin() + 24, error.begin() + 40);
    const unsigned pseudo = test::pseudo_sum(source, destination, test::kIcmpv6, message.size());
    expect(test::ones_complement_sum(test::be16(pseudo) + message) == 0xffff, "its checksum is right");
  }
  expect(std::equal(message.begin() + 8, message.end(), about.begin()), "it quotes what it is about");
  const std::size_t source_at = v4 ? 12 : 8;
  const std::size_t destination_at = v4 ? 16 : 24;
  const std::size_t address_octets = v4 ? 4 : 16;
  expect(std::memcmp(&error[destination_at], &about[source_at], address_octets) == 0,
         "it goes to the source");
  // An error about an error would go round for ever.
  expect((v4 ? rewrite::make_icmpv4_error(error, rewrite::kHostUnreachable, kRouter4)
             : rewrite::make_icmpv6_error(error, rewrite::kNoRouteIpv6, kRouter6))
             .empty(),
         "no error is sent about it");
}

void make_errors(const Octets& octets, std::uint16_t mtu, bool multicast) {
  const auto cast = multicast ? rewrite::LinkCast::multicast : rewrite::LinkCast::unicast;
  for (const auto& error : {rewrite::kHostUnreachable, rewrite::fragmentation_needed(mtu)})
    judge_error(octets, rewrite::make_icmpv4_error(octets, error, kRouter4, cast), true);
  for (const auto& error : {rewrite::kNoRouteIpv6, rewrite::packet_too_big(mtu)})
    judge_error(octets, rewrite::make_icmpv6_error(octets, error, kRouter6, cast), false);
}

rte_mempool* pool() {
  static rte_mempool* made = [] {
    test::init_eal();
    return rte_pktmbuf_pool_create("fuzz", 255, 0, 0, RTE_MBUF_DEFAULT_DATAROOM * 5, 0);
  }();
  if (made == nullptr) std::abort();
  return made;
}

/// Fragments put together again are the packet.
void judge_fragments(std::span<rte_mbuf* const> fragments, const Octets& packet, std::uint16_t mtu) {
  const std::size_t header = (packet[0] & 0xf) * 4U;
  const unsigned first_offset = test::get16(packet, 6) & 0x1fffU;
  const bool more_behind = (test::get16(packet, 6) & 0x2000U) != 0;
  Octets payload;
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    const Octets fragment = test::octets_of(fragments[i]);
    const auto parsed = parse(fragment);
    expect(parsed.octets == fragment.size() && fragment.size() <= mtu, "a fragment is a packet that fits");
    const std::size_t its_header = (fragment[0] & 0xf) * 4U;
    expect(test::ones_complement_sum(
               {fragment.begin(), fragment.begin() + static_cast<std::ptrdiff_t>(its_header)}) == 0xffff,
           "its checksum is right");
    const unsigned field = test::get16(fragment, 6);
    expect((field & 0x1fffU) == first_offset + payload.size() / 8, "fragments follow one another");
    expect(((field & 0x2000U) != 0) == (more_behind || i + 1 < fragments.size()), "the last one says so");
    payload.insert(payload.end(), fragment.begin() + static_cast<std::ptrdiff_t>(its_header), fragment.end());
  }
  expect(payload == Octets(packet.begin() + static_cast<std::ptrdiff_t>(header), packet.end()),
         "nothing is missing");
}

void cut_up(const Octets& octets, std::uint16_t mtu) {
  const auto parsed = parse(octets);
  mtu = std::max<std::uint16_t>(mtu % 1500, 576);
  constexpr std::uint16_t kMostIpOctets = 9600;
  // As the pipeline asks for it: IPv4 without DF, longer than the link carries, within one datagram.
  if (parsed.octets <= mtu || parsed.octets > kMostIpOctets || octets[0] >> 4 != 4) return;
  if ((octets[6] & 0x40) != 0 || (test::get16(octets, 6) & 0x1fffU) * 8 + parsed.octets > 0xffff) return;
  const Octets packet(octets.begin(), octets.begin() + parsed.octets);
  rte_mbuf* whole = rte_pktmbuf_alloc(pool());
  if (whole == nullptr) std::abort();
  const std::uint16_t ip_offset = mtu % 31;
  test::fill(whole, Octets(ip_offset) + packet);
  std::array<rte_mbuf*, rewrite::kMostFragments> fragments{};
  const unsigned count = rewrite::fragment(*whole, ip_offset, parsed.octets, mtu, fragments.data());
  expect(count != 0, "there is room for it");
  judge_fragments({fragments.data(), count}, packet, mtu);
  expect(test::octets_of(whole) == Octets(ip_offset) + packet, "the packet keeps its octets");
  for (unsigned i = 0; i < count; ++i) rte_pktmbuf_free(fragments[i]);
  rte_pktmbuf_free(whole);
  expect(rte_mempool_in_use_count(pool()) == 0, "no buffer is lost");
}

void read_frame(const Octets& octets) {
  if (octets.size() >= sizeof(wire::EthernetHeader)) {
    const auto view = wire::parse_ethernet(octets.data(), octets.size());
    expect(view.payload_offset <= octets.size(), "a payload lies within its frame");
  }
  const auto hash = worker::flow_hash(octets);
  expect(hash <= 0xffff || hash == worker::kNoFlow, "a hash has 16 bits");
  if (octets.size() < sizeof(wire::PppoeHeader)) return;
  const auto session = wire::parse_pppoe_session(octets.data(), octets.size());
  if (session.status != wire::PppoeSession::Status::valid) return;
  expect(wire::kPppoeOverheadOctets + session.payload_octets <= octets.size(), "LENGTH is within the frame");
}

void read_messages(const Octets& octets) {
  if (const auto discovery = wire::parse_pppoe_discovery(octets)) {
    std::size_t seen = 0;
    for (const auto& tag : discovery->tags) seen += sizeof(wire::PppoeTagHeader) + tag.value.size();
    expect(seen <= octets.size() && discovery->tags.well_formed(), "tags lie within the packet");
  }
  if (const auto request = wire::parse_dhcp_request(octets)) {
    wire::DhcpReply reply(*request, wire::DhcpType::ack);
    reply.add(wire::DhcpOption::server_identifier, wire::Ipv4Address{1});
    const auto octets_of_reply = std::move(reply).finish();
    expect(octets_of_reply.size() >= 300 && octets_of_reply.size() <= 1500,
           "a reply is as long as clients take");
  }
  static_cast<void>(wire::parse_arp(octets));
}

}  // namespace

void run(Input input) {
  const unsigned what = input.octet();
  const auto mtu = static_cast<std::uint16_t>(input());
  const auto rest = input.rest();
  const Octets octets(rest.begin(), rest.end());
  if ((what & 1) != 0) read_frame(octets);
  if ((what & 2) != 0) read_messages(octets);
  if ((what & 4) != 0) cut_up(octets, mtu);
  if ((what & 8) != 0) return;
  read_ip(octets);
  make_errors(octets, mtu, (what & 16) != 0);
}

}  // namespace narrows::fuzz
