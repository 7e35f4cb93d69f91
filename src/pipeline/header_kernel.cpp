// SPDX-License-Identifier: BSD-3-Clause
// Compiled once a level, NARROWS_LEVEL being the level's name.
#include "header_kernel.h"

#include "header_lengths.h"
#include "simd/vector.h"

namespace narrows::pipeline::NARROWS_LEVEL {
namespace {

template <bool pppoe>
[[gnu::always_inline]] inline void put(const HeaderInput& input) noexcept {
  Lengths lengths;
  compute(input, lengths);
  const unsigned ip_offset = RTE_PKTMBUF_HEADROOM + unsigned{input.ip_offset};
  const auto data_off = static_cast<std::uint16_t>(ip_offset - input.header->length);
  const simd::Half header = simd::load_half(input.header->octets.data());
  rte_mbuf* const* mbufs = input.mbufs;
  const unsigned size = input.size;
  for (unsigned i = 0; i < size; ++i) {
    rte_mbuf* mbuf = mbufs[i];
    std::uint8_t* ip = static_cast<std::uint8_t*>(mbuf->buf_addr) + ip_offset;
    simd::store_half(ip - sizeof(header), header);
    if constexpr (pppoe) __builtin_memcpy(ip - 4, lengths.pppoe + i, sizeof(lengths.pppoe[i]));
    mbuf->data_off = data_off;
    set_lengths(mbuf, lengths.frame[i]);
  }
  fill_up(input, lengths);
}

}  // namespace

void put_headers(const HeaderInput& input) noexcept {
  input.pppoe ? put<true>(input) : put<false>(input);
}

}  // namespace narrows::pipeline::NARROWS_LEVEL
