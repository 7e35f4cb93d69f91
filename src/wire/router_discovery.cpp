// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/router_discovery.h"

#include "narrows/wire/ip.h"

namespace narrows::wire {
namespace {

/// Type, code, checksum and a reserved field (RFC 4861 §4.1).
constexpr std::size_t kSolicitationOctets = 8;

}  // namespace

bool is_router_solicitation(std::span<const std::uint8_t> ip) noexcept {
  if (ip.size() < sizeof(Ipv6Header) + kSolicitationOctets) return false;
  const auto& header = header_at<Ipv6Header>(ip.data());
  const auto message = ip.subspan(sizeof(Ipv6Header));
  if (header.next_header != kProtocolIcmpv6 || header.hop_limit != kNeighborDiscoveryHopLimit) return false;
  if (message[0] != kIcmpv6RouterSolicitation || message[1] != 0) return false;
  auto options = message.subspan(kSolicitationOctets);
  while (options.size() >= kOptionUnitOctets) {
    const std::size_t octets = options[1] * kOptionUnitOctets;
    if (octets == 0 || octets > options.size()) return false;
    if (options[0] == kOptionSourceLinkLayer && is_unspecified(header.source)) return false;
    options = options.subspan(octets);
  }
  return options.empty();
}

}  // namespace narrows::wire
