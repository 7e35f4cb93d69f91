// SPDX-License-Identifier: BSD-3-Clause
/// How frames are judged: concentrator, from the core. Included once for the data path and once for `narrows
/// explain`; all is static, so that the one is compiled as if there were no other.
#pragma once

#include "frame_facts.h"

namespace narrows::pipeline::core {

using stats::DropReason;

/// A frame that is not sent to us: of those only questions for an address concern a concentrator.
template <typename Trace>
[[gnu::noinline, gnu::cold]] static Verdict refuse(const Context& context, const Frame& frame) noexcept {
  const std::uint64_t destination = wire::load_mac(frame.octets);
  if (!Trace::holds(context, Check::destination, wire::is_multicast_mac(destination)))
    return drop(DropReason::wrong_destination);
  if (!Trace::holds(context, Check::vlans, frame.ethernet.vlans == wire::VlanStack()))
    return drop(DropReason::unknown_vlan);
  if (frame.ethernet.ethertype == wire::kEthertypeArp && destination == kBroadcast) return Verdict::punt;
  if (frame.ethernet.ethertype == wire::kEthertypeIpv6 && frame.mbuf.nb_segs == 1) {
    const std::uint8_t* ip = frame.octets + frame.ethernet.payload_offset;
    const auto packet =
        wire::parse_ipv6(ip, std::size_t{frame.mbuf.data_len} - frame.ethernet.payload_offset);
    if (packet.octets != 0 && is_neighbor_solicitation(ip, packet)) return Verdict::punt;
  }
  note<Trace>(context, Check::group, false);
  return drop(DropReason::multicast);
}

static std::uint16_t find_session(const session::AddressPlan& addresses, const std::uint8_t* ip,
                                  Family family) noexcept {
  return family == Family::ipv4 ? addresses.find_ipv4(wire::header_at<wire::Ipv4Header>(ip).destination)
                                : addresses.find_ipv6(wire::header_at<wire::Ipv6Header>(ip).destination);
}

template <typename Trace>
[[gnu::always_inline]] static inline Verdict classify(Burst& burst, const Context& context, unsigned i,
                                                      const Frame& frame) noexcept {
  const wire::EthernetView ethernet = frame.ethernet;
  if (wire::load_mac(frame.octets) != context.ingress_mac) [[unlikely]]
    return refuse<Trace>(context, frame);
  note<Trace>(context, Check::destination, true);
  // The core is untagged; a lone priority tag is no tag.
  if (!Trace::holds(context, Check::vlans, ethernet.vlans == wire::VlanStack())) [[unlikely]]
    return drop(DropReason::unknown_vlan);
  FoundIp found;
  if (const Verdict verdict = find_ip<Trace>(context, frame, found); verdict != Verdict::forward) [[unlikely]]
    return verdict;
  const auto [ip, packet] = found;
  if (packet.family == Family::ipv6 && is_neighbor_solicitation(ip, packet)) [[unlikely]]
    return Verdict::punt;

  const std::uint16_t session = find_session(*context.addresses, ip, packet.family);
  if (!Trace::holds(context, Check::address, session != session::kNone)) [[unlikely]]
    return drop(DropReason::unknown_session);
  burst.session[i] = session;
  if (context.addresses->learns_router) learn_peer(burst, context, session, frame.octets, true);
  return forward_if_fit<Trace>(burst, context, i, frame, ethernet.payload_offset, packet,
                               context.sessions->lan_to_wan(session).mtu_octets[index_of(packet.family)]);
}

}  // namespace narrows::pipeline::core
