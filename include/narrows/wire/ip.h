// SPDX-License-Identifier: BSD-3-Clause
/// IPv4 (RFC 791) and IPv6 (RFC 8200) headers: validated once against the octets that are there, then
/// described by an IpPacket whose lengths can be trusted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/direction.h"

namespace narrows::wire {

inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolIcmpv6 = 58;

struct Ipv4Header {
  std::uint8_t version_ihl;
  std::uint8_t tos;
  Be16 total_length;
  Be16 identification;
  Be16 flags_fragment_offset;  ///< reserved, DF, MF, then 13 bits of offset
  std::uint8_t ttl;
  std::uint8_t protocol;
  Be16 header_checksum;
  std::array<std::uint8_t, 4> source;
  std::array<std::uint8_t, 4> destination;

  [[nodiscard]] unsigned header_octets() const noexcept {
    return (version_ihl & 0x0fu) * 4;
  }  ///< as IHL says
};
static_assert(sizeof(Ipv4Header) == 20);

inline constexpr std::uint16_t kIpv4DontFragment = 0x4000;
inline constexpr std::uint16_t kIpv4MoreFragments = 0x2000;
inline constexpr std::uint16_t kIpv4FragmentOffsetMask = 0x1fff;

struct Ipv6Header {
  Be32 version_class_flow;
  Be16 payload_length;
  std::uint8_t next_header;
  std::uint8_t hop_limit;
  std::array<std::uint8_t, 16> source;
  std::array<std::uint8_t, 16> destination;
};
static_assert(sizeof(Ipv6Header) == 40);

/// An IP packet whose version nibble, header length and lengths agree with the octets that hold it.
struct IpPacket {
  std::uint16_t octets = 0;  ///< header and payload as the header says; 0: not a valid packet
  Family family = Family::ipv4;
  std::uint8_t header_octets = 0;  ///< IPv4: options included; IPv6: 40, extension headers not
};

/// @param ip       first octet of the packet.
/// @param present  octets that are there, padding included.
[[nodiscard]] inline IpPacket parse_ipv4(const std::uint8_t* ip, std::size_t present) noexcept {
  if (present < sizeof(Ipv4Header)) [[unlikely]]
    return {};
  const auto& header = header_at<Ipv4Header>(ip);
  const std::uint16_t total = header.total_length.host();
  // Without options, nearly always, the header's length is a constant to all that follows.
  const unsigned octets = header.version_ihl == 0x45 ? sizeof(Ipv4Header) : header.header_octets();
  const bool valid = header.version_ihl >> 4 == 4 && octets >= sizeof(Ipv4Header) && total >= octets;
  if (!valid || total > present) [[unlikely]]
    return {};
  return {total, Family::ipv4, static_cast<std::uint8_t>(octets)};
}

/// As parse_ipv4. A jumbogram (RFC 2675) has payload length 0 and so counts as its 40-octet header.
[[nodiscard]] inline IpPacket parse_ipv6(const std::uint8_t* ip, std::size_t present) noexcept {
  if (present < sizeof(Ipv6Header)) return {};
  const auto& header = header_at<Ipv6Header>(ip);
  const std::size_t total = sizeof(Ipv6Header) + header.payload_length.host();
  const bool valid = ip[0] >> 4 == 6 && total <= present && total <= 0xffff;
  return {valid ? static_cast<std::uint16_t>(total) : std::uint16_t{0}, Family::ipv6, sizeof(Ipv6Header)};
}

/// Where the upper layer of a packet begins.
struct Transport {
  enum class Status : std::uint8_t {
    found,         ///< protocol and offset are valid
    no_transport,  ///< a non-first fragment, or cut off in its headers
    walk_ended,    ///< IPv6: ESP, AH, an unknown header, or more than eight headers
  };
  Status status = Status::no_transport;
  std::uint8_t protocol = 0;
  std::uint16_t offset = 0;  ///< from the IP header's first octet, ≤ the packet's octets
  bool fragment = false;     ///< a first fragment: the rest of the segment is elsewhere
};

/// IPv4: through IHL; a fragment offset other than 0 has no transport header.
[[nodiscard]] inline Transport find_transport_ipv4(const std::uint8_t* ip,
                                                   std::uint16_t header_octets) noexcept {
  const auto& header = header_at<Ipv4Header>(ip);
  const std::uint16_t fragment = header.flags_fragment_offset.host();
  if ((fragment & kIpv4FragmentOffsetMask) != 0) [[unlikely]]
    return {};
  return {Transport::Status::found, header.protocol, header_octets, (fragment & kIpv4MoreFragments) != 0};
}

/// IPv6 with extension headers: hop-by-hop (0), routing (43), destination options (60) and a fragment
/// header (44) with offset 0 are stepped over, at most eight of them (contract 2.1).
/// @param octets  of a valid packet (IpPacket::octets); nothing beyond is read.
[[nodiscard]] Transport walk_ipv6_headers(const std::uint8_t* ip, std::uint16_t octets) noexcept;

[[nodiscard]] inline Transport find_transport_ipv6(const std::uint8_t* ip, std::uint16_t octets) noexcept {
  const std::uint8_t next = header_at<Ipv6Header>(ip).next_header;
  if (next == kProtocolTcp || next == kProtocolUdp || next == kProtocolIcmpv6) [[likely]]
    return {Transport::Status::found, next, sizeof(Ipv6Header), false};
  return walk_ipv6_headers(ip, octets);
}

[[nodiscard]] inline Transport find_transport(const std::uint8_t* ip, const IpPacket& packet) noexcept {
  return packet.family == Family::ipv4 ? find_transport_ipv4(ip, packet.header_octets)
                                       : find_transport_ipv6(ip, packet.octets);
}

}  // namespace narrows::wire
