// SPDX-License-Identifier: BSD-3-Clause
// One header after the other, none of them with a branch. Which option follows one that begins at octet i is
// a table of 64 octets, made by comparing all of them at once; an MSS option and the end of the list are
// followed by themselves. The table looked up in itself says what comes two options on; three times over,
// eight.
#include <immintrin.h>

#include "locate_mss_kernel.h"

namespace narrows::rewrite::avx512 {
namespace {

constexpr unsigned kFixedOctets = 20;  ///< of a TCP header, in front of its options
constexpr unsigned kMssOctets = 4;

/// Octets first, first + 1, first + 2 …
[[gnu::always_inline]] inline __m512i counting_from(unsigned first) noexcept {
  alignas(64) std::uint8_t octets[64];
  for (unsigned i = 0; i < 64; ++i) octets[i] = static_cast<std::uint8_t>(first + i);
  return _mm512_load_si512(octets);
}

[[gnu::always_inline]] inline __m512i all(unsigned octet) noexcept {
  return _mm512_set1_epi8(static_cast<char>(octet));
}

}  // namespace

void locate_mss(const LocateInput& input, LocateOutput& output) noexcept {
  // Copies: what is stored to output.kind could be these as far as the compiler knows.
  const auto [headers, octets_there, size] = input;
  std::uint8_t* kind_offset = output.kind;
  const __m512i here = counting_from(0);
  alignas(64) std::uint8_t last[64];
  alignas(64) std::uint8_t first[64];
  for (unsigned i = 0; i < size; ++i) {
    const unsigned octets = octets_there[i] - kFixedOctets;
    // Octets behind the list are read as 0.
    const __m512i kind = _mm512_maskz_loadu_epi8(_bzhi_u64(~0ull, octets), headers[i] + kFixedOctets);
    const __m512i length = _mm512_permutexvar_epi8(counting_from(1), kind);
    const __mmask64 mss = _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(kind, all(2)), length, all(4));
    // An end leads to where the list ends. Lengths 0 and 1 wrap around, and saturate: they lead, as all do
    // that do not fit, beyond it, to where everything stays.
    const __m512i end = _mm512_max_epu8(here, all(octets));
    const __m512i behind = _mm512_adds_epu8(counting_from(2), _mm512_sub_epi8(length, all(2)));
    __m512i next = _mm512_mask_mov_epi8(end, _mm512_cmpeq_epi8_mask(kind, all(1)), counting_from(1));
    next = _mm512_mask_min_epu8(next, _mm512_cmpgt_epu8_mask(kind, all(1)), behind, all(63));
    next = _mm512_mask_mov_epi8(next, mss, here);
    for (unsigned doubled = 0; doubled < 3; ++doubled) next = _mm512_permutexvar_epi8(next, next);
    // An MSS is followed by what lies behind it, everything else by itself.
    alignas(64) std::uint8_t end_of[64];
    _mm512_store_si512(end_of, _mm512_mask_permutexvar_epi8(here, mss, counting_from(kMssOctets), next));
    first[i] = static_cast<std::uint8_t>(_mm_cvtsi128_si32(_mm512_castsi512_si128(next)));
    last[i] = end_of[first[i]];
  }
  const __mmask64 used = _bzhi_u64(~0ull, size);
  const __m512i firsts = _mm512_maskz_loadu_epi8(used, first);
  const __m512i ends = _mm512_sub_epi8(_mm512_maskz_loadu_epi8(used, octets_there), all(kFixedOctets));
  const __mmask64 sure = _mm512_mask_cmpeq_epi8_mask(used, _mm512_load_si512(last), ends);
  _mm512_mask_storeu_epi8(kind_offset, used, _mm512_add_epi8(firsts, all(kFixedOctets)));
  output.found = _mm512_mask_cmpneq_epu8_mask(sure, firsts, ends);
  output.unsure = used & ~sure;
}

}  // namespace narrows::rewrite::avx512
