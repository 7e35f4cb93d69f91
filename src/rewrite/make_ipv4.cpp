// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/make_ipv4.h"

#include <cstddef>

#include "narrows/rewrite/checksum.h"
#include "narrows/wire/udp.h"

namespace narrows::rewrite {
namespace {

using wire::Be16;
using wire::Be32;

constexpr std::uint8_t kTtl = 64;

}  // namespace

wire::Ipv4Header make_ipv4_header(const Ipv4Packet& packet) noexcept {
  wire::Ipv4Header header{};
  header.version_ihl = 0x45;
  header.tos = packet.tos;
  header.total_length = Be16(static_cast<std::uint16_t>(sizeof(header) + packet.payload_octets));
  header.flags_fragment_offset = Be16(wire::kIpv4DontFragment);
  header.ttl = kTtl;
  header.protocol = packet.protocol;
  wire::header_at<Be32>(header.source.data()) = Be32(packet.source.value);
  wire::header_at<Be32>(header.destination.data()) = Be32(packet.destination.value);
  header.header_checksum = Be16(full_checksum(reinterpret_cast<const std::uint8_t*>(&header), sizeof(header),
                                              offsetof(wire::Ipv4Header, header_checksum), 0));
  return header;
}

std::vector<std::uint8_t> make_udp_ipv4(const UdpEndpoint& source, const UdpEndpoint& destination,
                                        std::span<const std::uint8_t> payload) {
  const auto udp_octets = static_cast<std::uint16_t>(sizeof(wire::UdpHeader) + payload.size());
  std::vector<std::uint8_t> octets(sizeof(wire::Ipv4Header) + sizeof(wire::UdpHeader));
  octets.reserve(octets.size() + payload.size());
  octets.insert(octets.end(), payload.begin(), payload.end());
  wire::header_at<wire::Ipv4Header>(octets.data()) =
      make_ipv4_header({0, wire::kProtocolUdp, source.address, destination.address, udp_octets});
  auto* const l4 = octets.data() + sizeof(wire::Ipv4Header);
  auto& udp = wire::header_at<wire::UdpHeader>(l4);
  udp = {Be16(source.port), Be16(destination.port), Be16(udp_octets), Be16()};
  const auto checksum =
      full_checksum(l4, udp_octets, wire::kUdpChecksumOffset,
                    pseudo_header_sum(octets.data(), Family::ipv4, wire::kProtocolUdp, udp_octets));
  // 0 says that there is none (RFC 768).
  udp.checksum = Be16(checksum == 0 ? std::uint16_t{0xffff} : checksum);
  return octets;
}

}  // namespace narrows::rewrite
