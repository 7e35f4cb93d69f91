// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/config/config.h"

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

}  // namespace narrows::config
