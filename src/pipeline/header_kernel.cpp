// SPDX-License-Identifier: BSD-3-Clause
// Compiled once a level, NARROWS_LEVEL being the level's name.
#include "header_kernel.h"

#include "simd/vector.h"

namespace narrows::pipeline::NARROWS_LEVEL {
namespace {

/// pkt_len, data_len and vlan_tci lie side by side: one store for the three. No frame leaves with a tag in
/// its vlan_tci.
[[gnu::always_inline]] inline void set_lengths(rte_mbuf* mbuf, std::uint64_t octets) noexcept {
  static_assert(offsetof(rte_mbuf, data_len) == offsetof(rte_mbuf, pkt_len) + 4);
  static_assert(offsetof(rte_mbuf, vlan_tci) == offsetof(rte_mbuf, pkt_len) + 6);
  const std::uint64_t lengths = octets | octets << 32;
  __builtin_memcpy(reinterpret_cast<char*>(mbuf) + offsetof(rte_mbuf, pkt_len), &lengths, sizeof(lengths));
}

template <bool pppoe>
[[gnu::always_inline]] inline HeaderResult put(const HeaderInput& input) noexcept {
  constexpr unsigned kMinFrame = 60;
  const bool ipv4 = input.family == Family::ipv4;
  const unsigned destination_offset = ipv4 ? 16 : 24;  // its first octet tells a group: 224/4, ff00::/8
  const unsigned group_mask = ipv4 ? 0xf0 : 0xff;
  const unsigned group = ipv4 ? 0xe0 : 0xff;
  const unsigned header_octets = input.header->length;
  const auto data_off = static_cast<std::uint16_t>(RTE_PKTMBUF_HEADROOM + input.ip_offset - header_octets);
  const simd::Half header = simd::load_half(input.header->octets.data());
  HeaderResult result{0, 0};
  for (unsigned i = 0; i < input.size; ++i) {
    rte_mbuf* mbuf = input.mbufs[i];
    std::uint8_t* ip = static_cast<std::uint8_t*>(mbuf->buf_addr) + RTE_PKTMBUF_HEADROOM + input.ip_offset;
    const unsigned ip_octets = input.ip_octets[i];
    simd::store_half(ip - sizeof(header), header);
    if constexpr (pppoe) {
      const std::uint16_t length = __builtin_bswap16(static_cast<std::uint16_t>(ip_octets + 2));
      __builtin_memcpy(ip - 4, &length, sizeof(length));
    } else {
      result.multicast |= std::uint64_t{(ip[destination_offset] & group_mask) == group} << i;
    }
    const unsigned octets = header_octets + ip_octets;
    result.short_frames |= std::uint64_t{octets < kMinFrame} << i;
    mbuf->data_off = data_off;
    set_lengths(mbuf, octets < kMinFrame ? kMinFrame : octets);
  }
  return result;
}

}  // namespace

HeaderResult put_headers(const HeaderInput& input) noexcept {
  return input.pppoe ? put<true>(input) : put<false>(input);
}

}  // namespace narrows::pipeline::NARROWS_LEVEL
