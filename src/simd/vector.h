// SPDX-License-Identifier: BSD-3-Clause
/// The few vector operations the kernels are written in, for the instructions this file is compiled with:
/// 16-bit words side by side, 64 octets at once, masks with a bit for each. Included by kernels alone:
/// everything here has internal linkage, so that no other part of the program is given code its CPU may not
/// have.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include <cstdint>
#include <cstring>

namespace narrows::simd {
namespace {

#if defined(__AVX512BW__)
constexpr unsigned kVectorOctets = 64;
#elif defined(__AVX2__)
constexpr unsigned kVectorOctets = 32;
#else
constexpr unsigned kVectorOctets = 16;
#endif
constexpr unsigned kWords = kVectorOctets / sizeof(std::uint16_t);

/// kWords words; operators work on each. A comparison gives all ones where it holds.
using Words [[gnu::vector_size(kVectorOctets)]] = std::uint16_t;

[[gnu::always_inline]] inline Words load(const std::uint16_t* words) noexcept {
  Words value;
  std::memcpy(&value, words, sizeof(value));
  return value;
}

[[gnu::always_inline]] inline void store(std::uint16_t* words, Words value) noexcept {
  std::memcpy(words, &value, sizeof(value));
}

/// `value` in every word.
[[gnu::always_inline]] inline Words all_of(unsigned value) noexcept {
  return Words{} + static_cast<std::uint16_t>(value);
}

[[gnu::always_inline]] inline Words swap_octets(Words value) noexcept {
  return value << 8 | value >> 8;
}

/// 0 where that would be negative.
[[gnu::always_inline]] inline Words subtract_to_zero(Words value, Words less) noexcept {
#if defined(__AVX512BW__)
  return reinterpret_cast<Words>(
      _mm512_subs_epu16(reinterpret_cast<__m512i>(value), reinterpret_cast<__m512i>(less)));
#else
  return (value - less) & reinterpret_cast<Words>(value > less);
#endif
}

/// For each word whether something holds; & works on it.
#if defined(__AVX512BW__)
using Truth = __mmask32;
#else
using Truth = Words;
#endif

[[gnu::always_inline]] inline Truth at_most(Words value, Words limit) noexcept {
#if defined(__AVX512BW__)
  return _mm512_cmple_epu16_mask(reinterpret_cast<__m512i>(value), reinterpret_cast<__m512i>(limit));
#else
  return reinterpret_cast<Words>(value <= limit);
#endif
}

[[gnu::always_inline]] inline std::uint64_t bits_of(Truth truth) noexcept {
#if defined(__AVX512BW__)
  return truth;
#elif defined(__AVX2__)
  const auto both = reinterpret_cast<__m256i>(truth);
  return static_cast<std::uint16_t>(
      _mm_movemask_epi8(_mm_packs_epi16(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1))));
#elif defined(__SSE4_2__)
  return static_cast<std::uint8_t>(
      _mm_movemask_epi8(_mm_packs_epi16(reinterpret_cast<__m128i>(truth), _mm_setzero_si128())));
#elif defined(__aarch64__)
  constexpr Words kWeights{1, 2, 4, 8, 16, 32, 64, 128};
  return vaddvq_u16(reinterpret_cast<uint16x8_t>(truth & kWeights));
#endif
}

/// A bit for each of the first `count`, of which there is one at least and 64 at most.
[[gnu::always_inline]] inline std::uint64_t first_bits(unsigned count) noexcept {
#if defined(__BMI2__)
  return _bzhi_u64(~std::uint64_t{0}, count);
#else
  // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): count is not 0
  return ~std::uint64_t{0} >> (64 - count);
#endif
}

/// Eight words that lie apart. Collected in a register: a vector cannot be loaded from where words have just
/// been stored one by one without waiting for all of them.
struct Eight {
#if defined(__x86_64__)
  __m128i words = _mm_setzero_si128();
#elif defined(__aarch64__)
  uint16x8_t words = vdupq_n_u16(0);
#endif
  template <int lane>
  [[gnu::always_inline]] void load(const void* word) noexcept {
    std::uint16_t value;
    std::memcpy(&value, word, sizeof(value));
#if defined(__x86_64__)
    words = _mm_insert_epi16(words, value, lane);
#elif defined(__aarch64__)
    words = vsetq_lane_u16(value, words, lane);
#endif
  }
  [[gnu::always_inline]] void store(std::uint16_t* to) const noexcept {
    std::memcpy(to, &words, sizeof(words));
  }
};

/// 64 octets.
struct Octets {
#if defined(__AVX512BW__)
  __m512i part[1];
#elif defined(__AVX2__)
  __m256i part[2];
#elif defined(__SSE4_2__)
  __m128i part[4];
#elif defined(__aarch64__)
  uint8x16_t part[4];
#endif
};

/// 32 octets.
struct Half {
#if defined(__AVX2__)
  __m256i part[1];
#elif defined(__SSE4_2__)
  __m128i part[2];
#elif defined(__aarch64__)
  uint8x16_t part[2];
#endif
};

[[gnu::always_inline]] inline Half load_half(const std::uint8_t* octets) noexcept {
  Half value;
  std::memcpy(&value, octets, sizeof(value));
  return value;
}

[[gnu::always_inline]] inline void store_half(std::uint8_t* octets, const Half& value) noexcept {
  std::memcpy(octets, &value, sizeof(value));
}

[[gnu::always_inline]] inline Octets load_octets(const std::uint8_t* octets) noexcept {
  Octets value;
  std::memcpy(&value, octets, sizeof(value));
  return value;
}

/// Bit i: (octets[i] & mask[i]) == expected[i].
[[gnu::always_inline]] inline std::uint64_t agreement(const std::uint8_t* octets, const Octets& mask,
                                                      const Octets& expected) noexcept {
#if defined(__AVX512BW__)
  return _mm512_cmpeq_epi8_mask(_mm512_and_si512(_mm512_loadu_si512(octets), mask.part[0]), expected.part[0]);
#elif defined(__AVX2__)
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < 2; ++i) {
    const __m256i part = _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(octets) + i);
    const __m256i equal = _mm256_cmpeq_epi8(_mm256_and_si256(part, mask.part[i]), expected.part[i]);
    bits |= std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(equal))} << 32 * i;
  }
  return bits;
#elif defined(__SSE4_2__)
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i_u*>(octets) + i);
    const __m128i equal = _mm_cmpeq_epi8(_mm_and_si128(part, mask.part[i]), expected.part[i]);
    bits |= std::uint64_t{static_cast<std::uint16_t>(_mm_movemask_epi8(equal))} << 16 * i;
  }
  return bits;
#elif defined(__aarch64__)
  constexpr uint8x16_t kWeights{1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t part[4];
  for (unsigned i = 0; i < 4; ++i)
    part[i] =
        vandq_u8(vceqq_u8(vandq_u8(vld1q_u8(octets + 16 * i), mask.part[i]), expected.part[i]), kWeights);
  const uint8x16_t halves = vpaddq_u8(vpaddq_u8(part[0], part[1]), vpaddq_u8(part[2], part[3]));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(halves, halves)), 0);
#endif
}

/// Bit i of element k of the result: values[i] has all bits of wanted[k].
/// @param count  values up to the next multiple of 8 are read.
template <unsigned kinds>
[[gnu::always_inline]] inline void have_all(const std::uint64_t* values, unsigned count,
                                            const std::uint64_t (&wanted)[kinds],
                                            std::uint64_t (&bits)[kinds]) noexcept {
  for (unsigned k = 0; k < kinds; ++k) bits[k] = 0;
#if defined(__AVX512BW__)
  for (unsigned i = 0; i < count; i += 8) {
    const __m512i eight = _mm512_load_si512(values + i);
    for (unsigned k = 0; k < kinds; ++k) {
      const __m512i all = _mm512_set1_epi64(static_cast<long long>(wanted[k]));
      bits[k] |= std::uint64_t{_mm512_cmpeq_epi64_mask(_mm512_and_si512(eight, all), all)} << i;
    }
  }
#elif defined(__AVX2__)
  for (unsigned i = 0; i < count; i += 4) {
    const __m256i four = _mm256_load_si256(reinterpret_cast<const __m256i*>(values + i));
    for (unsigned k = 0; k < kinds; ++k) {
      const __m256i all = _mm256_set1_epi64x(static_cast<long long>(wanted[k]));
      const __m256i equal = _mm256_cmpeq_epi64(_mm256_and_si256(four, all), all);
      bits[k] |= std::uint64_t{static_cast<std::uint8_t>(_mm256_movemask_pd(_mm256_castsi256_pd(equal)))}
                 << i;
    }
  }
#elif defined(__SSE4_2__)
  for (unsigned i = 0; i < count; i += 2) {
    const __m128i two = _mm_load_si128(reinterpret_cast<const __m128i*>(values + i));
    for (unsigned k = 0; k < kinds; ++k) {
      const __m128i all = _mm_set1_epi64x(static_cast<long long>(wanted[k]));
      const __m128i equal = _mm_cmpeq_epi64(_mm_and_si128(two, all), all);
      bits[k] |= std::uint64_t{static_cast<std::uint8_t>(_mm_movemask_pd(_mm_castsi128_pd(equal)))} << i;
    }
  }
#else
  for (unsigned i = 0; i < count; ++i)
    for (unsigned k = 0; k < kinds; ++k) bits[k] |= std::uint64_t{(values[i] & wanted[k]) == wanted[k]} << i;
#endif
}

}  // namespace
}  // namespace narrows::simd
