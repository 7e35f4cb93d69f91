// SPDX-License-Identifier: BSD-3-Clause
/// What the classifiers have in common.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "narrows/pipeline/burst.h"
#include "narrows/pipeline/context.h"
#include "narrows/session/session.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/tcp.h"

namespace narrows::pipeline {

inline void count_odd(const Context& context, stats::OddCase odd) noexcept {
  context.counters->odd[index_of(odd)].add(1);
}

/// Whether a new header fits in front of the IP packet at `ip_offset`, and padding behind a short one. Always
/// so in buffers of Narrows' own pools; asked because a driver may bring others.
[[nodiscard]] inline bool has_room(const rte_mbuf& mbuf, std::uint16_t ip_offset) noexcept {
  const unsigned ip = mbuf.data_off + ip_offset;
  return ip >= session::kTemplateOctets && ip + wire::kMinFrameOctets <= mbuf.buf_len;
}

/// The verdict on a frame in several buffers: the pools' buffers hold whatever the port's MTU allows, so it
/// is a super-frame of a virtual port.
[[nodiscard]] inline Verdict drop_scattered(const Context& context) noexcept {
  count_odd(context, stats::OddCase::super_frame);
  return drop(stats::DropReason::too_big);
}

/// The IP packet at `ip`, octets 0 when it contradicts the frame. One that claims more than the ingress link
/// carries is a super-frame cut short: a segmentation offload that nobody finished (contract 2.5).
[[nodiscard]] inline wire::IpPacket parse_ip(const Context& context, Family family, const std::uint8_t* ip,
                                             std::size_t present) noexcept {
  const bool ipv4 = family == Family::ipv4;
  const wire::IpPacket packet = ipv4 ? wire::parse_ipv4(ip, present) : wire::parse_ipv6(ip, present);
  if (packet.octets != 0) [[likely]]
    return packet;
  const std::size_t length_offset = ipv4 ? 2 : 4;
  if (present >= length_offset + 2 &&
      wire::header_at<wire::Be16>(ip + length_offset).host() > context.ingress_mtu_octets)
    count_odd(context, stats::OddCase::super_frame);
  return packet;
}

/// Notes the IP packet of frame i, and whether it opens a TCP connection.
inline void note_ip(Burst& burst, const Context& context, unsigned i, const std::uint8_t* frame,
                    std::uint16_t ip_offset, wire::IpPacket packet) noexcept {
  burst.ip_offset[i] = ip_offset;
  burst.ip_octets[i] = packet.octets;
  burst.family[i] = packet.family;
  const std::uint8_t* ip = frame + ip_offset;
  const wire::Transport transport = wire::find_transport(ip, packet);
  if (transport.status != wire::Transport::Status::found) [[unlikely]] {
    if (transport.status == wire::Transport::Status::walk_ended)
      count_odd(context, stats::OddCase::extension_header_end);
    return;
  }
  if (transport.protocol != wire::kProtocolTcp) return;
  if (packet.octets - transport.offset < static_cast<int>(sizeof(wire::TcpHeader))) [[unlikely]] {
    count_odd(context, stats::OddCase::truncated_tcp);
    return;
  }
  const auto& tcp = wire::header_at<wire::TcpHeader>(ip + transport.offset);
  burst.tcp_offset[i] = static_cast<std::uint16_t>(ip_offset + transport.offset);
  burst.syn |= std::uint64_t{wire::opens_connection(tcp.flags)} << i;
}

/// Runs `classify(burst, context, i)` for every frame and notes its verdict.
template <typename ClassifyFrame>
void classify_each(Burst& burst, const Context& context, ClassifyFrame classify) noexcept {
  burst.syn = 0;
  for (unsigned i = 0; i < burst.size; ++i) burst.verdict[i] = classify(burst, context, i);
}

}  // namespace narrows::pipeline
