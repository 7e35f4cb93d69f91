// SPDX-License-Identifier: BSD-3-Clause
#include "frame_facts.h"
#include "narrows/pipeline/classify.h"
#include "narrows/wire/pppoe.h"

namespace narrows::pipeline {
namespace {

/// Where the IP packet of a frame lies, if it carries one.
struct IpPlace {
  std::uint16_t offset = 0;  ///< from the frame's first octet; 0: no IP
  std::size_t present = 0;   ///< octets there, bounded by PPPoE LENGTH where there is one
  Family family = Family::ipv4;
};

IpPlace find_ip(const std::uint8_t* frame, std::size_t octets) noexcept {
  const wire::EthernetView ethernet = wire::parse_ethernet(frame, octets);
  if (ethernet.payload_offset == 0) return {};
  const std::size_t present = octets - ethernet.payload_offset;
  if (wire::is_ip(ethernet.ethertype))
    return {ethernet.payload_offset, present, wire::family_of(ethernet.ethertype)};
  if (ethernet.ethertype != wire::kEthertypePppoeSession) return {};
  const wire::PppoeSession pppoe = wire::parse_pppoe_session(frame + ethernet.payload_offset, present);
  if (pppoe.status != wire::PppoeSession::Status::valid || !wire::is_ppp_data(pppoe.protocol)) return {};
  return {static_cast<std::uint16_t>(ethernet.payload_offset + wire::kPppoeOverheadOctets),
          pppoe.payload_octets, wire::family_of_ppp(pppoe.protocol)};
}

Verdict classify_frame(Burst& burst, const Context& context, unsigned i) noexcept {
  const rte_mbuf& mbuf = *burst.mbufs[i];
  burst.session[i] = session::kNone;
  burst.ip_offset[i] = 0;
  burst.ip_octets[i] = 0;
  if (mbuf.pkt_len > context.max_frame_octets) [[unlikely]] {
    count_odd(context, stats::OddCase::super_frame);
    return drop(stats::DropReason::too_big);
  }
  const auto* frame = rte_pktmbuf_mtod(&mbuf, const std::uint8_t*);
  const IpPlace place = find_ip(frame, mbuf.data_len);
  if (place.offset == 0) return Verdict::forward;
  const wire::IpPacket packet = parse_ip(context, place.family, frame + place.offset, place.present);
  if (packet.octets == 0) [[unlikely]]
    count_odd(context, stats::OddCase::inconsistent_ip);
  else
    note_ip(burst, context, i, frame, place.offset, packet);
  return Verdict::forward;
}

}  // namespace

void classify_transparent(Burst& burst, const Context& context) noexcept {
  classify_each(burst, context, classify_frame);
}

}  // namespace narrows::pipeline
