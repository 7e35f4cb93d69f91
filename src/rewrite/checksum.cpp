// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/checksum.h"

#include <rte_ip.h>

#include "narrows/wire/ip.h"

namespace narrows::rewrite {
namespace {

/// rte_raw_cksum() adds 16-bit words as they lie in memory and folds; this gives the sum in host order.
std::uint32_t raw_sum(const std::uint8_t* octets, std::size_t count) noexcept {
  return rte_be_to_cpu_16(rte_raw_cksum(octets, count));
}

std::uint16_t fold(std::uint32_t sum) noexcept {
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16));
}

}  // namespace

bool is_ipv4_header_intact(const std::uint8_t* ip, std::size_t header_octets) noexcept {
  return raw_sum(ip, header_octets) == 0xffff;
}

std::uint16_t pseudo_header_sum(const std::uint8_t* ip, Family family, std::uint8_t protocol,
                                std::uint16_t l4_octets) noexcept {
  const bool ipv4 = family == Family::ipv4;
  const std::size_t addresses =
      ipv4 ? offsetof(wire::Ipv4Header, source) : offsetof(wire::Ipv6Header, source);
  return fold(raw_sum(ip + addresses, ipv4 ? 8 : 32) + protocol + l4_octets);
}

std::uint16_t full_checksum(const std::uint8_t* l4, std::uint16_t l4_octets, std::size_t checksum_offset,
                            std::uint16_t pseudo_sum) noexcept {
  const std::size_t behind = checksum_offset + sizeof(std::uint16_t);
  // The field lies at an even offset, so both halves keep their word boundaries.
  return static_cast<std::uint16_t>(
      ~fold(raw_sum(l4, checksum_offset) + raw_sum(l4 + behind, l4_octets - behind) + pseudo_sum));
}

}  // namespace narrows::rewrite
