// SPDX-License-Identifier: BSD-3-Clause
/// How frames are judged: terminate, LAN→WAN. Included once for the data path and once for `narrows explain`;
/// all is static, so that the one is compiled as if there were no other.
#pragma once

#include "frame_facts.h"

namespace narrows::pipeline::lan {

using stats::DropReason;

constexpr std::uint16_t kDhcpServerPort = 67;  // RFC 2131 §4.1

static constexpr bool is_ipv6_multicast_mac(std::uint64_t mac) noexcept {
  return mac >> 32 == 0x3333;
}  // RFC 2464 §7

/// Our own address, and of the rest what a LAN host must send that way: ARP and IPv6 link multicast.
static bool admits(std::uint64_t own_mac, std::uint64_t destination, std::uint16_t ethertype) noexcept {
  if (destination == own_mac) [[likely]]
    return true;
  if (ethertype == wire::kEthertypeIpv6) return is_ipv6_multicast_mac(destination);
  return ethertype == wire::kEthertypeArp && destination == kBroadcast;
}

/// No tag, a priority tag, or one 802.1Q tag.
static std::uint16_t find_session(const Context& context, wire::EthernetView ethernet) noexcept {
  if (ethernet.tags > 1 || ethernet.outer_tpid == wire::kEthertypeServiceVlan) [[unlikely]]
    return session::kNone;
  return context.sessions->find_lan(static_cast<std::uint16_t>(ethernet.vlans.value()));
}

/// ff02::/16: router solicitations, DHCPv6, MLD and their like, which a PPP link carries as they are.
static bool is_link_multicast(const std::uint8_t* ip) noexcept {
  const auto& destination = wire::header_at<wire::Ipv6Header>(ip).destination;
  return destination[0] == 0xff && destination[1] == 0x02;
}

[[gnu::noinline, gnu::cold]] static bool is_for_dhcp_server(const std::uint8_t* ip,
                                                            const wire::IpPacket& packet) noexcept {
  const wire::Transport transport = wire::find_transport(ip, packet);
  constexpr std::size_t kPortsOctets = 4;
  if (transport.status != wire::Transport::Status::found || transport.protocol != wire::kProtocolUdp ||
      packet.octets < transport.offset + kPortsOctets)
    return false;
  return wire::header_at<wire::Be16>(ip + transport.offset + sizeof(wire::Be16)).host() == kDhcpServerPort;
}

/// A frame that is not for us after all, unless it asks for an address where Narrows hands one out.
template <typename Trace>
[[gnu::noinline, gnu::cold]] static Verdict refuse(Burst& burst, const Context& context, unsigned i,
                                                   const Frame& frame) noexcept {
  const std::uint64_t destination = wire::load_mac(frame.octets);
  if (!Trace::holds(context, Check::destination, wire::is_multicast_mac(destination)))
    return drop(DropReason::wrong_destination);
  const std::uint16_t session = find_session(context, frame.ethernet);
  if (destination == kBroadcast && frame.ethernet.ethertype == wire::kEthertypeIpv4 &&
      session != session::kNone && frame.mbuf.nb_segs == 1 &&
      context.sessions->lan_to_wan(session).hands_out) {
    const std::uint8_t* ip = frame.octets + frame.ethernet.payload_offset;
    const auto packet =
        wire::parse_ipv4(ip, std::size_t{frame.mbuf.data_len} - frame.ethernet.payload_offset);
    if (packet.octets != 0 && is_for_dhcp_server(ip, packet)) {
      burst.session[i] = session;
      return Verdict::punt;
    }
  }
  note<Trace>(context, Check::group, false);
  return drop(DropReason::multicast);
}

template <typename Trace>
[[gnu::always_inline]] static inline Verdict classify(Burst& burst, const Context& context, unsigned i,
                                                      const Frame& frame) noexcept {
  const wire::EthernetView ethernet = frame.ethernet;
  const std::uint64_t destination = wire::load_mac(frame.octets);
  if (!admits(context.ingress_mac, destination, ethernet.ethertype)) [[unlikely]]
    return refuse<Trace>(burst, context, i, frame);
  note<Trace>(context, Check::destination, true);

  const std::uint16_t session = find_session(context, ethernet);
  if (!Trace::holds(context, Check::vlans, session != session::kNone)) [[unlikely]]
    return drop(DropReason::unknown_vlan);
  burst.session[i] = session;

  FoundIp found;
  if (const Verdict verdict = find_ip<Trace>(context, frame, found); verdict != Verdict::forward) [[unlikely]]
    return verdict;
  const auto [ip, packet] = found;

  const bool to_us = destination == context.ingress_mac;
  if (packet.family == Family::ipv6) {
    if (is_neighbor_solicitation(ip, packet)) return Verdict::punt;
    if (!to_us && !Trace::holds(context, Check::ip_group, is_link_multicast(ip)))
      return drop(DropReason::multicast);
  }
  learn_peer(burst, context, session, frame.octets, to_us);
  const session::LanToWan& out = context.sessions->lan_to_wan(session);
  if (packet.family == Family::ipv4 && wire::header_at<wire::Ipv4Header>(ip).destination == out.gateway &&
      out.hands_out && is_for_dhcp_server(ip, packet)) [[unlikely]]
    return Verdict::punt;
  return forward_if_fit<Trace>(burst, context, i, frame, ethernet.payload_offset, packet,
                               out.mtu_octets[index_of(packet.family)]);
}

}  // namespace narrows::pipeline::lan
