// SPDX-License-Identifier: BSD-3-Clause
#include "stages.h"

#include <bit>
#include <span>

#include "narrows/rewrite/add_pppoe.h"
#include "narrows/rewrite/offload.h"
#include "narrows/rewrite/strip_pppoe.h"
#include "narrows/wire/pppoe.h"
#include "stage_parts.h"

namespace narrows::pipeline {
namespace {

/// Hands the checksum of frame i to the egress port where everything needed for that holds (contract 2.5).
bool port_takes_checksum(Burst& burst, const Context& context, unsigned i,
                         const wire::Transport& transport) noexcept {
  if (!context.hardware_checksum || !rewrite::receive_vouches(*burst.mbufs[i]) ||
      !rewrite::hardware_can_follow(burst.family[i], transport))
    return false;
  burst.checksum_by_port |= std::uint64_t{1} << i;
  return true;
}

}  // namespace

void finish_checksums(Burst& burst, const Context& context) noexcept {
  for (unsigned i = 0; i < burst.size; ++i) {
    if (burst.verdict[i] != Verdict::forward || burst.ip_offset[i] == 0) continue;
    std::uint8_t* ip = ip_of(burst, i);
    const wire::IpPacket packet = packet_of(burst, i, ip);
    const wire::Transport transport = wire::find_transport(ip, packet);
    if (!rewrite::has_partial_checksum(*burst.mbufs[i], ip, packet, transport)) continue;
    count_odd(context, stats::OddCase::partial_checksum);
    if (!port_takes_checksum(burst, context, i, transport)) rewrite::finish_checksum(ip, packet, transport);
  }
}

template <Direction direction>
void clamp(Burst& burst, const Context& context) noexcept {
  for (std::uint64_t syn = burst.syn; syn != 0; syn &= syn - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(syn));
    auto* tcp = rte_pktmbuf_mtod_offset(burst.mbufs[i], std::uint8_t*, burst.tcp_offset[i]);
    const std::size_t octets = std::size_t{burst.ip_offset[i]} + burst.ip_octets[i] - burst.tcp_offset[i];
    const std::uint16_t max_mss =
        link_limits<direction>(burst, context, i).max_mss[index_of(burst.family[i])];
    const bool clamped =
        clamp_syn(context, burst.session[i], burst.family[i], std::span(tcp, octets), max_mss);
    if (clamped && context.hardware_checksum) {
      const std::uint8_t* ip = ip_of(burst, i);
      port_takes_checksum(burst, context, i, wire::find_transport(ip, packet_of(burst, i, ip)));
    }
  }
}

template void clamp<Direction::lan_to_wan>(Burst&, const Context&) noexcept;
template void clamp<Direction::wan_to_lan>(Burst&, const Context&) noexcept;

void add_headers(Burst& burst, const Context& context) noexcept {
  const unsigned size = burst.size;
  const session::SessionTable& sessions = *context.sessions;
  for (unsigned i = 0; i < size; ++i) {
    if (burst.verdict[i] != Verdict::forward) [[unlikely]]
      continue;
    rewrite::add_pppoe(*burst.mbufs[i], burst.ip_offset[i], burst.ip_octets[i], burst.family[i],
                       sessions.lan_to_wan(burst.session[i]));
  }
}

void strip_headers(Burst& burst, const Context& context) noexcept {
  const unsigned size = burst.size;
  const session::SessionTable& sessions = *context.sessions;
  for (unsigned i = 0; i < size; ++i) {
    if (burst.verdict[i] != Verdict::forward) [[unlikely]]
      continue;
    const std::uint64_t destination =
        rewrite::lan_destination(ip_of(burst, i), burst.family[i], context.lan_peers->load(burst.session[i]));
    rewrite::strip_pppoe(*burst.mbufs[i], burst.ip_offset[i], burst.ip_octets[i], burst.family[i],
                         sessions.wan_to_lan(burst.session[i]), destination);
  }
}

void leave_checksums_to_port(Burst& burst) noexcept {
  for (std::uint64_t frames = burst.checksum_by_port; frames != 0; frames &= frames - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(frames));
    rte_mbuf& mbuf = *burst.mbufs[i];
    // The frame has its new headers by now; they end where the IP packet begins.
    auto* frame = rte_pktmbuf_mtod(&mbuf, std::uint8_t*);
    const wire::EthernetView ethernet = wire::parse_ethernet(frame, mbuf.data_len);
    const bool pppoe = ethernet.ethertype == wire::kEthertypePppoeSession;
    const auto l2_octets =
        static_cast<std::uint16_t>(ethernet.payload_offset + (pppoe ? wire::kPppoeOverheadOctets : 0));
    std::uint8_t* ip = frame + l2_octets;
    const wire::IpPacket packet = packet_of(burst, i, ip);
    rewrite::leave_checksum_to_port(mbuf, ip, packet, wire::find_transport(ip, packet), l2_octets);
  }
}

}  // namespace narrows::pipeline
