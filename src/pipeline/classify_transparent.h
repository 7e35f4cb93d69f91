// SPDX-License-Identifier: BSD-3-Clause
/// How frames are judged: transparent. Included once for the data path and once for `narrows explain`; all is
/// static, so that the one is compiled as if there were no other.
#pragma once

#include "frame_facts.h"
#include "narrows/wire/ppp.h"
#include "narrows/wire/pppoe_discovery.h"

namespace narrows::pipeline::transparent {

/// Where the IP packet of a frame lies, if it carries one.
struct IpPlace {
  std::uint16_t offset = 0;  ///< from the frame's first octet; 0: no IP
  std::size_t present = 0;   ///< octets there, bounded by PPPoE LENGTH where there is one
  Family family = Family::ipv4;
};

[[gnu::always_inline]] static inline IpPlace find_ip(const Frame& frame) noexcept {
  const std::uint16_t offset = frame.ethernet.payload_offset;
  const std::size_t present = std::size_t{frame.mbuf.data_len} - offset;
  if (wire::is_ip(frame.ethernet.ethertype))
    return {offset, present, wire::family_of(frame.ethernet.ethertype)};
  if (frame.ethernet.ethertype != wire::kEthertypePppoeSession) return {};
  const wire::PppoeSession pppoe = wire::parse_pppoe_session(frame.octets + offset, present);
  if (pppoe.status != wire::PppoeSession::Status::valid || !wire::is_ppp_data(pppoe.protocol)) return {};
  return {static_cast<std::uint16_t>(offset + wire::kPppoeOverheadOctets), pppoe.payload_octets,
          wire::family_of_ppp(pppoe.protocol)};
}

/// Whether the frame may tell what a session carries, or that it is over: PADS and PADT, and LCP. Those that
/// are not well-formed too, so that they are counted; it is for the control thread to tell.
static bool tells_of_session(const Frame& frame) noexcept {
  const std::uint8_t* pppoe = frame.octets + frame.ethernet.payload_offset;
  const std::size_t present = std::size_t{frame.mbuf.data_len} - frame.ethernet.payload_offset;
  if (frame.ethernet.ethertype == wire::kEthertypePppoeDiscovery) {
    if (present < sizeof(wire::PppoeHeader)) return false;
    const std::uint8_t code = wire::header_at<wire::PppoeHeader>(pppoe).code;
    return code == wire::kPppoePads || code == wire::kPppoePadt;
  }
  return frame.ethernet.ethertype == wire::kEthertypePppoeSession && present >= wire::kPppoeOverheadOctets &&
         wire::header_at<wire::Be16>(pppoe + sizeof(wire::PppoeHeader)).host() == wire::kPppLcp;
}

[[gnu::noinline]] static void watch(Burst& burst, unsigned i, const Frame& frame) noexcept {
  if (tells_of_session(frame)) burst.watched |= std::uint64_t{1} << i;
}

[[gnu::always_inline]] static inline Verdict classify(Burst& burst, const Context& context, unsigned i,
                                                      const Frame& frame) noexcept {
  const IpPlace place = find_ip(frame);
  if (place.offset == 0) {
    if (context.learned != nullptr) watch(burst, i, frame);
    return Verdict::forward;
  }
  const wire::IpPacket packet = parse_ip(place.family, frame.octets + place.offset, place.present);
  if (packet.octets == 0) [[unlikely]] {
    count_odd(context, stats::OddCase::inconsistent_ip);
    return Verdict::forward;
  }
  note_ip(burst, context, i, frame.octets, place.offset, packet);
  return Verdict::forward;
}

/// What the egress port carries is forwarded, a runt included.
template <typename Trace>
[[gnu::always_inline]] static inline Verdict classify_any(Burst& burst, const Context& context,
                                                          unsigned i) noexcept {
  burst.ip_offset[i] = 0;
  burst.ip_octets[i] = 0;
  if (const auto octets = burst.mbufs[i]->pkt_len; octets > context.max_frame_octets) [[unlikely]] {
    const std::uint32_t most = std::uint32_t{context.ingress_mtu_octets} + wire::kMaxEthernetOctets;
    if (!Trace::holds(context, Check::ingress_frame, octets <= most, octets, most))
      return drop(stats::DropReason::super_frame);
    note<Trace>(context, Check::egress_frame, false, octets, context.max_frame_octets);
    return drop(stats::DropReason::too_big);
  }
  note<Trace>(context, Check::egress_frame, true, burst.mbufs[i]->pkt_len, context.max_frame_octets);
  // Nothing that is found out from here on is held against the frame.
  classify_frame<NoTrace, classify, wire::kEthertypePppoeSession, wire::kEthertypeIpv4, wire::kEthertypeIpv6>(
      burst, context, i);
  return Verdict::forward;
}

}  // namespace narrows::pipeline::transparent
