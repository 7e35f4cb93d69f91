// SPDX-License-Identifier: BSD-3-Clause
/// The stages that look one level into tunnels: few packets are, so what most have to pay is a bit in a mask.
#include "narrows/wire/tunnel.h"

#include <algorithm>
#include <bit>

#include "narrows/config/config.h"
#include "narrows/rewrite/offload.h"
#include "stage_parts.h"
#include "stages.h"
#include "syns.h"

namespace narrows::pipeline {
namespace {

/// Calls `work(i)` for each frame whose packet has a tunnel's protocol.
template <typename Work>
void for_each_tunnelled(const Burst& burst, Work work) noexcept {
  for (std::uint64_t frames = burst.tunnelled; frames != 0; frames &= frames - 1)
    work(static_cast<unsigned>(std::countr_zero(frames)));
}

/// A frame's packet and the one inside.
struct Nested {
  std::uint8_t* ip;
  wire::IpPacket outer;
  wire::Transport transport;
  wire::InnerPacket inner;

  [[nodiscard]] std::uint8_t* inner_ip() const noexcept { return ip + inner.offset; }
};

Nested nested_of(const Burst& burst, unsigned i) noexcept {
  std::uint8_t* ip = ip_of(burst, i);
  const wire::IpPacket outer = packet_of(burst, i, ip);
  const wire::Transport transport = wire::find_transport(ip, outer);
  return {ip, outer, transport, wire::find_inner(ip, outer, transport)};
}

/// @return whether there was something to finish.
bool finish_inner(const rte_mbuf& mbuf, const Nested& nested) noexcept {
  if (nested.inner.packet.octets == 0) return false;
  std::uint8_t* ip = nested.inner_ip();
  const wire::Transport transport = wire::find_transport(ip, nested.inner.packet);
  if (!rewrite::has_partial_checksum(mbuf, ip, nested.inner.packet, transport)) return false;
  rewrite::finish_checksum(ip, nested.inner.packet, transport);
  return true;
}

/// @return whether there was something to finish.
bool finish_gre(const rte_mbuf& mbuf, const Nested& nested) noexcept {
  if (nested.transport.protocol != wire::kProtocolGre) return false;
  std::uint8_t* gre = nested.ip + nested.transport.offset;
  const auto octets = static_cast<std::uint16_t>(nested.outer.octets - nested.transport.offset);
  if (!rewrite::has_empty_gre_checksum(mbuf, gre, octets)) return false;
  rewrite::finish_gre_checksum(gre, octets);
  return true;
}

/// The limit for a SYN inside: as `auto`, but of what the outer headers leave of the link's MTU; a figure of
/// the user's is an upper bound still. Headers that leave no room for a segment leave it alone.
std::uint16_t max_mss_inside(const LinkLimits& limits, const wire::InnerPacket& inner) noexcept {
  const std::size_t family = index_of(inner.packet.family);
  const std::uint16_t configured = limits.max_mss[family];
  const unsigned headers = unsigned{inner.offset} + wire::kIpAndTcpOctets[family];
  if (configured == config::kNoMssLimit || headers >= limits.tunnel_mtu_octets) return config::kNoMssLimit;
  return std::min(configured, static_cast<std::uint16_t>(limits.tunnel_mtu_octets - headers));
}

}  // namespace

void finish_tunnelled_checksums(Burst& burst, const Context& context) noexcept {
  for_each_tunnelled(burst, [&](unsigned i) {
    const Nested nested = nested_of(burst, i);
    if (nested.transport.status != wire::Transport::Status::found || nested.transport.fragment) return;
    // In this order. Where Linux leaves the inner checksum to hardware it computes GRE's for the packet with
    // the finished one (local checksum offload); where it leaves GRE's, the inner one is part of the sum.
    const bool inner = finish_inner(*burst.mbufs[i], nested);
    const bool gre = finish_gre(*burst.mbufs[i], nested);
    if (inner || gre) count_odd(context, stats::OddCase::partial_checksum);
  });
}

/// Outer checksums need no care. That of an outer IPv4 header does not cover the inner packet. GRE's (RFC
/// 2784 §2.5) covers it all, but clamp_mss() changes the MSS and the TCP checksum so that the one's
/// complement sum of the two stays as it was (RFC 1624), and both lie in GRE's sum at the same octet parity
/// as in TCP's, because every header in between has an even length; the sum is never 0 in any of its parts,
/// so it is not 0 in one form and 0xffff in the other either.
template <Direction direction, typename Trace>
void clamp_tunnels(Burst& burst, const Context& context, rewrite::LocateMssBurst locate_mss) noexcept {
  Syns syns;
  unsigned size = 0;
  for_each_tunnelled(burst, [&](unsigned i) {
    if (configured_limits<direction>(burst, context, i).tunnel_mtu_octets == 0) return;
    const Nested nested = nested_of(burst, i);
    const wire::InnerPacket& inner = nested.inner;
    if (inner.offset == 0) return;
    if (inner.packet.octets == 0) {
      // The first fragment of a packet that was too long for the tunnel's link is as it should be.
      if (!nested.transport.fragment) count_odd(context, stats::OddCase::inconsistent_ip);
      return;
    }
    const wire::Transport transport = wire::find_transport(nested.inner_ip(), inner.packet);
    if (!has_tcp_header(context, inner.packet, transport)) return;
    std::uint8_t* tcp = nested.inner_ip() + transport.offset;
    if (!wire::opens_connection(wire::header_at<wire::TcpHeader>(tcp).flags)) return;
    count_odd(context, stats::OddCase::tunnelled_syn);
    const auto octets = static_cast<std::size_t>(inner.packet.octets - transport.offset);
    const Syn syn{.segment = {tcp, octets},
                  .max_mss = max_mss_inside(link_limits<direction>(burst, context, i), inner),
                  .session = burst.session[i],
                  .family = inner.packet.family};
    if constexpr (Trace::kTells)
      tell_syn(context, syn, static_cast<std::uint16_t>(burst.ip_offset[i] + inner.offset + transport.offset),
               inner.offset);
    syns.set(size++, syn);
  });
  syns.clamp(size, context, locate_mss);
}

template void clamp_tunnels<Direction::lan_to_wan, NoTrace>(Burst&, const Context&,
                                                            rewrite::LocateMssBurst) noexcept;
template void clamp_tunnels<Direction::lan_to_wan, Telling>(Burst&, const Context&,
                                                            rewrite::LocateMssBurst) noexcept;
template void clamp_tunnels<Direction::wan_to_lan, NoTrace>(Burst&, const Context&,
                                                            rewrite::LocateMssBurst) noexcept;
template void clamp_tunnels<Direction::wan_to_lan, Telling>(Burst&, const Context&,
                                                            rewrite::LocateMssBurst) noexcept;

}  // namespace narrows::pipeline
