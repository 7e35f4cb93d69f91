// SPDX-License-Identifier: BSD-3-Clause
/// What the classifiers have in common.
#pragma once

#include <rte_mbuf.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "narrows/pipeline/burst.h"
#include "narrows/pipeline/context.h"
#include "narrows/rewrite/checksum.h"
#include "narrows/session/session.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/tcp.h"
#include "narrows/wire/tunnel.h"
#include "trace.h"

namespace narrows::pipeline {

inline void count_odd(const Context& context, stats::OddCase odd) noexcept {
  context.counters->odd[index_of(odd)].add(1);
}

/// Whether a new header fits in front of the IP packet at `ip_offset`, and padding behind a short one. So it
/// is in every buffer of Narrows' own pools that a driver fills from the usual place.
[[nodiscard]] inline bool has_room(const rte_mbuf& mbuf, std::uint16_t ip_offset) noexcept {
  static_assert(RTE_PKTMBUF_HEADROOM >= session::kTemplateOctets);
  if (mbuf.data_off == RTE_PKTMBUF_HEADROOM) [[likely]]
    return true;
  const unsigned ip = mbuf.data_off + ip_offset;
  return ip >= session::kTemplateOctets && ip + wire::kMinFrameOctets <= mbuf.buf_len;
}

[[nodiscard]] inline wire::IpPacket parse_ip(Family family, const std::uint8_t* ip,
                                             std::size_t present) noexcept {
  return family == Family::ipv4 ? wire::parse_ipv4(ip, present) : wire::parse_ipv6(ip, present);
}

/// The verdict on a packet that contradicts its frame. One in a frame longer than the ingress link carries is
/// a super-frame cut short: a segmentation offload that nobody finished (contract 2.5).
template <typename Trace>
[[nodiscard]] inline Verdict drop_bad_ip(const Context& context, std::size_t present) noexcept {
  const std::size_t mtu = context.ingress_mtu_octets;
  if (!Trace::holds(context, Check::ingress_mtu, present <= mtu, present, mtu))
    return drop(stats::DropReason::super_frame);
  note<Trace>(context, Check::ip, false, present);
  return drop(stats::DropReason::bad_ip);
}

/// The verdict on what comes by the LAN or the core and is no IP packet.
template <typename Trace>
[[nodiscard, gnu::always_inline]] inline Verdict judge_no_ip(const Context& context,
                                                             std::uint16_t ethertype) noexcept {
  const bool is_arp = Trace::holds(context, Check::ip_or_arp, ethertype == wire::kEthertypeArp);
  return is_arp ? Verdict::punt : drop(stats::DropReason::not_ip);
}

/// A datagram has 65,535 octets; the offsets of what lies beyond would begin again at 0.
inline constexpr unsigned kMaxDatagramEnd = 0xffff;

/// The verdict on a packet longer than `mtu_octets` of the link it would leave by; 0: that link is down.
template <typename Trace>
[[nodiscard, gnu::noinline, gnu::cold]] inline Verdict judge_too_long(const Context& context,
                                                                      const std::uint8_t* ip,
                                                                      const wire::IpPacket& packet,
                                                                      std::uint16_t mtu_octets) noexcept {
  if (!Trace::holds(context, Check::session_up, mtu_octets != 0))
    return drop(stats::DropReason::session_down);
  if (!Trace::holds(context, Check::ingress_mtu, packet.octets <= context.ingress_mtu_octets, packet.octets,
                    context.ingress_mtu_octets))
    return drop(stats::DropReason::super_frame);
  if (packet.family == Family::ipv6) {
    note<Trace>(context, Check::mtu, false, packet.octets, mtu_octets);
    return drop(stats::DropReason::too_big);
  }
  // A header on its way through is not ours to judge, but new ones are made from this (RFC 1812 §5.2.2).
  if (!Trace::holds(context, Check::header_checksum,
                    rewrite::is_ipv4_header_intact(ip, packet.header_octets)))
    return drop(stats::DropReason::bad_ip);
  const unsigned flags_offset = wire::header_at<wire::Ipv4Header>(ip).flags_fragment_offset.host();
  const unsigned end = (flags_offset & wire::kIpv4FragmentOffsetMask) * 8 + packet.octets;
  const bool may_fragment = (flags_offset & wire::kIpv4DontFragment) == 0 && end <= kMaxDatagramEnd;
  note<Trace>(context, Check::may_be_cut, may_fragment, packet.octets, mtu_octets);
  return may_fragment ? Verdict::fragment : drop(stats::DropReason::too_big);
}

/// Whether TCP's fixed header is there, at transport.offset, as far as it is to be looked at (contract 2.1).
[[nodiscard, gnu::always_inline]] inline bool has_tcp_header(const Context& context,
                                                             const wire::IpPacket& packet,
                                                             const wire::Transport& transport) noexcept {
  if (transport.status != wire::Transport::Status::found) [[unlikely]] {
    if (transport.status == wire::Transport::Status::walk_ended)
      count_odd(context, stats::OddCase::extension_header_end);
    return false;
  }
  if (transport.protocol != wire::kProtocolTcp) return false;
  if (packet.octets - transport.offset < static_cast<int>(sizeof(wire::TcpHeader))) [[unlikely]] {
    count_odd(context, stats::OddCase::truncated_tcp);
    return false;
  }
  return true;
}

/// Notes the IP packet of frame i, and whether it opens a TCP connection or may be a tunnel's.
inline void note_ip(Burst& burst, const Context& context, unsigned i, const std::uint8_t* frame,
                    std::uint16_t ip_offset, wire::IpPacket packet) noexcept {
  burst.ip_offset[i] = ip_offset;
  burst.ip_octets[i] = packet.octets;
  burst.family[i] = packet.family;
  const std::uint8_t* ip = frame + ip_offset;
  const wire::Transport transport = wire::find_transport(ip, packet);
  if (!has_tcp_header(context, packet, transport)) {
    if (wire::is_tunnel_protocol(transport.protocol)) [[unlikely]]
      burst.tunnelled |= std::uint64_t{1} << i;
    return;
  }
  burst.tcp_offset[i] = static_cast<std::uint16_t>(ip_offset + transport.offset);
  burst.opens_connection[i] =
      wire::opens_connection(wire::header_at<wire::TcpHeader>(ip + transport.offset).flags);
}

/// Bit i of the result is octet i, each 0 or 1. Eight at a time: the product moves octet k's bit to bit 56 +
/// k.
[[nodiscard]] inline std::uint64_t gather_bits(const std::array<std::uint8_t, kMaxBurst>& octets) noexcept {
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < kMaxBurst; i += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, octets.data() + i, sizeof(eight));
    bits |= (eight * 0x0102040810204080 >> 56) << i;
  }
  return bits;
}

/// A frame and what is known of it when its Ethernet header has been read.
struct Frame {
  const rte_mbuf& mbuf;
  const std::uint8_t* octets;
  wire::EthernetView ethernet;  ///< payload_offset is not 0
};

/// The IP packet of a frame that comes by the LAN or the core.
struct FoundIp {
  const std::uint8_t* ip;
  wire::IpPacket packet;  ///< valid
};

/// @return forward, and the packet in `found`; else the verdict on a frame that has none.
template <typename Trace>
[[nodiscard, gnu::always_inline]] inline Verdict find_ip(const Context& context, const Frame& frame,
                                                         FoundIp& found) noexcept {
  const wire::EthernetView ethernet = frame.ethernet;
  if (!wire::is_ip(ethernet.ethertype)) [[unlikely]]
    return judge_no_ip<Trace>(context, ethernet.ethertype);
  note<Trace>(context, Check::ip_or_arp, true);
  if (!Trace::holds(context, Check::one_buffer, frame.mbuf.nb_segs == 1, frame.mbuf.pkt_len)) [[unlikely]]
    return drop(stats::DropReason::super_frame);  // a buffer holds whatever the port's MTU allows

  const std::size_t present = std::size_t{frame.mbuf.data_len} - ethernet.payload_offset;
  found.ip = frame.octets + ethernet.payload_offset;
  found.packet = parse_ip(wire::family_of(ethernet.ethertype), found.ip, present);
  if (found.packet.octets == 0) [[unlikely]]
    return drop_bad_ip<Trace>(context, present);
  note<Trace>(context, Check::ip, true, present);
  return Verdict::forward;
}

inline constexpr std::uint8_t kNeighborSolicitation = 135;  // RFC 4861 §4.3
inline constexpr std::uint64_t kBroadcast = 0xffff'ffff'ffff;

/// Of a valid IPv6 packet.
inline bool is_neighbor_solicitation(const std::uint8_t* ip, const wire::IpPacket& packet) noexcept {
  return wire::header_at<wire::Ipv6Header>(ip).next_header == wire::kProtocolIcmpv6 &&
         packet.octets > sizeof(wire::Ipv6Header) && ip[sizeof(wire::Ipv6Header)] == kNeighborSolicitation;
}

/// Frames sent to us name the LAN host. Its multicast does only while nothing better is known: other stations
/// of the LAN are heard there too.
[[gnu::noinline]] inline void learn_new_peer(Burst& burst, session::LanPeers& peers, std::uint16_t session,
                                             std::uint64_t source, bool to_us) noexcept {
  if (wire::is_multicast_mac(source) || source == 0) return;
  if (!to_us && peers.load(session) != 0) return;
  peers.learn(session, source);
  burst.learned_peer = true;
}

inline void learn_peer(Burst& burst, const Context& context, std::uint16_t session, const std::uint8_t* frame,
                       bool to_us) noexcept {
  const std::uint64_t source = wire::load_mac(frame + sizeof(wire::MacAddress));
  if (!context.lan_peers->is(session, source)) [[unlikely]]
    learn_new_peer(burst, *context.lan_peers, session, source, to_us);
}

/// The last step of a packet on its way into or out of a session: whether it fits there, whole or in
/// fragments, and this buffer.
template <typename Trace>
[[nodiscard, gnu::always_inline]] inline Verdict forward_if_fit(Burst& burst, const Context& context,
                                                                unsigned i, const Frame& frame,
                                                                std::uint16_t ip_offset,
                                                                const wire::IpPacket& packet,
                                                                std::uint16_t mtu_octets) noexcept {
  Verdict verdict = Verdict::forward;
  if (packet.octets > mtu_octets) [[unlikely]] {
    verdict = judge_too_long<Trace>(context, frame.octets + ip_offset, packet, mtu_octets);
    if (verdict != Verdict::fragment) return verdict;
    burst.too_long |= std::uint64_t{1} << i;
  } else if (note<Trace>(context, Check::mtu, true, packet.octets, mtu_octets);
             !Trace::holds(context, Check::room, has_room(frame.mbuf, ip_offset))) [[unlikely]] {
    return drop(stats::DropReason::no_room);
  }
  note_ip(burst, context, i, frame.octets, ip_offset, packet);
  return verdict;
}

/// Reads the Ethernet header of frame i, whatever it holds, and goes on with `classify`.
template <typename Trace, auto classify>
[[gnu::noinline]] Verdict classify_any_header(Burst& burst, const Context& context, unsigned i) noexcept {
  const rte_mbuf& mbuf = *burst.mbufs[i];
  const auto* octets = rte_pktmbuf_mtod(&mbuf, const std::uint8_t*);
  const wire::EthernetView ethernet = wire::parse_ethernet(octets, mbuf.data_len);
  if (!Trace::holds(context, Check::ethernet_header, ethernet.payload_offset != 0))
    return drop(stats::DropReason::runt);
  return classify(burst, context, i, Frame{mbuf, octets, ethernet});
}

/// The same, with an instance of `classify` for each of the `likely` ethertypes of untagged frames: there,
/// ethertype, offsets and often the family are constants to the compiler.
template <typename Trace, auto classify, std::uint16_t... likely>
Verdict classify_frame(Burst& burst, const Context& context, unsigned i) noexcept {
  const rte_mbuf& mbuf = *burst.mbufs[i];
  const auto* octets = rte_pktmbuf_mtod(&mbuf, const std::uint8_t*);
  if (mbuf.data_len < sizeof(wire::EthernetHeader)) [[unlikely]] {
    note<Trace>(context, Check::ethernet_header, false);
    return drop(stats::DropReason::runt);
  }
  const std::uint16_t ethertype = wire::header_at<wire::EthernetHeader>(octets).ethertype.host();
  Verdict verdict = Verdict::forward;
  const auto is = [&](auto one) {
    if (ethertype != one) return false;
    note<Trace>(context, Check::ethernet_header, true);
    verdict = classify(burst, context, i, Frame{mbuf, octets, {one, sizeof(wire::EthernetHeader)}});
    return true;
  };
  if ((is(std::integral_constant<std::uint16_t, likely>{}) || ...)) return verdict;
  return classify_any_header<Trace, classify>(burst, context, i);
}

/// A bit for each frame of the burst.
[[nodiscard]] inline std::uint64_t all_of(const Burst& burst) noexcept {
  return burst.size == 0 ? 0 : ~std::uint64_t{0} >> (kMaxBurst - burst.size);
}

/// Calls `work(i)` for each bit i of `frames`.
template <typename Work>
[[gnu::always_inline]] inline void for_each(std::uint64_t frames, Work work) noexcept {
  for (; frames != 0; frames &= frames - 1) work(static_cast<unsigned>(std::countr_zero(frames)));
}

/// The same for frames that are most likely the first ones without a gap, which are counted: that takes fewer
/// instructions than to look for the next bit. `work` is there twice.
template <typename Work>
[[gnu::always_inline]] inline void for_each_of_most(std::uint64_t frames, Work work) noexcept {
  const auto first = static_cast<unsigned>(std::countr_one(frames));
  for (unsigned i = 0; i < first; ++i) work(i);
  if (first < kMaxBurst && frames >> first != 0) [[unlikely]]
    for_each(frames >> first << first, work);
}

/// Runs `classify_one` for the frames of `rest` and notes what it says.
template <auto classify_one>
void classify_each(Burst& burst, const Context& context, std::uint64_t rest) noexcept {
  burst.opens_connection.fill(0);
  bool all_forward = true;
  for (; rest != 0; rest &= rest - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(rest));
    burst.session[i] = session::kNone;
    const Verdict verdict = classify_one(burst, context, i);
    burst.verdict[i] = verdict;
    all_forward &= verdict == Verdict::forward;
    if (burst.learned_peer) [[unlikely]] {
      // What was plain before may have something to teach now: all behind this frame is looked at again.
      burst.learned_peer = false;
      rest |= all_of(burst) & ~std::uint64_t{0} << i;
      burst.grouped = burst.group_count = 0;
    }
  }
  burst.all_forward &= all_forward;
  burst.syn |= gather_bits(burst.opens_connection);
}

}  // namespace narrows::pipeline
