// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/config/config.h"

#include <algorithm>

#include "narrows/wire/pppoe.h"
#include "narrows/wire/tcp.h"

namespace narrows::config {
namespace {

std::uint16_t resolve(const MssLimit& limit, std::uint16_t mtu_octets, std::uint16_t header_octets) noexcept {
  switch (limit.kind) {
    case MssLimit::Kind::automatic:
      return static_cast<std::uint16_t>(mtu_octets - header_octets);
    case MssLimit::Kind::octets:
      return limit.octets;
    case MssLimit::Kind::off:
      break;
  }
  return kNoMssLimit;
}

}  // namespace

MssLimits mss_limits(const Mss& mss, std::uint16_t mtu_octets, Direction direction) noexcept {
  MssLimits limits{kNoMssLimit, kNoMssLimit};
  if (!mss.of(direction).clamp) return limits;
  for (const auto family : {Family::ipv4, Family::ipv6})
    limits[index_of(family)] =
        resolve(mss.limit(direction, family), mtu_octets, wire::kIpAndTcpOctets[index_of(family)]);
  return limits;
}

namespace {

/// A segment has to fit the LAN too.
std::uint16_t narrower_mtu(const Config& config, std::uint16_t mtu_octets) noexcept {
  return std::min(mtu_octets, config.lan.mtu_octets);
}

MaxMss by_direction(const Mss& mss, std::uint16_t mtu_octets) noexcept {
  return {mss_limits(mss, mtu_octets, Direction::lan_to_wan),
          mss_limits(mss, mtu_octets, Direction::wan_to_lan)};
}

}  // namespace

std::uint16_t largest_mtu(const Config& config, const Session& session) noexcept {
  if (!session.client) return session.mtu_octets;
  if (!session.client->max_payload) return std::min(session.mtu_octets, wire::kPppoeMtu);
  const bool has_room = config.wan.mtu_octets >= wire::kEthernetMtu + wire::kPppoeOverheadOctets;
  return session.is_mtu_default && has_room ? wire::kEthernetMtu : session.mtu_octets;
}

MaxMss max_mss(const Config& config, const Session& session, std::uint16_t mtu_octets) noexcept {
  return by_direction(session.mss, narrower_mtu(config, mtu_octets));
}

MaxMss max_mss(const Config& config, const Session& session) noexcept {
  return max_mss(config, session, session.mtu_octets);
}

MaxMss max_mss(const Config& config, std::uint16_t mtu_octets) noexcept {
  return by_direction(config.mss, narrower_mtu(config, mtu_octets));
}

MaxMss max_mss(const Config& config) noexcept {
  return max_mss(config, config.mtu_octets);
}

std::uint16_t tunnel_mtu(const Config& config, const Session& session, std::uint16_t mtu_octets) noexcept {
  return session.mss.tunnels ? narrower_mtu(config, mtu_octets) : std::uint16_t{0};
}

std::uint16_t tunnel_mtu(const Config& config, std::uint16_t mtu_octets) noexcept {
  return config.mss.tunnels ? narrower_mtu(config, mtu_octets) : std::uint16_t{0};
}

std::uint16_t tunnel_mtu(const Config& config) noexcept {
  return tunnel_mtu(config, config.mtu_octets);
}

}  // namespace narrows::config
