// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/neighbor_discovery.h"

#include <algorithm>

#include "narrows/wire/ip.h"

namespace narrows::wire {
namespace {

/// Walks the options; false when one has length 0 or does not fit. Of several source link-layer options the
/// last counts, as with most receivers; RFC 4861 §4.3 allows one.
bool read_options(std::span<const std::uint8_t> options, std::optional<MacAddress>& source_mac) noexcept {
  while (!options.empty()) {
    if (options.size() < 2) return false;
    const std::size_t octets = options[1] * kOptionUnitOctets;
    if (octets == 0 || octets > options.size()) return false;
    if (options[0] == kOptionSourceLinkLayer && octets == sizeof(LinkLayerOption)) {
      source_mac = header_at<LinkLayerOption>(options.data()).mac;
      if (!source_mac->is_station()) return false;
    }
    options = options.subspan(octets);
  }
  return true;
}

}  // namespace

bool is_solicited_node(const Ipv6Octets& address) noexcept {
  static constexpr std::array<std::uint8_t, 13> kPrefix{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
  return std::equal(kPrefix.begin(), kPrefix.end(), address.begin());
}

bool is_neighbor_solicitation(std::span<const std::uint8_t> ip) noexcept {
  return ip.size() > sizeof(Ipv6Header) && header_at<Ipv6Header>(ip.data()).next_header == kProtocolIcmpv6 &&
         ip[sizeof(Ipv6Header)] == kIcmpv6NeighborSolicitation;
}

std::optional<NeighborSolicitation> parse_neighbor_solicitation(std::span<const std::uint8_t> ip) noexcept {
  if (ip.size() < sizeof(Ipv6Header) + sizeof(NeighborHeader)) return std::nullopt;
  const auto& header = header_at<Ipv6Header>(ip.data());
  const auto& message = header_at<NeighborHeader>(ip.data() + sizeof(Ipv6Header));
  if (header.hop_limit != kNeighborDiscoveryHopLimit || message.code != 0) return std::nullopt;
  if (is_multicast(message.target) || is_unspecified(message.target)) return std::nullopt;
  if (is_multicast(header.source)) return std::nullopt;

  NeighborSolicitation solicitation{header.source, message.target, std::nullopt};
  if (!read_options(ip.subspan(sizeof(Ipv6Header) + sizeof(NeighborHeader)), solicitation.source_mac))
    return std::nullopt;
  if (is_unspecified(header.source) &&
      (!is_solicited_node(header.destination) || solicitation.source_mac.has_value()))
    return std::nullopt;
  return solicitation;
}

}  // namespace narrows::wire
