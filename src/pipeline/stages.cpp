// SPDX-License-Identifier: BSD-3-Clause
#include "stages.h"

#include <array>
#include <bit>

#include "frame_facts.h"
#include "narrows/rewrite/add_pppoe.h"
#include "narrows/rewrite/frame_room.h"
#include "narrows/rewrite/offload.h"
#include "narrows/rewrite/strip_pppoe.h"
#include "narrows/wire/pppoe.h"
#include "stage_parts.h"
#include "syns.h"

namespace narrows::pipeline {
namespace {

/// Hands the checksum of frame i to the egress port where everything needed for that holds (contract 2.5).
bool port_takes_checksum(Burst& burst, const Context& context, unsigned i,
                         const wire::Transport& transport) noexcept {
  if (!context.hardware_checksum || burst.verdict[i] == Verdict::fragment ||
      !rewrite::receive_vouches(*burst.mbufs[i]) || !rewrite::hardware_can_follow(burst.family[i], transport))
    return false;
  // Some ports write the header's checksum besides, and a wrong one would become right.
  if (burst.family[i] == Family::ipv4 && !rewrite::is_ipv4_header_intact(ip_of(burst, i), transport.offset))
    return false;
  burst.checksum_by_port |= std::uint64_t{1} << i;
  return true;
}

}  // namespace

void tell_place(const Burst& burst, const Context& context) noexcept {
  FrameAccount& account = *context.account;
  account.session = burst.session[0];
  if (!goes_on(burst.verdict[0])) return;
  account.ip_offset = burst.ip_offset[0];
  account.ip_octets = burst.ip_octets[0];
}

void finish_checksums(Burst& burst, const Context& context) noexcept {
  for (unsigned i = 0; i < burst.size; ++i) {
    if (!goes_on(burst.verdict[i]) || burst.ip_offset[i] == 0) continue;
    std::uint8_t* ip = ip_of(burst, i);
    const wire::IpPacket packet = packet_of(burst, i, ip);
    const wire::Transport transport = wire::find_transport(ip, packet);
    if (!rewrite::has_partial_checksum(*burst.mbufs[i], ip, packet, transport)) continue;
    count_odd(context, stats::OddCase::partial_checksum);
    if (!port_takes_checksum(burst, context, i, transport)) rewrite::finish_checksum(ip, packet, transport);
  }
}

template <Direction direction, typename Trace>
void clamp(Burst& burst, const Context& context, rewrite::LocateMssBurst locate_mss) noexcept {
  Syns syns;
  unsigned size = 0;
  // Frames of one group have one limit; but what was learned is looked up for each.
  const bool have_one_limit = burst.groups[0].frames == all_of(burst) && burst.group_count == 1 &&
                              !burst.groups[0].each_its_own && context.learned == nullptr;
  const auto max_mss_of = [&](unsigned i) {
    return link_limits<direction>(burst, context, i).max_mss[index_of(burst.family[i])];
  };
  const std::uint16_t common = have_one_limit ? max_mss_of(0) : std::uint16_t{0};
  for (std::uint64_t syn = burst.syn; syn != 0; syn &= syn - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(syn));
    auto* tcp = rte_pktmbuf_mtod_offset(burst.mbufs[i], std::uint8_t*, burst.tcp_offset[i]);
    const std::size_t octets = std::size_t{burst.ip_offset[i]} + burst.ip_octets[i] - burst.tcp_offset[i];
    const Syn syn_of_frame{.segment = {tcp, octets},
                           .max_mss = have_one_limit ? common : max_mss_of(i),
                           .session = burst.session[i],
                           .family = burst.family[i]};
    if constexpr (Trace::kTells) tell_syn(context, syn_of_frame, burst.tcp_offset[i]);
    syns.set(size++, syn_of_frame);
  }
  const std::uint64_t clamped = syns.clamp(size, context, locate_mss);
  if (!context.hardware_checksum) return;
  for (std::uint64_t left = clamped, syn = burst.syn; left != 0; left >>= 1, syn &= syn - 1) {
    if ((left & 1) == 0) continue;
    const auto i = static_cast<unsigned>(std::countr_zero(syn));
    const std::uint8_t* ip = ip_of(burst, i);
    port_takes_checksum(burst, context, i, wire::find_transport(ip, packet_of(burst, i, ip)));
  }
}

template void clamp<Direction::lan_to_wan, NoTrace>(Burst&, const Context&, rewrite::LocateMssBurst) noexcept;
template void clamp<Direction::lan_to_wan, Telling>(Burst&, const Context&, rewrite::LocateMssBurst) noexcept;
template void clamp<Direction::wan_to_lan, NoTrace>(Burst&, const Context&, rewrite::LocateMssBurst) noexcept;
template void clamp<Direction::wan_to_lan, Telling>(Burst&, const Context&, rewrite::LocateMssBurst) noexcept;

template <Direction direction>
void fragment(Burst& burst, const Context& context) noexcept {
  constexpr std::size_t kIpv4 = index_of(Family::ipv4);
  rte_mbuf** next = burst.fragments.data();
  for (std::uint64_t packets = burst.too_long; packets != 0; packets &= packets - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(packets));
    const std::uint16_t session = burst.session[i];
    const std::uint16_t mtu = direction == Direction::lan_to_wan
                                  ? context.sessions->lan_to_wan(session).mtu_octets[kIpv4]
                                  : context.sessions->wan_to_lan(session).mtu_octets[kIpv4];
    rte_mbuf*& packet = burst.mbufs[i];
    const unsigned made = rewrite::fragment(*packet, burst.ip_offset[i], burst.ip_octets[i], mtu, next);
    if (made == 0) {
      burst.verdict[i] = drop(stats::DropReason::no_mbuf);
      burst.too_long &= ~(std::uint64_t{1} << i);
      continue;
    }
    burst.fragment_count[i] = static_cast<std::uint8_t>(made);
    next += made;
    rte_pktmbuf_free(packet);
    packet = nullptr;
  }
}

template void fragment<Direction::lan_to_wan>(Burst&, const Context&) noexcept;
template void fragment<Direction::wan_to_lan>(Burst&, const Context&) noexcept;

namespace {

/// Where the IP packet of a frame is that gets a new header.
struct Place {
  rte_mbuf& mbuf;
  std::uint16_t ip_offset;
  std::uint16_t ip_octets;
  Family family;
};

/// Calls `put_header(place, session)` for each frame that is forwarded, and for each fragment; it says how
/// long that is now. Short frames are filled up behind all others: as good as half of them are, in no order,
/// so that a branch for each would cost more than it saves.
template <typename PutHeader>
[[gnu::always_inline]] inline void put_headers(Burst& burst, std::uint64_t frames,
                                               PutHeader put_header) noexcept {
  std::array<std::uint8_t, kMaxBurst> short_octets;
  std::uint64_t short_frames = 0;
  for_each(frames, [&](unsigned i) {
    if (burst.verdict[i] != Verdict::forward) [[unlikely]]
      return;
    const unsigned octets = put_header(
        Place{*burst.mbufs[i], burst.ip_offset[i], burst.ip_octets[i], burst.family[i]}, burst.session[i]);
    short_octets[i] = static_cast<std::uint8_t>(octets);
    short_frames |= std::uint64_t{octets < wire::kMinFrameOctets} << i;
  });
  for_each(short_frames, [&](unsigned i) { rewrite::fill_up(*burst.mbufs[i], short_octets[i]); });
  rte_mbuf** next = burst.fragments.data();
  for (std::uint64_t packets = burst.too_long; packets != 0; packets &= packets - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(packets));
    for (unsigned left = burst.fragment_count[i]; left > 0; --left, ++next)
      if (const unsigned octets =
              put_header(Place{**next, 0, (*next)->data_len, Family::ipv4}, burst.session[i]);
          octets < wire::kMinFrameOctets)
        rewrite::fill_up(**next, octets);
  }
}

/// The same with a kernel, for a group, which gives all frames the one `header`.
void put_headers(const Burst& burst, const Group& group, const session::HeaderTemplate& header, bool pppoe,
                 HeaderKernel kernel) noexcept {
  HeaderInput input{.mbufs = burst.mbufs.data(),
                    .size = burst.size,
                    .ip_octets = burst.ip_octets.data(),
                    .ip_offset = group.ip_offset,
                    .header = &header,
                    .pppoe = pppoe};
  std::array<rte_mbuf*, kMaxBurst> mbufs;
  alignas(64) std::array<std::uint16_t, kMaxBurst> ip_octets;
  if (group.frames != all_of(burst)) {
    unsigned size = 0;
    for_each(group.frames, [&](unsigned i) {
      mbufs[size] = burst.mbufs[i];
      ip_octets[size++] = burst.ip_octets[i];
    });
    input.mbufs = mbufs.data();
    input.size = size;
    input.ip_octets = ip_octets.data();
  }
  kernel(input);  // NOLINT(clang-analyzer-core.CallAndMessage): what makes groups is a kernel too
}

void add_headers(const Burst& burst, const Group& group, const session::LanToWan& session,
                 HeaderKernel kernel) noexcept {
  session::HeaderTemplate header = session.header;
  wire::header_at<wire::Be16>(header.octets.data() + header.octets.size() - wire::kPppProtocolOctets) =
      wire::Be16(wire::ppp_of(group.family));
  put_headers(burst, group, header, true, kernel);
}

void strip_headers(const Burst& burst, const Group& group, const session::WanToLan& session,
                   std::uint64_t lan_peer, HeaderKernel kernel) noexcept {
  session::HeaderTemplate header = session.header;
  std::uint8_t* end = header.octets.data() + header.octets.size();
  wire::store_mac(end - header.length, lan_peer);
  wire::header_at<wire::Be16>(end - sizeof(wire::Be16)) = wire::Be16(wire::ethertype_of(group.family));
  put_headers(burst, group, header, false, kernel);
}

OwnHeaderInput own_headers(const Burst& burst, const Context& context, const Group& group) noexcept {
  return {.mbufs = burst.mbufs.data(),
          .frames = group.frames,
          .ip_octets = burst.ip_octets.data(),
          .session = burst.session.data(),
          .lan_peer = burst.lan_peer.data(),
          .ip_offset = group.ip_offset,
          .family = group.family,
          .sessions = context.sessions};
}

}  // namespace

void add_headers(Burst& burst, const Context& context, const HeaderKernels& kernels) noexcept {
  const session::SessionTable& sessions = *context.sessions;
  for (unsigned i = 0; i < burst.group_count; ++i) {
    const Group& group = burst.groups[i];
    if (group.each_its_own)
      kernels.add_own(own_headers(burst, context, group));
    else
      add_headers(burst, group, sessions.lan_to_wan(group.session), kernels.put);
  }
  const std::uint64_t others = all_of(burst) & ~burst.grouped;
  if (others == 0) return;
  put_headers(burst, others, [&](const Place& place, std::uint16_t session) {
    return rewrite::add_pppoe(place.mbuf, place.ip_offset, place.ip_octets, place.family,
                              sessions.lan_to_wan(session));
  });
}

void strip_headers(Burst& burst, const Context& context, const HeaderKernels& kernels) noexcept {
  const session::SessionTable& sessions = *context.sessions;
  for (unsigned i = 0; i < burst.group_count; ++i) {
    const Group& group = burst.groups[i];
    if (group.each_its_own)
      kernels.strip_own(own_headers(burst, context, group));
    else
      strip_headers(burst, group, sessions.wan_to_lan(group.session), context.lan_peers->load(group.session),
                    kernels.put);
  }
  const std::uint64_t others = all_of(burst) & ~burst.grouped;
  if (others == 0) return;
  put_headers(burst, others, [&](const Place& place, std::uint16_t session) {
    const auto* ip = rte_pktmbuf_mtod_offset(&place.mbuf, const std::uint8_t*, place.ip_offset);
    return rewrite::strip_pppoe(place.mbuf, place.ip_offset, place.ip_octets, place.family,
                                sessions.wan_to_lan(session),
                                rewrite::lan_destination(ip, place.family, context.lan_peers->load(session)));
  });
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
