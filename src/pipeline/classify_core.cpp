// SPDX-License-Identifier: BSD-3-Clause
#include "frame_facts.h"
#include "narrows/pipeline/classify.h"

namespace narrows::pipeline {
namespace {

using stats::DropReason;

/// A frame that is not sent to us: of those only questions for an address concern a concentrator.
[[gnu::noinline, gnu::cold]] Verdict refuse(const Frame& frame) noexcept {
  const std::uint64_t destination = wire::load_mac(frame.octets);
  if (!wire::is_multicast_mac(destination)) return drop(DropReason::wrong_destination);
  if (frame.ethernet.vlans != wire::VlanStack()) return drop(DropReason::unknown_vlan);
  if (frame.ethernet.ethertype == wire::kEthertypeArp && destination == kBroadcast) return Verdict::punt;
  if (frame.ethernet.ethertype == wire::kEthertypeIpv6 && frame.mbuf.nb_segs == 1) {
    const std::uint8_t* ip = frame.octets + frame.ethernet.payload_offset;
    const auto packet =
        wire::parse_ipv6(ip, std::size_t{frame.mbuf.data_len} - frame.ethernet.payload_offset);
    if (packet.octets != 0 && is_neighbor_solicitation(ip, packet)) return Verdict::punt;
  }
  return drop(DropReason::multicast);
}

std::uint16_t find_session(const session::AddressPlan& addresses, const std::uint8_t* ip,
                           Family family) noexcept {
  return family == Family::ipv4 ? addresses.find_ipv4(wire::header_at<wire::Ipv4Header>(ip).destination)
                                : addresses.find_ipv6(wire::header_at<wire::Ipv6Header>(ip).destination);
}

[[gnu::always_inline]] inline Verdict classify(Burst& burst, const Context& context, unsigned i,
                                               const Frame& frame) noexcept {
  const wire::EthernetView ethernet = frame.ethernet;
  if (wire::load_mac(frame.octets) != context.ingress_mac) [[unlikely]]
    return refuse(frame);
  // The core is untagged; a lone priority tag is no tag.
  if (ethernet.vlans != wire::VlanStack()) [[unlikely]]
    return drop(DropReason::unknown_vlan);
  if (!wire::is_ip(ethernet.ethertype)) [[unlikely]]
    return ethernet.ethertype == wire::kEthertypeArp ? Verdict::punt : drop(DropReason::not_ip);
  if (frame.mbuf.nb_segs != 1) [[unlikely]]
    return drop(DropReason::super_frame);  // a buffer holds whatever the port's MTU allows

  const std::uint8_t* ip = frame.octets + ethernet.payload_offset;
  const std::size_t present = std::size_t{frame.mbuf.data_len} - ethernet.payload_offset;
  const wire::IpPacket packet = parse_ip(wire::family_of(ethernet.ethertype), ip, present);
  if (packet.octets == 0) [[unlikely]]
    return drop_bad_ip(context, present);
  if (packet.family == Family::ipv6 && is_neighbor_solicitation(ip, packet)) [[unlikely]]
    return Verdict::punt;

  const std::uint16_t session = find_session(*context.addresses, ip, packet.family);
  if (session == session::kNone) [[unlikely]]
    return drop(DropReason::unknown_session);
  burst.session[i] = session;
  if (context.addresses->learns_router) learn_peer(burst, context, session, frame.octets, true);
  return forward_if_fit(burst, context, i, frame, ethernet.payload_offset, packet,
                        context.sessions->lan_to_wan(session).mtu_octets[index_of(packet.family)]);
}

}  // namespace

void classify_core(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<classify_frame<classify, wire::kEthertypeIpv4, wire::kEthertypeIpv6>>(burst, context, frames);
}

}  // namespace narrows::pipeline
