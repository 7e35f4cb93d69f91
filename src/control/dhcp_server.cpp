// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/dhcp_server.h"

#include <algorithm>
#include <array>
#include <utility>

#include "narrows/control/frame_builder.h"
#include "narrows/rewrite/checksum.h"
#include "narrows/rewrite/make_ipv4.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/udp.h"

namespace narrows::control {
namespace {

using stats::ControlEvent;
using wire::DhcpOption;
using wire::DhcpReply;
using wire::DhcpType;
using wire::Ipv4Address;
using Octets = std::span<const std::uint8_t>;

constexpr Ipv4Address kEverybody{0xffffffff};
constexpr std::uint16_t kLeastMtu = 68;  // RFC 2132 §5.1

/// A header's checksum as it must be (RFC 1122 §3.2.1.2).
bool ip_checksum_is_right(Octets ip, std::uint16_t header_octets) noexcept {
  const auto& header = wire::header_at<wire::Ipv4Header>(ip.data());
  return header.header_checksum.host() ==
         rewrite::full_checksum(ip.data(), header_octets, offsetof(wire::Ipv4Header, header_checksum), 0);
}

/// RFC 1122 §4.1.3.4. A host behind a virtual interface may leave the sum of the pseudo-header only.
bool udp_checksum_is_right(Octets ip, Octets udp) noexcept {
  const auto found = wire::header_at<wire::UdpHeader>(udp.data()).checksum.host();
  const auto octets = static_cast<std::uint16_t>(udp.size());
  const auto pseudo = rewrite::pseudo_header_sum(ip.data(), Family::ipv4, wire::kProtocolUdp, octets);
  const auto right = rewrite::full_checksum(udp.data(), octets, wire::kUdpChecksumOffset, pseudo);
  return found == 0 || found == pseudo || found == (right == 0 ? 0xffff : right);
}

/// The UDP payload of a whole packet to the DHCP server's port; empty when it is none.
Octets dhcp_message(Octets ip) noexcept {
  const auto packet = wire::parse_ipv4(ip.data(), ip.size());
  if (packet.octets == 0) return {};
  ip = ip.first(packet.octets);
  const auto transport = wire::find_transport(ip.data(), packet);
  if (transport.status != wire::Transport::Status::found || transport.fragment ||
      transport.protocol != wire::kProtocolUdp || !ip_checksum_is_right(ip, packet.header_octets))
    return {};
  auto udp = ip.subspan(transport.offset);
  if (udp.size() < sizeof(wire::UdpHeader)) return {};
  const auto& header = wire::header_at<wire::UdpHeader>(udp.data());
  const std::size_t length = header.length.host();
  if (header.destination_port.host() != wire::kDhcpServerPort || length < sizeof(wire::UdpHeader) ||
      length > udp.size())
    return {};
  udp = udp.first(length);
  return udp_checksum_is_right(ip, udp) ? udp.subspan(sizeof(wire::UdpHeader)) : Octets{};
}

std::uint32_t whole_seconds(Time time) noexcept {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

void add_addresses(DhcpReply& reply, DhcpOption option, std::span<const Ipv4Address> addresses) {
  constexpr std::size_t kMost = 8;
  std::vector<wire::Be32> listed;
  for (const auto address : addresses.first(std::min(addresses.size(), kMost)))
    listed.emplace_back(address.value);
  if (!listed.empty())
    reply.add(option, {octets_of(listed.front()).data(), listed.size() * sizeof(wire::Be32)});
}

/// RFC 3442: the gateway is on the link (router 0.0.0.0), everything else behind it.
void add_host_routes(DhcpReply& reply, Ipv4Address gateway) {
  struct Routes {
    std::uint8_t gateway_prefix = HandOutNetwork::kHostPrefix;
    wire::Be32 gateway;
    wire::Be32 on_link;
    std::uint8_t default_prefix = 0;
    wire::Be32 default_router;
  };
  Routes routes;
  routes.gateway = routes.default_router = wire::Be32(gateway.value);
  reply.add(DhcpOption::classless_routes, octets_of(routes));
}

/// The most important first: what does not fit the client is left out. The mask goes before the router
/// (RFC 2132 §3.3).
void add_configuration(DhcpReply& reply, const HandOut& hand_out, const HandOutNetwork& network) {
  const bool has_subnet = network.prefix != HandOutNetwork::kHostPrefix;
  reply.add(DhcpOption::subnet_mask, network.mask());
  if (!has_subnet) add_host_routes(reply, network.gateway);
  reply.add(DhcpOption::router, network.gateway);
  if (hand_out.mtu_octets >= kLeastMtu)
    reply.add(DhcpOption::mtu, octets_of(wire::Be16(hand_out.mtu_octets)));
  add_addresses(reply, DhcpOption::dns, hand_out.dns);
  if (has_subnet)
    reply.add(DhcpOption::broadcast, Ipv4Address{hand_out.address.value | ~network.mask().value});
}

void add_lease(DhcpReply& reply) {
  reply.add_seconds(DhcpOption::lease_time, whole_seconds(DhcpServer::kLease));
  reply.add_seconds(DhcpOption::renewal_time, whole_seconds(DhcpServer::kRenewal));
  reply.add_seconds(DhcpOption::rebinding_time, whole_seconds(DhcpServer::kRebinding));
}

DhcpReply begin_reply(const wire::DhcpRequest& request, DhcpType type) {
  DhcpReply reply(request, type);
  reply.add(DhcpOption::server_identifier, DhcpServer::kIdentifier);
  // In every reply, as it came (RFC 6842 §3).
  if (!request.client_identifier.empty()) reply.add(DhcpOption::client_identifier, request.client_identifier);
  return reply;
}

}  // namespace

DhcpServer::DhcpServer(const config::Config& config, std::span<const session::HeaderTemplate> headers,
                       session::LanPeers& peers, FrameSink& sink, stats::ControlCounters& counters)
    : lans_(config.sessions.size()), peers_(peers), sink_(sink), counters_(counters) {
  for (std::size_t index = 0; index < lans_.size(); ++index)
    configure(index, config.sessions[index].lan, headers[index], false);
}

void DhcpServer::configure(std::size_t session, const config::SessionLan& lan,
                           const session::HeaderTemplate& header, bool renewed) {
  if (session >= lans_.size()) lans_.resize(session + 1);
  if (renewed) lans_[session] = Lan{};
  lans_[session].header = header;
  lans_[session].fixed_peer = lan.peer_mac;
}

void DhcpServer::set(std::size_t session, const std::optional<HandOut>& hand_out) {
  Lan& lan = lans_[session];
  lan.hand_out = hand_out && wire::is_host_address(hand_out->address) ? hand_out : std::nullopt;
  if (lan.hand_out) lan.network = network_of(*lan.hand_out);
}

std::optional<Ipv4Address> DhcpServer::gateway(std::size_t session) const noexcept {
  const auto& network = lans_[session].network;
  return network ? std::optional(network->gateway) : std::nullopt;
}

void DhcpServer::handle(std::size_t session, const wire::MacAddress& source, Octets ip, Time now) {
  const auto request = wire::parse_dhcp_request(dhcp_message(ip));
  if (!request) return counters_.count(ControlEvent::malformed);
  Lan& lan = lans_[session];
  const Asked asked{session, wire::to_integer(source), *request, now};
  // There is nothing behind a relay, and nobody speaks for another.
  const bool is_from_host = request->relay_address.value == 0 && request->client_mac == source;
  if (!is_from_host || !lan.network || !may_ask(lan, asked))
    return counters_.count(ControlEvent::ignored_dhcp);
  answer(lan, asked);
}

bool DhcpServer::may_ask(Lan& lan, const Asked& asked) const {
  if (lan.fixed_peer) return wire::to_integer(*lan.fixed_peer) == asked.source;
  if (lan.holder == asked.source) return true;
  if (lan.holder != 0 && asked.now < lan.held_until) return false;
  const std::uint64_t known = peers_.load(asked.session);
  if (known == 0 || known == asked.source || known == lan.holder) return true;
  // The known host has not asked here: time for it to be heard of.
  lan.holder = known;
  lan.held_until = asked.now + kLease;
  return false;
}

void DhcpServer::answer(Lan& lan, const Asked& asked) {
  switch (static_cast<DhcpType>(asked.request.type)) {
    case DhcpType::discover:
      return handle_discover(lan, asked);
    case DhcpType::request:
      return handle_request(lan, asked);
    case DhcpType::inform:
      return handle_inform(lan, asked);
    case DhcpType::decline:
      return end_lease(lan, asked, ControlEvent::dhcp_declined);
    case DhcpType::release:
      return end_lease(lan, asked, ControlEvent::dhcp_released);
    default:
      return counters_.count(ControlEvent::ignored_dhcp);
  }
}

void DhcpServer::handle_discover(Lan& lan, const Asked& asked) {
  if (!lan.hand_out) return counters_.count(ControlEvent::ignored_dhcp);
  if (!send_configuration(lan, asked, DhcpType::offer)) return;
  const Time lease_end = lan.holder == asked.source ? lan.held_until : Time::min();
  hold(lan, asked, std::max(lease_end, asked.now + kOffer));
  if (peers_.load(asked.session) == 0) peers_.learn(asked.session, asked.source);
}

/// The four states of a client are told apart by RFC 2131 §4.3.2.
void DhcpServer::handle_request(Lan& lan, const Asked& asked) {
  const auto& request = asked.request;
  if (request.server_identifier && request.server_identifier != kIdentifier) {
    // SELECTING: it took another server's offer.
    if (lan.holder == asked.source) lan.held_until = asked.now;
    return counters_.count(ControlEvent::ignored_dhcp);
  }
  // RENEWING and REBINDING tell the address in use; SELECTING and INIT-REBOOT the one that is wanted.
  const auto wanted =
      request.client_address.value != 0 ? std::optional(request.client_address) : request.requested_address;
  if (!wanted) return counters_.count(ControlEvent::malformed);
  // Without an address to give, only a lease of ours is ours to refuse.
  if (!lan.hand_out && lan.holder != asked.source) return counters_.count(ControlEvent::ignored_dhcp);
  if (!lan.hand_out || *wanted != lan.hand_out->address) return refuse(lan, asked);
  if (!send_configuration(lan, asked, DhcpType::ack)) return;
  hold(lan, asked, asked.now + kLease);
  peers_.learn(asked.session, asked.source);
}

/// RFC 2131 §4.3.5, for the one address that there is something to tell about.
void DhcpServer::handle_inform(Lan& lan, const Asked& asked) {
  if (!lan.hand_out || asked.request.client_address != lan.hand_out->address)
    return counters_.count(ControlEvent::ignored_dhcp);
  send_configuration(lan, asked, DhcpType::ack);
}

void DhcpServer::end_lease(Lan& lan, const Asked& asked, ControlEvent event) {
  const bool is_ours = lan.holder == asked.source && asked.request.server_identifier == kIdentifier;
  if (!is_ours) return counters_.count(ControlEvent::ignored_dhcp);
  lan.held_until = asked.now;
  counters_.count(event);
}

void DhcpServer::hold(Lan& lan, const Asked& asked, Time until) {
  lan.holder = asked.source;
  lan.held_until = until;
}

bool DhcpServer::send_configuration(Lan& lan, const Asked& asked, DhcpType type) {
  if (!lan.limit.take(asked.now)) {
    counters_.count(ControlEvent::rate_limited);
    return false;
  }
  const auto& request = asked.request;
  const bool is_inform = static_cast<DhcpType>(request.type) == DhcpType::inform;
  auto reply = begin_reply(request, type);
  if (is_inform) {
    reply.set_client_address(request.client_address);
  } else {
    // Table 3: ciaddr is repeated in an acknowledgement, and 0 in an offer.
    if (type == DhcpType::ack) reply.set_client_address(request.client_address);
    reply.set_your_address(lan.hand_out->address);
    add_lease(reply);
  }
  add_configuration(reply, *lan.hand_out, *lan.network);
  // RFC 2131 §4.1: to a client that has its address, or can take a frame for it already, unicast.
  const bool to_everybody =
      request.client_address.value == 0 && (request.flags & wire::kDhcpBroadcastFlag) != 0;
  return send(lan, to_everybody ? kEverybody : lan.hand_out->address,
              to_everybody ? wire::kBroadcastMac : request.client_mac, std::move(reply),
              ControlEvent::dhcp_answered);
}

void DhcpServer::refuse(Lan& lan, const Asked& asked) {
  if (!lan.limit.take(asked.now)) return counters_.count(ControlEvent::rate_limited);
  // Always broadcast: the client's address may be wrong (RFC 2131 §4.1).
  send(lan, kEverybody, wire::kBroadcastMac, begin_reply(asked.request, DhcpType::nak),
       ControlEvent::dhcp_refused);
}

bool DhcpServer::send(const Lan& lan, Ipv4Address to, const wire::MacAddress& to_mac, DhcpReply&& reply,
                      ControlEvent event) {
  const auto message = std::move(reply).finish();
  const auto packet =
      rewrite::make_udp_ipv4({kIdentifier, wire::kDhcpServerPort}, {to, wire::kDhcpClientPort}, message);
  const bool sent = sink_.send(Side::lan, lan_frame(lan.header, to_mac, wire::kEthertypeIpv4, packet));
  counters_.count(sent ? event : ControlEvent::unsent);
  return sent;
}

}  // namespace narrows::control
