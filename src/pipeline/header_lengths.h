// SPDX-License-Identifier: BSD-3-Clause
/// What the kernels of add and strip have in common: how long frames become, and what short ones lack.
/// Included by kernels alone.
#pragma once

#include "header_kernel.h"
#include "simd/vector.h"

namespace narrows::pipeline {
namespace {

using simd::Words;

constexpr unsigned kMinFrame = 60;

struct alignas(64) Lengths {
  std::uint16_t pppoe[64];  ///< LENGTH, as it lies in a frame
  std::uint16_t frame[64];
  std::uint64_t short_frames = 0;
};

[[gnu::always_inline]] inline void compute(const HeaderInput& input, Lengths& lengths) noexcept {
  constexpr unsigned kPppProtocol = 2;
  for (unsigned i = 0; i < input.size; i += simd::kWords) {
    const Words ip = simd::load(input.ip_octets + i);
    const Words frame = ip + simd::all_of(input.header->length);
    lengths.short_frames |= simd::bits_of(simd::at_most(frame, simd::all_of(kMinFrame - 1))) << i;
    simd::store(lengths.pppoe + i, simd::swap_octets(ip + simd::all_of(kPppProtocol)));
    simd::store(lengths.frame + i, frame + simd::subtract_to_zero(simd::all_of(kMinFrame), frame));
  }
}

/// pkt_len, data_len and vlan_tci lie side by side: one store for the three. No frame leaves with a tag in
/// its vlan_tci.
[[gnu::always_inline]] inline void set_lengths(rte_mbuf* mbuf, std::uint64_t octets) noexcept {
  static_assert(offsetof(rte_mbuf, data_len) == offsetof(rte_mbuf, pkt_len) + 4);
  static_assert(offsetof(rte_mbuf, vlan_tci) == offsetof(rte_mbuf, pkt_len) + 6);
  const std::uint64_t lengths = octets * 0x1'0000'0001;
  __builtin_memcpy(reinterpret_cast<char*>(mbuf) + offsetof(rte_mbuf, pkt_len), &lengths, sizeof(lengths));
}

/// More than there is to fill, but always as much: the buffer has room (process.cpp).
/// @param ip_offset  from the buffer's first octet.
[[gnu::always_inline]] inline void fill_up(rte_mbuf* const* mbufs, std::uint64_t short_frames,
                                           const std::uint16_t* ip_octets, unsigned ip_offset) noexcept {
  static_assert(sizeof(simd::Half) >= kMinFrame - 14 - 20, "Ethernet and IP header");
  for (; short_frames != 0; short_frames &= short_frames - 1) {
    const auto i = static_cast<std::size_t>(__builtin_ctzll(short_frames));
    simd::store_half(static_cast<std::uint8_t*>(mbufs[i]->buf_addr) + ip_offset + ip_octets[i], simd::Half{});
  }
}

[[gnu::always_inline]] inline void fill_up(const HeaderInput& input, const Lengths& lengths) noexcept {
  fill_up(input.mbufs, lengths.short_frames & simd::first_bits(input.size), input.ip_octets,
          RTE_PKTMBUF_HEADROOM + unsigned{input.ip_offset});
}

}  // namespace
}  // namespace narrows::pipeline
