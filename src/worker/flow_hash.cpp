// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/flow_hash.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#include "narrows/wire/ethernet.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/pppoe.h"

namespace narrows::worker {
namespace {

constexpr std::uint16_t kKey = 0x6d5a;
constexpr std::size_t kPortsOctets = 4;
/// RFC 4861 §4: router solicitation to redirect.
constexpr std::uint8_t kFirstNeighborDiscovery = 133;
constexpr std::uint8_t kLastNeighborDiscovery = 137;

/// The hash of each octet that stands first, or second, in its 16-bit word: bit i of the input, from the most
/// significant, adds the 16 bits of the key from bit i on.
constexpr auto kOctetHashes = [] {
  std::array<std::array<std::uint16_t, 256>, 2> hashes{};
  for (unsigned place = 0; place < 2; ++place)
    for (unsigned octet = 0; octet < 256; ++octet)
      for (unsigned bit = 0; bit < 8; ++bit)
        if ((octet & 0x80u >> bit) != 0)
          hashes[place][octet] = static_cast<std::uint16_t>(
              hashes[place][octet] ^ std::rotl(kKey, static_cast<int>(8 * place + bit)));
  return hashes;
}();

template <typename Integer>
Integer load(const std::uint8_t* octets) noexcept {
  Integer value;
  std::memcpy(&value, octets, sizeof(value));
  return value;
}

/// @param words  the exclusive or of an even number of octets, as they lie in memory.
std::uint32_t hash_of(std::uint64_t words) noexcept {
  words ^= words >> 32;
  words ^= words >> 16;
  std::array<std::uint8_t, 2> octets;
  const auto word = static_cast<std::uint16_t>(words);
  std::memcpy(octets.data(), &word, sizeof(word));
  return std::uint32_t{kOctetHashes[0][octets[0]]} ^ kOctetHashes[1][octets[1]];
}

std::uint64_t addresses_of(const std::uint8_t* ip, Family family) noexcept {
  if (family == Family::ipv4) return load<std::uint64_t>(ip + offsetof(wire::Ipv4Header, source));
  const std::uint8_t* addresses = ip + offsetof(wire::Ipv6Header, source);
  return load<std::uint64_t>(addresses) ^ load<std::uint64_t>(addresses + 8) ^
         load<std::uint64_t>(addresses + 16) ^ load<std::uint64_t>(addresses + 24);
}

bool is_neighbor_discovery(const std::uint8_t* ip, const wire::IpPacket& packet,
                           const wire::Transport& transport) noexcept {
  if (transport.protocol != wire::kProtocolIcmpv6 || transport.offset >= packet.octets) return false;
  const std::uint8_t type = ip[transport.offset];
  return type >= kFirstNeighborDiscovery && type <= kLastNeighborDiscovery;
}

std::uint32_t hash_packet(Family family, const std::uint8_t* ip, std::size_t present) noexcept {
  const wire::IpPacket packet =
      family == Family::ipv4 ? wire::parse_ipv4(ip, present) : wire::parse_ipv6(ip, present);
  if (packet.octets == 0) return kNoFlow;
  const std::uint64_t addresses = addresses_of(ip, family);
  const wire::Transport transport = wire::find_transport(ip, packet);
  if (transport.status != wire::Transport::Status::found || transport.fragment) return hash_of(addresses);
  const bool has_ports = transport.protocol == wire::kProtocolTcp || transport.protocol == wire::kProtocolUdp;
  if (has_ports && packet.octets >= transport.offset + kPortsOctets)
    return hash_of(addresses ^ load<std::uint32_t>(ip + transport.offset));
  if (family == Family::ipv6 && is_neighbor_discovery(ip, packet, transport)) return kNoFlow;
  return hash_of(addresses);
}

}  // namespace

std::uint32_t flow_hash(std::span<const std::uint8_t> frame) noexcept {
  const wire::EthernetView ethernet = wire::parse_ethernet(frame.data(), frame.size());
  if (ethernet.payload_offset == 0) return kNoFlow;
  const std::uint8_t* payload = frame.data() + ethernet.payload_offset;
  const std::size_t present = frame.size() - ethernet.payload_offset;
  if (wire::is_ip(ethernet.ethertype))
    return hash_packet(wire::family_of(ethernet.ethertype), payload, present);
  if (ethernet.ethertype != wire::kEthertypePppoeSession) return kNoFlow;
  const wire::PppoeSession pppoe = wire::parse_pppoe_session(payload, present);
  if (pppoe.status != wire::PppoeSession::Status::valid || !wire::is_ppp_data(pppoe.protocol)) return kNoFlow;
  return hash_packet(wire::family_of_ppp(pppoe.protocol), payload + wire::kPppoeOverheadOctets,
                     pppoe.payload_octets);
}

}  // namespace narrows::worker
