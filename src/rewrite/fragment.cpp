// SPDX-License-Identifier: BSD-3-Clause
// The one function of DPDK here that is still called experimental: it copies, where its elder sister chains
// indirect buffers, which not every port sends and MBUF_FAST_FREE forbids.
#define ALLOW_EXPERIMENTAL_API
#include "narrows/rewrite/fragment.h"

#include <rte_ip_frag.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "narrows/rewrite/checksum.h"
#include "narrows/wire/ip.h"

namespace narrows::rewrite {
namespace {

constexpr std::size_t kMaxOptionsOctets = 40;
constexpr std::uint8_t kOptionEnd = 0;
constexpr std::uint8_t kOptionNop = 1;
constexpr std::uint8_t kOptionCopied = 0x80;

/// The options that every fragment carries, not the first alone: those with the copied flag (RFC 791 §3.1).
struct CopiedOptions {
  std::array<std::uint8_t, kMaxOptionsOctets> octets{};  ///< behind them end-of-options
  std::size_t padded_octets = 0;
};

/// A bad length ends the list.
CopiedOptions copied_options(std::span<const std::uint8_t> options) noexcept {
  CopiedOptions copied;
  std::size_t size = 0;
  for (std::size_t i = 0; i < options.size() && options[i] != kOptionEnd;) {
    if (options[i] == kOptionNop) {
      ++i;
      continue;
    }
    const std::size_t length = i + 1 < options.size() ? options[i + 1] : 0;
    if (length < 2 || length > options.size() - i) break;
    if ((options[i] & kOptionCopied) != 0) {
      std::ranges::copy(options.subspan(i, length), copied.octets.begin() + size);
      size += length;
    }
    i += length;
  }
  copied.padded_octets = (size + 3) / 4 * 4;
  return copied;
}

/// Gives a fragment that is not the first its shorter header: DPDK 22.11 puts the whole of it into each.
void shorten_header(rte_mbuf& fragment, const CopiedOptions& options) noexcept {
  auto* ip = rte_pktmbuf_mtod(&fragment, std::uint8_t*);
  const std::size_t before = wire::header_at<wire::Ipv4Header>(ip).header_octets();
  const std::size_t after = sizeof(wire::Ipv4Header) + options.padded_octets;
  std::memmove(ip + (before - after), ip, sizeof(wire::Ipv4Header));
  ip =
      reinterpret_cast<std::uint8_t*>(rte_pktmbuf_adj(&fragment, static_cast<std::uint16_t>(before - after)));
  std::memcpy(ip + sizeof(wire::Ipv4Header), options.octets.data(), options.padded_octets);
  auto& header = wire::header_at<wire::Ipv4Header>(ip);
  header.version_ihl = static_cast<std::uint8_t>(0x40 | after / 4);
  header.total_length = wire::Be16(fragment.data_len);
}

void fill_in_checksum(rte_mbuf& fragment) noexcept {
  auto* ip = rte_pktmbuf_mtod(&fragment, std::uint8_t*);
  auto& header = wire::header_at<wire::Ipv4Header>(ip);
  header.header_checksum = wire::Be16(full_checksum(ip, static_cast<std::uint16_t>(header.header_octets()),
                                                    offsetof(wire::Ipv4Header, header_checksum), 0));
}

}  // namespace

unsigned fragment(rte_mbuf& packet, std::uint16_t ip_offset, std::uint16_t ip_octets,
                  std::uint16_t mtu_octets, rte_mbuf** fragments) noexcept {
  // What is cut is the mbuf's data: for the while, the IP packet alone.
  const std::uint16_t data_off = packet.data_off;
  const std::uint16_t data_len = packet.data_len;
  packet.data_off = static_cast<std::uint16_t>(data_off + ip_offset);
  packet.data_len = ip_octets;
  packet.pkt_len = ip_octets;
  const int made =
      rte_ipv4_fragment_copy_nonseg_packet(&packet, fragments, kMostFragments, mtu_octets, packet.pool);
  packet.data_off = data_off;
  packet.data_len = data_len;
  packet.pkt_len = data_len;
  if (made < 0) return 0;
  const auto* ip = rte_pktmbuf_mtod_offset(&packet, const std::uint8_t*, ip_offset);
  const std::size_t header_octets = wire::header_at<wire::Ipv4Header>(ip).header_octets();
  if (header_octets != sizeof(wire::Ipv4Header)) {
    const auto options = copied_options({ip + sizeof(wire::Ipv4Header), ip + header_octets});
    for (int i = 1; i < made; ++i) shorten_header(*fragments[i], options);
  }
  for (int i = 0; i < made; ++i) fill_in_checksum(*fragments[i]);
  return static_cast<unsigned>(made);
}

}  // namespace narrows::rewrite
