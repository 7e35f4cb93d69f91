// SPDX-License-Identifier: BSD-3-Clause
// Two stores a frame: the header with its PPPoE LENGTH, and the half of the mbuf's first cache line in which
// place and lengths lie, as stores are what is scarce.
#include <immintrin.h>

#include "header_kernel.h"
#include "header_lengths.h"
#include "simd/vector.h"

namespace narrows::pipeline::avx512 {
namespace {

constexpr unsigned kTable = 16;  ///< frames whose lengths lie in one register
constexpr std::size_t kFromMbuf = offsetof(rte_mbuf, rearm_data);
static_assert(offsetof(rte_mbuf, vlan_tci) + sizeof(std::uint16_t) <= kFromMbuf + 32);

/// The two octets of a field, of the 32 that are written of an mbuf.
constexpr __mmask32 octets_at(std::size_t offset) noexcept {
  return __mmask32{3} << (offset - kFromMbuf);
}

/// What all mbufs get alike: their place, no tag in vlan_tci, and the upper half of pkt_len.
constexpr __mmask32 kAlike = octets_at(offsetof(rte_mbuf, data_off)) |
                             octets_at(offsetof(rte_mbuf, pkt_len) + 2) |
                             octets_at(offsetof(rte_mbuf, vlan_tci));
constexpr __mmask32 kLengths =
    octets_at(offsetof(rte_mbuf, pkt_len)) | octets_at(offsetof(rte_mbuf, data_len));
constexpr __mmask32 kPppoeLength = __mmask32{3} << (sizeof(simd::Half) - 4);

template <bool pppoe>
[[gnu::always_inline]] inline void put(const HeaderInput& input) noexcept {
  Lengths lengths;
  compute(input, lengths);
  const unsigned ip_offset = RTE_PKTMBUF_HEADROOM + unsigned{input.ip_offset};
  const __m256i alike =
      _mm256_zextsi128_si256(_mm_cvtsi32_si128(static_cast<int>(ip_offset - input.header->length)));
  static_assert(offsetof(rte_mbuf, data_off) == kFromMbuf);
  const simd::Half header = simd::load_half(input.header->octets.data());
  rte_mbuf* const* mbufs = input.mbufs;
  const unsigned size = input.size;
  for (unsigned block = 0; block < size; block += kTable) {
    const __m256i frame = _mm256_load_si256(reinterpret_cast<const __m256i*>(lengths.frame + block));
    const __m256i length = _mm256_load_si256(reinterpret_cast<const __m256i*>(lengths.pppoe + block));
    __m256i order = _mm256_set1_epi16(0x0100);  // a length's two octets wherever they are wanted
    const unsigned end = size - block < kTable ? size : block + kTable;
    for (unsigned i = block; i < end; ++i) {
      auto* mbuf = reinterpret_cast<char*>(mbufs[i]);
      std::uint8_t* ip = static_cast<std::uint8_t*>(mbufs[i]->buf_addr) + ip_offset;
      __m256i octets = header.part[0];
      if constexpr (pppoe) octets = _mm256_mask_permutexvar_epi8(octets, kPppoeLength, order, length);
      simd::store_half(ip - sizeof(octets), {octets});
      auto* fields = reinterpret_cast<__m256i_u*>(mbuf + kFromMbuf);
      const __m256i now = _mm256_mask_mov_epi8(_mm256_loadu_si256(fields), kAlike, alike);
      _mm256_storeu_si256(fields, _mm256_mask_permutexvar_epi8(now, kLengths, order, frame));
      order = _mm256_add_epi8(order, _mm256_set1_epi8(2));
    }
  }
  fill_up(input, lengths);
}

}  // namespace

void put_headers(const HeaderInput& input) noexcept {
  input.pppoe ? put<true>(input) : put<false>(input);
}

}  // namespace narrows::pipeline::avx512
