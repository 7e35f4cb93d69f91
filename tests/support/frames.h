// SPDX-License-Identifier: BSD-3-Clause
/// Frames as plain octets, and a checksum of their own: shares no code with the product, so that tests judge
/// it from outside.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace narrows::test {

using Octets = std::vector<std::uint8_t>;

inline Octets operator+(Octets left, const Octets& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline void put16(Octets& octets, std::size_t at, unsigned value) {
  octets.at(at) = static_cast<std::uint8_t>(value >> 8);
  octets.at(at + 1) = static_cast<std::uint8_t>(value);
}
inline unsigned get16(const Octets& octets, std::size_t at) {
  return static_cast<unsigned>(octets.at(at)) << 8 | octets.at(at + 1);
}
inline Octets be16(unsigned value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// RFC 1071 by the letter: 16-bit words added with end-around carry, an odd last octet padded with zero.
inline unsigned ones_complement_sum(const Octets& octets) {
  unsigned long sum = 0;
  for (std::size_t i = 0; i < octets.size(); i += 2)
    sum += static_cast<unsigned long>(octets[i]) << 8 | (i + 1 < octets.size() ? octets[i + 1] : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<unsigned>(sum);
}

/// Addresses of the frames here.
inline const Octets kPeerMac{0x02, 0, 0, 0, 0, 0x99};
inline const Octets kLanMac{0x02, 0, 0, 0, 0, 0x01};
inline const Octets kWanMac{0x02, 0, 0, 0, 0, 0x02};
inline const Octets kAcMac{0x02, 0, 0, 0, 0, 0xac};
inline const Octets kSource4{192, 0, 2, 1};
inline const Octets kDestination4{198, 51, 100, 2};
inline const Octets kSource6{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
inline const Octets kDestination6{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};

/// A TCP segment with checksum 0; `options` are padded with zeros to a multiple of four.
inline Octets tcp(std::uint8_t flags, Octets options = {}, const Octets& payload = {}) {
  while (options.size() % 4 != 0) options.push_back(0);
  Octets header{0x12, 0x34, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, 0, flags, 0xff, 0xff, 0, 0, 0, 0};
  header[12] = static_cast<std::uint8_t>((20 + options.size()) / 4 << 4);
  return header + options + payload;
}

inline unsigned pseudo_sum(const Octets& source, const Octets& destination, unsigned protocol,
                           std::size_t octets) {
  return ones_complement_sum(source + destination + be16(protocol) + be16(static_cast<unsigned>(octets)));
}

/// What the checksum field of a TCP segment has to be (RFC 9293 §3.1), whatever it is now.
inline unsigned tcp_checksum(Octets segment, const Octets& source, const Octets& destination) {
  put16(segment, 16, 0);
  return 0xffff & ~ones_complement_sum(be16(pseudo_sum(source, destination, 6, segment.size())) + segment);
}

inline Octets ipv4(Octets payload, const Octets& options = {}, unsigned fragment = 0,
                   std::uint8_t protocol = 6) {
  if (protocol == 6 && (fragment & 0x1fff) == 0 && payload.size() >= 18)
    put16(payload, 16, tcp_checksum(payload, kSource4, kDestination4));
  Octets header{0, 0, 0, 0, 0, 1, 0, 0, 64, protocol, 0, 0};
  header = header + kSource4 + kDestination4 + options;
  header[0] = static_cast<std::uint8_t>(0x40 | header.size() / 4);
  put16(header, 2, static_cast<unsigned>(header.size() + payload.size()));
  put16(header, 6, fragment);
  put16(header, 10, 0xffff & ~ones_complement_sum(header));
  return header + payload;
}

/// `extensions` go between the IPv6 header and the TCP segment; the last of them names TCP itself.
inline Octets ipv6(Octets segment, std::uint8_t next_header = 6, const Octets& extensions = {}) {
  if (segment.size() >= 18) put16(segment, 16, tcp_checksum(segment, kSource6, kDestination6));
  Octets header{0x60, 0, 0, 0, 0, 0, next_header, 64};
  put16(header, 4, static_cast<unsigned>(extensions.size() + segment.size()));
  return header + kSource6 + kDestination6 + extensions + segment;
}

inline Octets ethernet(const Octets& destination, const Octets& source, unsigned ethertype,
                       const Octets& payload) {
  return destination + source + be16(ethertype) + payload;
}

inline Octets tag(unsigned vlan, const Octets& payload) {
  return be16(vlan) + payload;
}

inline Octets pppoe(unsigned session, unsigned protocol, const Octets& payload, std::uint8_t code = 0,
                    std::uint8_t version_type = 0x11) {
  return Octets{version_type, code} + be16(session) + be16(static_cast<unsigned>(payload.size() + 2)) +
         be16(protocol) + payload;
}

inline Octets mss_option(unsigned mss) {
  return Octets{2, 4} + be16(mss);
}

inline Octets padded(Octets frame, std::size_t octets = 60) {
  if (frame.size() < octets) frame.resize(octets);
  return frame;
}

}  // namespace narrows::test
