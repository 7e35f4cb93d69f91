// SPDX-License-Identifier: BSD-3-Clause
#include "plain.h"

#include <algorithm>
#include <array>
#include <bit>

#include "frame_facts.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/shape.h"

namespace narrows::pipeline {
namespace {

using config::Mode;

/// Frames of one shape, and of one session if they have one that the shape proves.
struct Candidates {
  const wire::Shape& shape;
  const Match& match;
  const std::uint16_t* ip_octets;
  std::uint16_t session;  ///< session::kNone: none, or to be looked up for each
};

[[gnu::always_inline]] inline const std::uint8_t* octets_of(const Burst& burst, unsigned i) noexcept {
  return static_cast<const std::uint8_t*>(burst.mbufs[i]->buf_addr) + RTE_PKTMBUF_HEADROOM;
}

template <typename Check>
[[gnu::always_inline]] inline std::uint64_t keep(std::uint64_t frames, Check check) noexcept {
  std::uint64_t kept = 0;
  for_each_of_most(frames, [&](unsigned i) { kept |= std::uint64_t{check(i)} << i; });
  return kept;
}

/// The session of a frame with one tag from the LAN, when it is all that classify_lan() wants of a frame that
/// teaches it nothing.
[[gnu::always_inline]] inline bool find_lan_session(Burst& burst, const Context& context,
                                                    const Candidates& group, unsigned i) noexcept {
  const std::uint8_t* frame = octets_of(burst, i);
  const std::uint16_t tci = wire::header_at<wire::Be16>(frame + sizeof(wire::EthernetHeader)).host();
  const std::uint16_t session = context.sessions->find_lan(tci & wire::kVlanIdMask);
  if (session == session::kNone) return false;
  burst.session[i] = session;
  const session::LanToWan& out = context.sessions->lan_to_wan(session);
  const bool to_gateway =
      out.hands_out && group.shape.family == Family::ipv4 &&
      wire::header_at<wire::Ipv4Header>(frame + group.shape.ip_offset).destination == out.gateway;
  return !to_gateway && group.ip_octets[i] <= out.mtu_octets[index_of(group.shape.family)] &&
         context.lan_peers->is(session, wire::load_mac(frame + sizeof(wire::MacAddress)));
}

wire::VlanStack vlans_of(const std::uint8_t* frame, unsigned ip_offset) noexcept {
  const auto id = [&](std::size_t tag) {
    const std::size_t at = sizeof(wire::EthernetHeader) + tag * sizeof(wire::VlanTag);
    return static_cast<std::uint16_t>(wire::header_at<wire::Be16>(frame + at).host() & wire::kVlanIdMask);
  };
  constexpr unsigned kUntagged = sizeof(wire::EthernetHeader) + wire::kPppoeOverheadOctets;
  if (ip_offset == kUntagged) return {};
  return ip_offset == kUntagged + sizeof(wire::VlanTag) ? wire::VlanStack(id(0))
                                                        : wire::VlanStack(id(0), id(1));
}

[[gnu::always_inline]] inline bool find_wan_session(Burst& burst, const Context& context,
                                                    const Candidates& group, unsigned i) noexcept {
  const std::uint8_t* frame = octets_of(burst, i);
  const std::uint8_t* pppoe = frame + group.shape.ip_offset - wire::kPppoeOverheadOctets;
  const std::uint64_t key = session::session_key(wire::header_at<wire::PppoeHeader>(pppoe).session_id.host(),
                                                 wire::load_mac(frame + sizeof(wire::MacAddress)));
  const std::uint16_t session = context.sessions->find_wan(key, vlans_of(frame, group.shape.ip_offset));
  if (session == session::kNone) return false;
  const std::uint64_t peer = context.lan_peers->load(session);
  burst.session[i] = session;
  burst.lan_peer[i] = peer;
  const std::uint16_t mtu = context.sessions->wan_to_lan(session).mtu_octets[index_of(group.shape.family)];
  return group.ip_octets[i] <= mtu && peer != 0;
}

constexpr std::uint16_t tcp_offset_of(std::uint16_t ip_offset, Family family) noexcept {
  const std::size_t header = family == Family::ipv4 ? sizeof(wire::Ipv4Header) : sizeof(wire::Ipv6Header);
  return static_cast<std::uint16_t>(ip_offset + header);
}

/// Whether nothing has to be looked into behind the IP header.
bool is_plain_protocol(const Burst& burst, const wire::Shape& shape, unsigned i) noexcept {
  const std::uint8_t* ip = octets_of(burst, i) + shape.ip_offset;
  if (shape.family == Family::ipv4)
    return !wire::is_tunnel_protocol(wire::header_at<wire::Ipv4Header>(ip).protocol);
  return wire::header_at<wire::Ipv6Header>(ip).next_header == wire::kProtocolUdp;
}

/// IPv6 has TCP's flags beyond what a shape reaches.
std::uint64_t opening(const Burst& burst, const Candidates& group, std::uint64_t tcp) noexcept {
  if (group.shape.opens_connection != 0) return group.match.opens_connection;
  const unsigned tcp_offset = group.shape.ip_offset + unsigned{sizeof(wire::Ipv6Header)};
  return keep(tcp, [&](unsigned i) {
    return wire::opens_connection(wire::header_at<wire::TcpHeader>(octets_of(burst, i) + tcp_offset).flags);
  });
}

/// Writes what is known of `frames` into the burst's arrays.
void note(Burst& burst, const Candidates& group, std::uint64_t frames) noexcept {
  const std::uint16_t tcp_offset = tcp_offset_of(group.shape.ip_offset, group.shape.family);
  for_each(frames, [&](unsigned i) {
    burst.verdict[i] = Verdict::forward;
    burst.ip_offset[i] = group.shape.ip_offset;
    burst.ip_octets[i] = group.ip_octets[i];
    burst.family[i] = group.shape.family;
    burst.tcp_offset[i] = tcp_offset;
  });
}

/// The same where it is alike for all; but for their sessions, where `each_its_own`.
void note_group(Burst& burst, const Candidates& group, std::uint64_t frames, bool each_its_own) noexcept {
  burst.groups[burst.group_count++] = {frames, group.session, group.shape.ip_offset, group.shape.family,
                                       each_its_own};
  burst.grouped |= frames;
}

/// The shape as it is to be compared just now, and what it proves. Nothing can be plain when max_ip_octets is
/// 0.
struct Trial {
  const wire::Shape& shape;
  std::uint64_t source = 0;  ///< as MatchInput has it
  std::uint16_t session = session::kNone;
  std::uint16_t max_ip_octets = 0xffff;
};

/// The one that all frames of a shape belong to, if the shape says that much.
template <Direction direction>
std::uint16_t proven_session(const session::SessionTable& sessions, const wire::Shape& shape) noexcept {
  if (sessions.size() == 1) return 0;
  if (direction == Direction::wan_to_lan) return session::kNone;
  return shape.ip_offset == sizeof(wire::EthernetHeader) ? sessions.find_lan(0) : session::kNone;
}

template <Mode mode, Direction direction>
Trial prepare(const Context& context, const wire::Shape& shape) noexcept {
  if constexpr (mode == Mode::transparent) {
    return {shape};
  } else {
    const std::uint16_t session = proven_session<direction>(*context.sessions, shape);
    if (session == session::kNone) return {shape};
    const std::uint64_t peer = context.lan_peers->load(session);
    const std::size_t family = index_of(shape.family);
    if constexpr (direction == Direction::wan_to_lan)
      return {shape, 0, session,
              peer == 0 ? std::uint16_t{0} : context.sessions->wan_to_lan(session).mtu_octets[family]};
    return {shape, peer, session,
            peer == 0 ? std::uint16_t{0} : context.sessions->lan_to_wan(session).mtu_octets[family]};
  }
}

template <Mode mode, Direction direction>
const wire::Shapes& shapes_of(const Context& context) noexcept {
  if constexpr (mode == Mode::transparent)
    return wire::any_shapes();
  else
    return context.sessions->shapes(ingress_of(direction));
}

template <Mode mode, Direction direction>
std::uint64_t classify_shape(Burst& burst, const Context& context, MatchKernel kernel,
                             const wire::Shape& wanted, std::uint64_t rest, std::uint64_t all) noexcept {
  const Trial trial = prepare<mode, direction>(context, wanted);
  const std::uint32_t max_frame = mode == Mode::transparent ? context.max_frame_octets : 0xffff;
  Match match;
  // What is known of earlier shapes' frames must stay.
  alignas(64) std::array<std::uint16_t, kMaxBurst> aside;
  std::uint16_t* ip_octets = rest == all ? burst.ip_octets.data() : aside.data();
  kernel({.mbufs = burst.mbufs.data(),
          .size = burst.size,
          .shape = &trial.shape,
          .source = trial.source,
          .max_ip_octets = trial.max_ip_octets,
          .max_frame_octets = static_cast<std::uint16_t>(std::min<std::uint32_t>(max_frame, 0xffff)),
          .ip_octets = ip_octets},
         match);
  const Candidates group{trial.shape, match, ip_octets, trial.session};
  std::uint64_t plain = match.plain & rest;
  if (const std::uint64_t other = plain & ~match.no_tunnel; other != 0)
    plain &= ~other | keep(other, [&](unsigned i) { return is_plain_protocol(burst, trial.shape, i); });
  const bool have_one_session = mode == Mode::transparent || trial.session != session::kNone;
  if (!have_one_session) {
    if constexpr (direction == Direction::lan_to_wan)
      plain = keep(plain, [&](unsigned i) { return find_lan_session(burst, context, group, i); });
    else
      plain = keep(plain, [&](unsigned i) { return find_wan_session(burst, context, group, i); });
  }
  if (plain != 0) note_group(burst, group, plain, !have_one_session);
  burst.syn |= plain & opening(burst, group, match.tcp & plain);
  burst.in_groups_alone = plain == all;
  if (!burst.in_groups_alone) {
    if (have_one_session) for_each(plain, [&](unsigned i) { burst.session[i] = group.session; });
    note(burst, group, plain);
  }
  return plain;
}

}  // namespace

void spell_out(Burst& burst) noexcept {
  if (!burst.in_groups_alone) return;
  burst.in_groups_alone = false;
  const Group& group = burst.groups[0];
  burst.verdict.fill(Verdict::forward);
  if (!group.each_its_own) burst.session.fill(group.session);
  burst.ip_offset.fill(group.ip_offset);
  burst.family.fill(group.family);
  burst.tcp_offset.fill(tcp_offset_of(group.ip_offset, group.family));
}

template <Mode mode, Direction direction>
std::uint64_t classify_plain(Burst& burst, const Context& context, MatchKernel kernel) noexcept {
  for (unsigned i = burst.size; i % 8 != 0; ++i) burst.mbufs[i] = burst.mbufs[0];
  const std::uint64_t all = all_of(burst);
  std::uint64_t plain = 0;
  std::array<const wire::Shape*, kMaxGroups> tried;
  unsigned tries = 0;
  for (std::uint64_t rest = all; rest != 0 && tries < kMaxGroups;) {
    const auto first = static_cast<unsigned>(std::countr_zero(rest));
    const wire::Shape* shape =
        &wire::shape_to_try(shapes_of<mode, direction>(context), octets_of(burst, first));
    const bool is_new = std::find(tried.begin(), tried.begin() + tries, shape) == tried.begin() + tries;
    if (shape->ip_offset != 0 && is_new) {
      plain |= classify_shape<mode, direction>(burst, context, kernel, *shape, rest, all);
      tried[tries++] = shape;
    }
    rest &= ~(plain | std::uint64_t{1} << first);
  }
  return plain;
}

template std::uint64_t classify_plain<Mode::terminate, Direction::lan_to_wan>(Burst&, const Context&,
                                                                              MatchKernel) noexcept;
template std::uint64_t classify_plain<Mode::terminate, Direction::wan_to_lan>(Burst&, const Context&,
                                                                              MatchKernel) noexcept;
template std::uint64_t classify_plain<Mode::transparent, Direction::lan_to_wan>(Burst&, const Context&,
                                                                                MatchKernel) noexcept;
template std::uint64_t classify_plain<Mode::transparent, Direction::wan_to_lan>(Burst&, const Context&,
                                                                                MatchKernel) noexcept;

}  // namespace narrows::pipeline
