// SPDX-License-Identifier: BSD-3-Clause
/// IP packets inside IP packets. As frames.h: octets only, nothing of the product.
#pragma once

#include <functional>
#include <vector>

#include "packets.h"

namespace narrows::test {

inline constexpr std::uint8_t kIpInIp = 4;
inline constexpr std::uint8_t kIpv6InIp = 41;
inline constexpr std::uint8_t kGre = 47;

inline constexpr unsigned kGreChecksum = 0x8000;
inline constexpr unsigned kGreKey = 0x2000;
inline constexpr unsigned kGreSequence = 0x1000;

inline bool is_ipv4(const Octets& ip) {
  return ip.at(0) >> 4 == 4;
}

/// A GRE header (RFC 2784, RFC 2890) in front of `payload`, with a right checksum where it has one.
inline Octets gre(unsigned flags, unsigned protocol_type, const Octets& payload) {
  Octets packet = be16(flags) + be16(protocol_type);
  if ((flags & kGreChecksum) != 0) packet = packet + Octets(4);
  if ((flags & kGreKey) != 0) packet = packet + Octets{0xde, 0xad, 0xbe, 0xef};
  if ((flags & kGreSequence) != 0) packet = packet + Octets{0, 0, 0, 7};
  packet = packet + payload;
  if ((flags & kGreChecksum) != 0) put16(packet, 4, 0xffff & ~ones_complement_sum(packet));
  return packet;
}
inline Octets gre_of(unsigned flags, const Octets& ip) {
  return gre(flags, is_ipv4(ip) ? 0x0800 : 0x86dd, ip);
}

inline std::uint8_t protocol_of(const Octets& ip) {
  return is_ipv4(ip) ? kIpInIp : kIpv6InIp;
}

/// A way to carry one IP packet in another, and what it takes.
struct Tunnel {
  const char* what;
  std::function<Octets(const Octets& inner)> wrap;
  unsigned outer_octets;
};

inline std::vector<Tunnel> tunnels() {
  std::vector<Tunnel> all{
      {"IPv4", [](const Octets& ip) { return ipv4(ip, {}, 0, protocol_of(ip)); }, 20},
      {"IPv4 with options", [](const Octets& ip) { return ipv4(ip, Octets(12, 1), 0, protocol_of(ip)); }, 32},
      {"IPv6", [](const Octets& ip) { return ipv6_raw(protocol_of(ip), ip); }, 40},
      {"IPv6 with destination options (RFC 2473 §4.1.1)",
       [](const Octets& ip) { return ipv6_raw(kDestinationOptions, extension(protocol_of(ip)) + ip); }, 48},
      {"IPv6 with two extension headers",
       [](const Octets& ip) {
         return ipv6_raw(kHopByHop, extension(kDestinationOptions, 2) + extension(protocol_of(ip)) + ip);
       },
       72},
      {"GRE with everything behind IPv4 options",
       [](const Octets& ip) {
         return ipv4(gre_of(kGreChecksum | kGreKey | kGreSequence, ip), Octets(40, 1), 0, kGre);
       },
       76},
      {"GRE behind an IPv6 extension header",
       [](const Octets& ip) { return ipv6_raw(kHopByHop, extension(kGre) + gre_of(kGreChecksum, ip)); }, 56},
  };
  for (unsigned flags = 0; flags < 0x10000; flags += 0x1000) {
    if ((flags & ~(kGreChecksum | kGreKey | kGreSequence)) != 0) continue;
    const unsigned octets = 4 + ((flags & kGreChecksum) != 0 ? 4 : 0) + ((flags & kGreKey) != 0 ? 4 : 0) +
                            ((flags & kGreSequence) != 0 ? 4 : 0);
    all.push_back({"GRE over IPv4", [=](const Octets& ip) { return ipv4(gre_of(flags, ip), {}, 0, kGre); },
                   20 + octets});
    all.push_back(
        {"GRE over IPv6", [=](const Octets& ip) { return ipv6_raw(kGre, gre_of(flags, ip)); }, 40 + octets});
  }
  return all;
}

}  // namespace narrows::test
