// SPDX-License-Identifier: BSD-3-Clause
/// What the stages behind classify have in common.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <optional>

#include "frame_facts.h"
#include "narrows/pipeline/burst.h"
#include "narrows/pipeline/context.h"
#include "narrows/wire/ip.h"

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

}  // namespace narrows::pipeline
