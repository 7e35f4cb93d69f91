// SPDX-License-Identifier: BSD-3-Clause
/// What the kernels of add and strip have in common: how long frames become, and what short ones lack.
/// Included by kernels alone.
#pragma once

#include "header_kernel.h"
#include "simd/vector.h"

namespace narrows::pipeline {
namespace {

using simd::Words;

struct alignas(64) Lengths {
  std::uint16_t pppoe[64];  ///< LENGTH, as it lies in a frame
  std::uint16_t frame[64];
  std::uint64_t short_frames = 0;
};

[[gnu::always_inline]] inline void compute(const HeaderInput& input, Lengths& lengths) noexcept {
  constexpr unsigned kMinFrame = 60;
  constexpr unsigned kPppProtocol = 2;
  for (unsigned i = 0; i < input.size; i += simd::kWords) {
    const Words ip = simd::load(input.ip_octets + i);
    const Words frame = ip + simd::all_of(input.header->length);
    lengths.short_frames |= simd::bits_of(simd::at_most(frame, simd::all_of(kMinFrame - 1))) << i;
    simd::store(lengths.pppoe + i, simd::swap_octets(ip + simd::all_of(kPppProtocol)));
    simd::store(lengths.frame + i, frame + simd::subtract_to_zero(simd::all_of(kMinFrame), frame));
  }
}

/// More than there is to fill, but always as much: the buffer has room (process.cpp).
[[gnu::always_inline]] inline void fill_up(const HeaderInput& input, const Lengths& lengths) noexcept {
  static_assert(sizeof(simd::Half) >= 60 - 14 - 20, "frame, Ethernet and IP header");
  // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): a group has at least one frame
  const std::uint64_t present = ~std::uint64_t{0} >> (64 - input.size);
  for (std::uint64_t left = lengths.short_frames & present; left != 0; left &= left - 1) {
    const auto i = static_cast<unsigned>(__builtin_ctzll(left));
    auto* ip = static_cast<std::uint8_t*>(input.mbufs[i]->buf_addr) + RTE_PKTMBUF_HEADROOM + input.ip_offset;
    simd::store_half(ip + input.ip_octets[i], simd::Half{});
  }
}

}  // namespace
}  // namespace narrows::pipeline
