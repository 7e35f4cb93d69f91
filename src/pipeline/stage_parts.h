// SPDX-License-Identifier: BSD-3-Clause
/// What the stages behind classify have in common.
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "frame_facts.h"
#include "narrows/pipeline/burst.h"
#include "narrows/pipeline/context.h"
#include "narrows/rewrite/clamp_mss.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/tcp.h"

namespace narrows::pipeline {

[[nodiscard]] inline std::uint8_t* ip_of(const Burst& burst, unsigned i) noexcept {
  return rte_pktmbuf_mtod_offset(burst.mbufs[i], std::uint8_t*, burst.ip_offset[i]);
}

/// The packet as classify saw it.
[[nodiscard]] inline wire::IpPacket packet_of(const Burst& burst, unsigned i,
                                              const std::uint8_t* ip) noexcept {
  const bool ipv4 = burst.family[i] == Family::ipv4;
  const unsigned header =
      ipv4 ? wire::header_at<wire::Ipv4Header>(ip).header_octets() : sizeof(wire::Ipv6Header);
  return {burst.ip_octets[i], burst.family[i], static_cast<std::uint8_t>(header)};
}

/// What the link of one frame allows in this direction.
struct LinkLimits {
  std::array<std::uint16_t, kFamilies> max_mss;  ///< config::kNoMssLimit: not clamped
  std::uint16_t tunnel_mtu_octets;               ///< 0: TCP inside tunnels is left alone
};

/// Those that follow from the MTU learned of the PPPoE session that frame i belongs to (context.learned is
/// set); nothing: of none, or none was learned.
[[nodiscard]] std::optional<LinkLimits> learned_limits(const Burst& burst, const Context& context,
                                                       unsigned i) noexcept;

/// What is configured for frame i: of its session, or, where it has none, of the one link that all traffic
/// crosses.
template <Direction direction>
[[nodiscard]] LinkLimits configured_limits(const Burst& burst, const Context& context, unsigned i) noexcept {
  const std::uint16_t session = burst.session[i];
  const auto limits_of = [](const auto& from) { return LinkLimits{from.max_mss, from.tunnel_mtu_octets}; };
  if (session == session::kNone) return limits_of(context);
  if constexpr (direction == Direction::lan_to_wan)
    return limits_of(context.sessions->lan_to_wan(session));
  else
    return limits_of(context.sessions->wan_to_lan(session));
}

/// What holds for a SYN in frame i; for SYNs only, as looking up what was learned keeps it from being
/// forgotten.
template <Direction direction>
[[nodiscard]] LinkLimits link_limits(const Burst& burst, const Context& context, unsigned i) noexcept {
  if (burst.session[i] == session::kNone && context.learned != nullptr)
    if (const auto limits = learned_limits(burst, context, i)) return *limits;
  return configured_limits<direction>(burst, context, i);
}

inline void count_syn_odd_cases(const Context& context, const rewrite::ClampResult& result,
                                bool bad_data_offset) noexcept {
  if (bad_data_offset) count_odd(context, stats::OddCase::bad_data_offset);
  if (result.malformed) count_odd(context, stats::OddCase::malformed_options);
  if (result.options == 0) count_odd(context, stats::OddCase::syn_without_mss);
  if (result.options > 1) count_odd(context, stats::OddCase::several_mss);
  if (result.odd_offset) count_odd(context, stats::OddCase::odd_offset_mss);
}

/// Lowers the MSS options of one SYN to `max_mss`, and counts it.
/// @param segment  what is there of it, at least 20 octets (contract 2.2).
/// @return whether one was lowered; the checksum has been kept up with it.
inline bool clamp_syn(const Context& context, std::uint16_t session, Family family,
                      std::span<std::uint8_t> segment, std::uint16_t max_mss) noexcept {
  const std::size_t claimed = wire::header_at<wire::TcpHeader>(segment.data()).header_octets();
  const bool bad_data_offset = claimed < sizeof(wire::TcpHeader) || claimed > segment.size();
  const std::size_t header_octets = std::clamp(claimed, sizeof(wire::TcpHeader), segment.size());
  const auto result = rewrite::clamp_mss(segment.first(header_octets), max_mss);

  const std::size_t of_family = index_of(family);
  context.counters->syn[of_family].add(1);
  count_syn_odd_cases(context, result, bad_data_offset);
  if (session != session::kNone) context.session_counters[session].syn[of_family].add(1);
  if (!result.clamped) return false;
  context.counters->clamped[of_family].add(1);
  if (session != session::kNone) context.session_counters[session].clamped[of_family].add(1);
  return true;
}

}  // namespace narrows::pipeline
