// SPDX-License-Identifier: BSD-3-Clause
// Eight frames at a time. What has to agree is compared with no result for each frame, as nearly always all
// eight agree; the few fields that differ from frame to frame are brought side by side by octet permutes.
#include <immintrin.h>

#include "match.h"
#include "match_lengths.h"
#include "simd/vector.h"

namespace narrows::pipeline::avx512 {
namespace {

constexpr unsigned kEight = 8;
constexpr unsigned kBlock = simd::kWords;  ///< frames whose lengths are checked at once

/// The order of words in a frame's quarter of what is collected.
enum Field : unsigned { kIpLength, kPppoeLength, kProtocolAndFlags, kFrameOctets, kFields };

/// A shape, in registers.
struct Wanted {
  __m512i mask;
  __m512i expected;
  __mmask64 required;
  __mmask64 second_look;
  __m512i fields;  ///< where Field's words lie, for each frame's quarter
};

[[gnu::always_inline]] inline Wanted wanted_of(const MatchInput& input) noexcept {
  const wire::Shape& shape = *input.shape;
  const unsigned ip = shape.ip_offset;
  const unsigned length = ip_length_offset(shape);
  const unsigned pppoe_length = shape.pppoe ? ip - 4 : 0;
  // Where a shape has nothing to say of TCP's flags they may be anything.
  const std::uint64_t protocol = static_cast<unsigned>(__builtin_ctzll(shape.tcp));
  const std::uint64_t flags = shape.opens_connection == 0
                                  ? protocol
                                  : 63 - static_cast<unsigned>(__builtin_clzll(shape.opens_connection));
  const std::uint64_t fields = std::uint64_t{length} | std::uint64_t{length + 1} << 8 |
                               std::uint64_t{pppoe_length} << 16 | std::uint64_t{pppoe_length + 1} << 24 |
                               protocol << 32 | flags << 40;
  __m512i expected = _mm512_load_si512(shape.expected.data());
  if (input.source != 0)  // rotated to where a frame has it
    expected = _mm512_mask_mov_epi8(
        expected, kSourceOctets,
        _mm512_rol_epi64(_mm512_set1_epi64(static_cast<long long>(source_octets(input))), 48));
  return {_mm512_load_si512(shape.mask.data()), expected, shape.required, shape.second_look,
          _mm512_set1_epi64(static_cast<long long>(fields))};
}

/// Eight frames' fields, and which of the eight agree with the shape.
struct EightFrames {
  __m512i fields;
  std::uint64_t agree;
};

[[gnu::always_inline]] inline const std::uint8_t* octets_of(const rte_mbuf* mbuf) noexcept {
  return static_cast<const std::uint8_t*>(mbuf->buf_addr) + RTE_PKTMBUF_HEADROOM;
}

/// The octets in which a frame differs, 0 where it may.
[[gnu::always_inline]] inline __m512i difference(__m512i octets, const Wanted& wanted) noexcept {
  constexpr int kFirstAndSecondXorThird = 0x6a;
  return _mm512_ternarylogic_epi64(octets, wanted.mask, wanted.expected, kFirstAndSecondXorThird);
}

/// Whether one frame agrees; or, for what several frames' differences have in common, whether all do: `any`
/// has a difference where one of them has, `least` where all have.
[[gnu::always_inline]] inline bool agrees(__m512i any, __m512i least, const Wanted& wanted) noexcept {
  const bool has_required = _mm512_mask_test_epi8_mask(wanted.required, any, any) == 0;
  const __mmask64 needs_look = _mm512_mask_testn_epi8_mask(wanted.second_look, least, least);
  return has_required && (wanted.second_look == 0 || needs_look != wanted.second_look);
}

[[gnu::noinline]] std::uint64_t agree_one_by_one(const rte_mbuf* const* mbufs,
                                                 const Wanted& wanted) noexcept {
  std::uint64_t agree = 0;
  for (unsigned i = 0; i < kEight; ++i) {
    const __m512i other = difference(_mm512_loadu_si512(octets_of(mbufs[i])), wanted);
    agree |= std::uint64_t{agrees(other, other, wanted)} << i;
  }
  return agree;
}

/// The eight octets of an mbuf whose word kFrameOctets is data_len.
[[gnu::always_inline]] inline const char* around_size(const rte_mbuf* mbuf) noexcept {
  return reinterpret_cast<const char*>(mbuf) + offsetof(rte_mbuf, data_len) -
         kFrameOctets * sizeof(std::uint16_t);
}

/// Four pairs of quarters, side by side.
[[gnu::always_inline]] inline __m512i join(__m128i first, __m128i second, __m128i third,
                                           __m128i fourth) noexcept {
  return _mm512_inserti64x4(
      _mm512_castsi256_si512(_mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1)),
      _mm256_inserti128_si256(_mm256_castsi128_si256(third), fourth, 1), 1);
}

[[gnu::always_inline]] inline EightFrames read_eight(const rte_mbuf* const* mbufs,
                                                     const Wanted& wanted) noexcept {
  __m512i any = _mm512_setzero_si512();
  __m512i least = _mm512_set1_epi8(-1);
  const auto fields_of = [&](unsigned i) __attribute__((always_inline)) {
    const __m512i octets = _mm512_loadu_si512(octets_of(mbufs[i]));
    const __m512i other = difference(octets, wanted);
    any = _mm512_or_si512(any, other);
    least = _mm512_min_epu8(least, other);
    return _mm512_castsi512_si128(_mm512_permutexvar_epi8(wanted.fields, octets));
  };
  const auto fields_of_pair = [&](unsigned i) __attribute__((always_inline)) {
    const __m128i first = fields_of(i);
    return _mm_unpacklo_epi64(first, fields_of(i + 1));
  };
  const auto sizes_of_pair = [&](unsigned i) __attribute__((always_inline)) {
    const __m128i first = _mm_loadl_epi64(reinterpret_cast<const __m128i_u*>(around_size(mbufs[i])));
    return _mm_castps_si128(
        _mm_loadh_pi(_mm_castsi128_ps(first), reinterpret_cast<const __m64*>(around_size(mbufs[i + 1]))));
  };
  const __m512i fields = join(fields_of_pair(0), fields_of_pair(2), fields_of_pair(4), fields_of_pair(6));
  const __m512i sizes = join(sizes_of_pair(0), sizes_of_pair(2), sizes_of_pair(4), sizes_of_pair(6));
  constexpr __mmask32 kSizes = 0x1111'1111u << kFrameOctets;
  return {_mm512_mask_mov_epi16(fields, kSizes, sizes),
          agrees(any, least, wanted) ? 0xff : agree_one_by_one(mbufs, wanted)};
}

/// Field's words of 32 frames.
struct Columns {
  __m512i column[kFields];
};

[[gnu::always_inline]] inline __m512i words_counting(unsigned first, unsigned second) noexcept {
  alignas(64) std::uint16_t words[32];
  for (unsigned i = 0; i < 16; ++i) {
    words[i] = static_cast<std::uint16_t>(first + i * kFields);
    words[16 + i] = static_cast<std::uint16_t>(second + i * kFields);
  }
  return _mm512_load_si512(words);
}

[[gnu::always_inline]] inline Columns transpose(const __m512i (&eights)[4]) noexcept {
  Columns columns;
  for (unsigned field = 0; field < kFields; field += 2) {
    const __m512i order = words_counting(field, field + 1);
    const __m512i first = _mm512_permutex2var_epi16(eights[0], order, eights[1]);
    const __m512i second = _mm512_permutex2var_epi16(eights[2], order, eights[3]);
    columns.column[field] = _mm512_shuffle_i64x2(first, second, 0x44);
    columns.column[field + 1] = _mm512_shuffle_i64x2(first, second, 0xee);
  }
  return columns;
}

template <bool pppoe, bool ipv6>
[[gnu::always_inline]] inline void match_as(const MatchInput& input, Match& match) noexcept {
  const wire::Shape& shape = *input.shape;
  const Wanted wanted = wanted_of(input);
  std::uint64_t plain = 0, tcp = 0, udp = 0, opens = 0;
  for (unsigned block = 0; block < input.size; block += kBlock) {
    __m512i eights[kBlock / kEight];
    std::uint64_t agree = 0;
    const auto read = [&](unsigned i) __attribute__((always_inline)) {
      const EightFrames eight = read_eight(input.mbufs + block + i * kEight, wanted);
      eights[i] = eight.fields;
      agree |= eight.agree << i * kEight;
    };
    if (input.size - block >= kBlock) [[likely]] {
      read(0), read(1), read(2), read(3);
    } else {
      for (auto& none : eights) none = _mm512_setzero_si512();
      for (unsigned i = 0; block + i * kEight < input.size; ++i) read(i);
    }
    const Columns columns = transpose(eights);
    const auto words = [&](Field field) { return reinterpret_cast<Words>(columns.column[field]); };
    const Lengths lengths = check_lengths<pppoe, ipv6>(
        input, {words(kFrameOctets), words(kPppoeLength), words(kIpLength)}, input.ip_octets + block);
    const auto have = [&](unsigned mask, unsigned value) -> std::uint64_t {
      return _mm512_cmpeq_epi16_mask(reinterpret_cast<__m512i>(words(kProtocolAndFlags) & simd::all_of(mask)),
                                     reinterpret_cast<__m512i>(simd::all_of(value)));
    };
    constexpr unsigned kTcp = 6, kUdp = 17, kSyn = 0x0200, kSynAndRst = 0x0600;
    const std::uint64_t is_tcp = have(0xff, kTcp);
    plain |= (agree & lengths.good & ~(is_tcp & lengths.without_tcp)) << block;
    tcp |= is_tcp << block;
    udp |= have(0xff, kUdp) << block;
    if constexpr (!ipv6) opens |= have(kSynAndRst | 0xff, kSyn | kTcp) << block;
  }
  match.plain = plain & simd::first_bits(input.size);
  match.tcp = tcp & match.plain;
  match.no_tunnel = (tcp | udp) & match.plain;
  match.opens_connection = shape.opens_connection == 0 ? 0 : opens & match.plain;
}

}  // namespace

void match(const MatchInput& input, Match& match) noexcept {
  for_its_shape(
      input, [&]<bool pppoe, bool ipv6>()
                 __attribute__((always_inline)) { match_as<pppoe, ipv6>(input, match); });
}

}  // namespace narrows::pipeline::avx512
