// SPDX-License-Identifier: BSD-3-Clause
/// How frames are judged: both ends of a line, from the line. Included once for the data path and once for
/// `narrows explain`; all is static, so that the one is compiled as if there were no other.
#pragma once

#include "frame_facts.h"
#include "narrows/wire/ppp.h"
#include "narrows/wire/pppoe.h"

namespace narrows::pipeline::wan {

using stats::DropReason;

using PppoeStatus = wire::PppoeSession::Status;

/// Which end of the line we are.
enum class Role { client, concentrator };

/// A frame for us, by the rows of the contract's section 4, in their order. In the data path it is only asked
/// why a frame found no session. A concentrator tells a client that goes on with a session which is no more:
/// LCP frames of one are punted.
/// @param known  it found one: the verdict is forward.
template <Role role, typename Trace, bool known>
[[gnu::noinline, gnu::cold]] static Verdict judge_session(const Context& context, const Frame& frame,
                                                          wire::PppoeSession pppoe) noexcept {
  const wire::EthernetView ethernet = frame.ethernet;
  const bool more_tags = wire::is_tpid(ethernet.ethertype);  // than any session has
  if (!Trace::holds(context, Check::vlans, !more_tags && context.sessions->knows_wan_vlans(ethernet.vlans)))
    return drop(DropReason::unknown_vlan);
  if (ethernet.ethertype == wire::kEthertypePppoeDiscovery) return Verdict::punt;
  if (!Trace::holds(context, Check::pppoe, ethernet.ethertype == wire::kEthertypePppoeSession))
    return drop(DropReason::not_pppoe);
  if (!Trace::holds(context, Check::pppoe_version, pppoe.status != PppoeStatus::bad_version))
    return drop(DropReason::bad_version);
  if (!Trace::holds(context, Check::pppoe_code, pppoe.status != PppoeStatus::bad_code))
    return drop(DropReason::bad_code);
  if (pppoe.status == PppoeStatus::bad_length) {  // of a super-frame: it is cut short
    const std::uint32_t most = std::uint32_t{context.ingress_mtu_octets} + wire::kPppoeOverheadOctets;
    const std::uint32_t octets = std::uint32_t{frame.mbuf.data_len} - ethernet.payload_offset;
    if (!Trace::holds(context, Check::ingress_frame, octets <= most, octets, most))
      return drop(DropReason::super_frame);
    note<Trace>(context, Check::pppoe_length, false);
    return drop(DropReason::bad_length);
  }
  note<Trace>(context, Check::pppoe_length, true);
  if (!known && role == Role::concentrator && pppoe.protocol == wire::kPppLcp) return Verdict::punt;
  return Trace::holds(context, Check::session, known) ? Verdict::forward : drop(DropReason::unknown_session);
}

static std::uint16_t find_session(const Context& context, wire::EthernetView ethernet,
                                  const std::uint8_t* frame, wire::PppoeSession pppoe) noexcept {
  if (ethernet.ethertype != wire::kEthertypePppoeSession || pppoe.status != PppoeStatus::valid) [[unlikely]]
    return session::kNone;
  const std::uint64_t source = wire::load_mac(frame + sizeof(wire::MacAddress));
  return context.sessions->find_wan(session::session_key(pppoe.id, source), ethernet.vlans);
}

static bool is_multicast_packet(const std::uint8_t* ip, Family family) noexcept {
  if (family == Family::ipv6) return wire::header_at<wire::Ipv6Header>(ip).destination[0] == 0xff;
  return wire::header_at<wire::Ipv4Header>(ip).destination[0] >> 4 == 0xe;
}

/// What ends on the client's link, so that the concentrator is asked and not the network: IPv6 multicast and
/// link-local destinations (fe80::/10). IPv4 multicast has no such use here.
template <Family family, typename Trace>
[[gnu::noinline]] static Verdict keep_on_link(const Context& context, const std::uint8_t* ip) noexcept {
  if (is_multicast_packet(ip, family))
    return Trace::holds(context, Check::ip_group, family == Family::ipv6) ? Verdict::punt
                                                                          : drop(DropReason::multicast);
  if (family == Family::ipv4) return Verdict::forward;
  const auto& destination = wire::header_at<wire::Ipv6Header>(ip).destination;
  const bool link_local = destination[0] == 0xfe && (destination[1] & 0xc0) == 0x80;
  return link_local ? Verdict::punt : Verdict::forward;
}

/// What cannot go on at all is dropped for that, so that its sender is told.
template <typename Trace>
[[gnu::noinline, gnu::cold]] static Verdict drop_without_peer(const Context& context, const std::uint8_t* ip,
                                                              const wire::IpPacket& packet,
                                                              std::uint16_t mtu_octets) noexcept {
  if (packet.octets > mtu_octets) {
    const Verdict verdict = judge_too_long<Trace>(context, ip, packet, mtu_octets);
    if (verdict != Verdict::fragment) return verdict;
  }
  note<Trace>(context, Check::lan_peer, false);
  return drop(DropReason::no_lan_peer);
}

/// A frame of a known session that carries an IP packet of `family`.
template <Role role, Family family, typename Trace>
[[gnu::always_inline]] static inline Verdict classify_data(Burst& burst, const Context& context, unsigned i,
                                                           const Frame& frame, std::uint16_t session,
                                                           std::uint16_t payload_octets) noexcept {
  if (!Trace::holds(context, Check::one_buffer, frame.mbuf.nb_segs == 1, frame.mbuf.pkt_len)) [[unlikely]]
    return drop(DropReason::super_frame);
  const auto ip_offset =
      static_cast<std::uint16_t>(frame.ethernet.payload_offset + wire::kPppoeOverheadOctets);
  const std::uint8_t* ip = frame.octets + ip_offset;
  const wire::IpPacket packet = parse_ip(family, ip, payload_octets);
  if (packet.octets == 0) [[unlikely]]
    return drop_bad_ip<Trace>(context, payload_octets);
  note<Trace>(context, Check::ip, true, payload_octets);
  const std::uint16_t mtu = context.sessions->wan_to_lan(session).mtu_octets[index_of(family)];
  if constexpr (role == Role::concentrator) {
    if (mtu != 0)
      if (const Verdict verdict = keep_on_link<family, Trace>(context, ip); verdict != Verdict::forward)
        return verdict;
  }
  if (context.lan_peers->load(session) == 0 && !is_multicast_packet(ip, family)) [[unlikely]]
    return drop_without_peer<Trace>(context, ip, packet, mtu);
  note<Trace>(context, Check::lan_peer, true);
  return forward_if_fit<Trace>(burst, context, i, frame, ip_offset, packet, mtu);
}

/// PADI is broadcast (RFC 2516 §5.1).
static bool is_broadcast_discovery(const Frame& frame) noexcept {
  return wire::load_mac(frame.octets) == kBroadcast &&
         frame.ethernet.ethertype == wire::kEthertypePppoeDiscovery;
}

template <Role role, typename Trace>
[[gnu::always_inline]] static inline Verdict classify(Burst& burst, const Context& context, unsigned i,
                                                      const Frame& frame) noexcept {
  const wire::EthernetView ethernet = frame.ethernet;
  if (wire::load_mac(frame.octets) != context.ingress_mac) [[unlikely]] {
    if (!Trace::holds(context, Check::destination, role != Role::client && is_broadcast_discovery(frame)))
      return drop(DropReason::wrong_destination);
  } else {
    note<Trace>(context, Check::destination, true);
  }

  const wire::PppoeSession pppoe = wire::parse_pppoe_session(
      frame.octets + ethernet.payload_offset, std::size_t{frame.mbuf.data_len} - ethernet.payload_offset);
  const std::uint16_t session = find_session(context, ethernet, frame.octets, pppoe);
  if (session == session::kNone) [[unlikely]]
    return judge_session<role, Trace, false>(context, frame, pppoe);
  if constexpr (Trace::kTells) judge_session<role, Trace, true>(context, frame, pppoe);
  burst.session[i] = session;

  if (pppoe.protocol == wire::kPppIpv4) [[likely]]
    return classify_data<role, Family::ipv4, Trace>(burst, context, i, frame, session, pppoe.payload_octets);
  if (pppoe.protocol == wire::kPppIpv6)
    return classify_data<role, Family::ipv6, Trace>(burst, context, i, frame, session, pppoe.payload_octets);
  return Trace::holds(context, Check::uncompressed, !wire::is_compressed_ppp(pppoe.protocol))
             ? Verdict::punt
             : drop(DropReason::compressed_protocol);
}

}  // namespace narrows::pipeline::wan
