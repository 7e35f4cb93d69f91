// SPDX-License-Identifier: BSD-3-Clause
#include "frame_facts.h"
#include "narrows/pipeline/classify.h"
#include "narrows/wire/ppp.h"
#include "narrows/wire/pppoe.h"

namespace narrows::pipeline {
namespace {

using stats::DropReason;

using PppoeStatus = wire::PppoeSession::Status;

/// Which end of the line we are.
enum class Role { client, concentrator };

/// Why a frame for us found no session: the rows of the contract's section 4, in their order. A concentrator
/// tells a client that goes on with a session which is no more: LCP frames of one are punted.
template <Role role>
[[gnu::noinline, gnu::cold]] Verdict explain_no_session(const Context& context, const Frame& frame,
                                                        wire::PppoeSession pppoe) noexcept {
  const wire::EthernetView ethernet = frame.ethernet;
  const bool more_tags = wire::is_tpid(ethernet.ethertype);  // than any session has
  if (more_tags || !context.sessions->knows_wan_vlans(ethernet.vlans)) return drop(DropReason::unknown_vlan);
  if (ethernet.ethertype == wire::kEthertypePppoeDiscovery) return Verdict::punt;
  if (ethernet.ethertype != wire::kEthertypePppoeSession) return drop(DropReason::not_pppoe);
  switch (pppoe.status) {
    case PppoeStatus::bad_version:
      return drop(DropReason::bad_version);
    case PppoeStatus::bad_code:
      return drop(DropReason::bad_code);
    case PppoeStatus::bad_length:  // of a super-frame: it is cut short
      return drop(std::uint32_t{frame.mbuf.data_len} - ethernet.payload_offset >
                          std::uint32_t{context.ingress_mtu_octets} + wire::kPppoeOverheadOctets
                      ? DropReason::super_frame
                      : DropReason::bad_length);
    case PppoeStatus::valid:
      break;
  }
  if (role == Role::concentrator && pppoe.protocol == wire::kPppLcp) return Verdict::punt;
  return drop(DropReason::unknown_session);
}

std::uint16_t find_session(const Context& context, wire::EthernetView ethernet, const std::uint8_t* frame,
                           wire::PppoeSession pppoe) noexcept {
  if (ethernet.ethertype != wire::kEthertypePppoeSession || pppoe.status != PppoeStatus::valid) [[unlikely]]
    return session::kNone;
  const std::uint64_t source = wire::load_mac(frame + sizeof(wire::MacAddress));
  return context.sessions->find_wan(session::session_key(pppoe.id, source), ethernet.vlans);
}

bool is_multicast_packet(const std::uint8_t* ip, Family family) noexcept {
  if (family == Family::ipv6) return wire::header_at<wire::Ipv6Header>(ip).destination[0] == 0xff;
  return wire::header_at<wire::Ipv4Header>(ip).destination[0] >> 4 == 0xe;
}

/// What ends on the client's link, so that the concentrator is asked and not the network: IPv6 multicast and
/// link-local destinations (fe80::/10). IPv4 multicast has no such use here.
template <Family family>
[[gnu::noinline]] Verdict keep_on_link(const std::uint8_t* ip) noexcept {
  if (is_multicast_packet(ip, family))
    return family == Family::ipv6 ? Verdict::punt : drop(DropReason::multicast);
  if (family == Family::ipv4) return Verdict::forward;
  const auto& destination = wire::header_at<wire::Ipv6Header>(ip).destination;
  const bool link_local = destination[0] == 0xfe && (destination[1] & 0xc0) == 0x80;
  return link_local ? Verdict::punt : Verdict::forward;
}

/// What cannot go on at all is dropped for that, so that its sender is told.
[[gnu::noinline, gnu::cold]] Verdict drop_without_peer(const Context& context, const std::uint8_t* ip,
                                                       const wire::IpPacket& packet,
                                                       std::uint16_t mtu_octets) noexcept {
  if (packet.octets > mtu_octets) {
    const Verdict verdict = judge_too_long(context, ip, packet, mtu_octets);
    if (verdict != Verdict::fragment) return verdict;
  }
  return drop(DropReason::no_lan_peer);
}

/// A frame of a known session that carries an IP packet of `family`.
template <Role role, Family family>
[[gnu::always_inline]] inline Verdict classify_data(Burst& burst, const Context& context, unsigned i,
                                                    const Frame& frame, std::uint16_t session,
                                                    std::uint16_t payload_octets) noexcept {
  if (frame.mbuf.nb_segs != 1) [[unlikely]]
    return drop(DropReason::super_frame);
  const auto ip_offset =
      static_cast<std::uint16_t>(frame.ethernet.payload_offset + wire::kPppoeOverheadOctets);
  const std::uint8_t* ip = frame.octets + ip_offset;
  const wire::IpPacket packet = parse_ip(family, ip, payload_octets);
  if (packet.octets == 0) [[unlikely]]
    return drop_bad_ip(context, payload_octets);
  const std::uint16_t mtu = context.sessions->wan_to_lan(session).mtu_octets[index_of(family)];
  if constexpr (role == Role::concentrator) {
    if (mtu != 0)
      if (const Verdict verdict = keep_on_link<family>(ip); verdict != Verdict::forward) return verdict;
  }
  if (context.lan_peers->load(session) == 0 && !is_multicast_packet(ip, family)) [[unlikely]]
    return drop_without_peer(context, ip, packet, mtu);
  return forward_if_fit(burst, context, i, frame, ip_offset, packet, mtu);
}

/// PADI is broadcast (RFC 2516 §5.1).
bool is_broadcast_discovery(const Frame& frame) noexcept {
  return wire::load_mac(frame.octets) == kBroadcast &&
         frame.ethernet.ethertype == wire::kEthertypePppoeDiscovery;
}

template <Role role>
[[gnu::always_inline]] inline Verdict classify(Burst& burst, const Context& context, unsigned i,
                                               const Frame& frame) noexcept {
  const wire::EthernetView ethernet = frame.ethernet;
  if (wire::load_mac(frame.octets) != context.ingress_mac) [[unlikely]] {
    if (role == Role::client || !is_broadcast_discovery(frame)) return drop(DropReason::wrong_destination);
  }

  const wire::PppoeSession pppoe = wire::parse_pppoe_session(
      frame.octets + ethernet.payload_offset, std::size_t{frame.mbuf.data_len} - ethernet.payload_offset);
  const std::uint16_t session = find_session(context, ethernet, frame.octets, pppoe);
  if (session == session::kNone) [[unlikely]]
    return explain_no_session<role>(context, frame, pppoe);
  burst.session[i] = session;

  if (pppoe.protocol == wire::kPppIpv4) [[likely]]
    return classify_data<role, Family::ipv4>(burst, context, i, frame, session, pppoe.payload_octets);
  if (pppoe.protocol == wire::kPppIpv6)
    return classify_data<role, Family::ipv6>(burst, context, i, frame, session, pppoe.payload_octets);
  return wire::is_compressed_ppp(pppoe.protocol) ? drop(DropReason::compressed_protocol) : Verdict::punt;
}

}  // namespace

void classify_wan(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<classify_frame<classify<Role::client>, wire::kEthertypePppoeSession>>(burst, context, frames);
}

void classify_line(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<classify_frame<classify<Role::concentrator>, wire::kEthertypePppoeSession>>(burst, context,
                                                                                            frames);
}

}  // namespace narrows::pipeline
