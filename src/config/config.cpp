// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/config/config.h"

#include <algorithm>

namespace narrows::config {
namespace {

constexpr std::uint16_t kIpv4AndTcpOctets = 40;
constexpr std::uint16_t kIpv6AndTcpOctets = 60;

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

MssLimits mss_limits(const Mss& mss, std::uint16_t mtu_octets, bool clamp) noexcept {
  if (!clamp) return {kNoMssLimit, kNoMssLimit};
  return {resolve(mss.ipv4, mtu_octets, kIpv4AndTcpOctets), resolve(mss.ipv6, mtu_octets, kIpv6AndTcpOctets)};
}

namespace {

MaxMss by_direction(const Mss& mss, std::uint16_t mtu_octets) noexcept {
  const MssLimits outward = mss_limits(mss, mtu_octets, mss.lan_to_wan);
  const MssLimits inward = mss_limits(mss, mtu_octets, mss.wan_to_lan);
  return {{{outward.ipv4, outward.ipv6}, {inward.ipv4, inward.ipv6}}};
}

}  // namespace

std::uint16_t largest_mtu(const Config& config, const Session& session) noexcept {
  constexpr std::uint16_t kWithoutRfc4638 = 1492;
  constexpr std::uint16_t kEthernetMtu = 1500;
  constexpr std::uint16_t kPppoeOctets = 8;
  if (!session.client) return session.mtu_octets;
  if (!session.client->max_payload) return std::min(session.mtu_octets, kWithoutRfc4638);
  const bool has_room = config.wan.mtu_octets >= kEthernetMtu + kPppoeOctets;
  return session.is_mtu_default && has_room ? kEthernetMtu : session.mtu_octets;
}

MaxMss max_mss(const Config& config, const Session& session, std::uint16_t mtu_octets) noexcept {
  return by_direction(session.mss, std::min(mtu_octets, config.lan.mtu_octets));
}

MaxMss max_mss(const Config& config, const Session& session) noexcept {
  return max_mss(config, session, session.mtu_octets);
}

MaxMss max_mss(const Config& config, std::uint16_t mtu_octets) noexcept {
  return by_direction(config.mss, std::min(mtu_octets, config.lan.mtu_octets));
}

MaxMss max_mss(const Config& config) noexcept {
  return max_mss(config, config.mtu_octets);
}

}  // namespace narrows::config
