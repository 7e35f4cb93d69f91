// SPDX-License-Identifier: BSD-3-Clause
// Compiled once a level, NARROWS_LEVEL being the level's name. Headers in lanes, an octet of each: all go
// through their options in step, octet by octet, and where one begins in a lane that lane takes note.
#include "locate_mss_kernel.h"
#include "simd/vector.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace narrows::rewrite::NARROWS_LEVEL {
namespace {

constexpr unsigned kFixedOctets = 20;  ///< of a TCP header, in front of its options
constexpr unsigned kColumns = 16;      ///< octets that are looked at together

/// kColumns octets of one header.
using Row [[gnu::vector_size(kColumns)]] = std::uint8_t;
/// An octet of each lane's header, at the same place.
#if defined(__AVX2__)
constexpr unsigned kLanes = 32;
#else
constexpr unsigned kLanes = 16;
#endif
using Lanes [[gnu::vector_size(kLanes)]] = std::uint8_t;

[[gnu::always_inline]] inline Lanes all(unsigned octet) noexcept {
  return Lanes{} + static_cast<std::uint8_t>(octet);
}

// --- what has no operator ---

/// Octets shift … of the row, 0 behind its end.
[[gnu::always_inline]] inline Row shift_down(Row row, unsigned shift) noexcept {
  alignas(64) static constexpr std::uint8_t kPlaces[64] = {
      0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15,
      0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
      0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
      0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
  Row places;
  __builtin_memcpy(&places, kPlaces + shift, sizeof(places));
#if defined(__x86_64__)
  return reinterpret_cast<Row>(
      _mm_shuffle_epi8(reinterpret_cast<__m128i>(row), reinterpret_cast<__m128i>(places)));
#elif defined(__aarch64__)
  return vqtbl1q_u8(row, places);
#endif
}

[[gnu::always_inline]] inline Lanes add_saturating(Lanes a, Lanes b) noexcept {
#if defined(__AVX2__)
  return reinterpret_cast<Lanes>(
      _mm256_adds_epu8(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(__x86_64__)
  return reinterpret_cast<Lanes>(_mm_adds_epu8(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#elif defined(__aarch64__)
  return vqaddq_u8(a, b);
#endif
}

/// A bit for each lane of a comparison's result.
[[gnu::always_inline]] inline std::uint64_t bits_of(Lanes truth) noexcept {
#if defined(__AVX2__)
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(reinterpret_cast<__m256i>(truth)));
#elif defined(__x86_64__)
  return static_cast<std::uint16_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(truth)));
#elif defined(__aarch64__)
  const Lanes weighed = truth & Lanes{1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  return vaddv_u8(vget_low_u8(weighed)) | unsigned{vaddv_u8(vget_high_u8(weighed))} << 8;
#endif
}

/// Octets of both in turn, of their first and of their second halves; with 32 lanes, of the halves' halves.
[[gnu::always_inline]] inline Lanes interleave_first(Lanes a, Lanes b) noexcept {
#if defined(__AVX2__)
  return reinterpret_cast<Lanes>(
      _mm256_unpacklo_epi8(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(__x86_64__)
  return reinterpret_cast<Lanes>(
      _mm_unpacklo_epi8(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#elif defined(__aarch64__)
  return vzip1q_u8(a, b);
#endif
}
[[gnu::always_inline]] inline Lanes interleave_second(Lanes a, Lanes b) noexcept {
#if defined(__AVX2__)
  return reinterpret_cast<Lanes>(
      _mm256_unpackhi_epi8(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(__x86_64__)
  return reinterpret_cast<Lanes>(
      _mm_unpackhi_epi8(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#elif defined(__aarch64__)
  return vzip2q_u8(a, b);
#endif
}

// --- rows to columns ---

/// Octets `from` … of a header, 0 behind the `octets` there are; 20 at least, so that 16 can be read that end
/// where they do.
[[gnu::always_inline]] inline Row load_row(const std::uint8_t* header, unsigned octets,
                                           unsigned from) noexcept {
  // Written so that no compiler makes a branch of it: from + kColumns − octets, or 0 where that is negative.
  const int excess = static_cast<int>(from + kColumns) - static_cast<int>(octets);
  const auto shift = static_cast<unsigned>(excess & ~(excess >> 31));
  Row row;
  __builtin_memcpy(&row, header + from - shift, sizeof(row));
  return shift_down(row, shift);
}

/// Headers and their lengths, of as many as there are lanes: the last one again where there are fewer.
struct Group {
  const std::uint8_t* header[kLanes];
  unsigned octets[kLanes];
  unsigned most = 0;  ///< of octets
};

/// column[c]: octets from + c of all lanes' headers.
[[gnu::always_inline]] inline void load_columns(const Group& group, unsigned from,
                                                Lanes (&column)[kColumns]) noexcept {
#pragma GCC unroll 16
  for (unsigned i = 0; i < kColumns; ++i) {
    const Row row = load_row(group.header[i], group.octets[i], from);
#if defined(__AVX2__)
    const Row second = load_row(group.header[i + kColumns], group.octets[i + kColumns], from);
    column[i] = reinterpret_cast<Lanes>(
        _mm256_set_m128i(reinterpret_cast<__m128i>(second), reinterpret_cast<__m128i>(row)));
#else
    column[i] = row;
#endif
  }
  // Each round interleaves what is eight apart; after four, the octet's number and the row's have changed
  // places.
#pragma GCC unroll 4
  for (unsigned round = 0; round < 4; ++round) {
    Lanes mixed[kColumns];
#pragma GCC unroll 8
    for (unsigned i = 0; i < kColumns / 2; ++i) {
      mixed[2 * i] = interleave_first(column[i], column[i + kColumns / 2]);
      mixed[2 * i + 1] = interleave_second(column[i], column[i + kColumns / 2]);
    }
#pragma GCC unroll 16
    for (unsigned i = 0; i < kColumns; ++i) column[i] = mixed[i];
  }
}

// --- the walk ---

/// Where each lane is. Places count from the first option octet.
struct Walk {
  Lanes next{};   ///< where the next option begins, or the end of the list is
  Lanes count{};  ///< MSS options met
  Lanes last{};   ///< where the last of them begins
  Lanes kind{};   ///< the octets at the present place
};

/// One place further. @param length  the octets at the place behind it.
[[gnu::always_inline]] inline void step(Walk& walk, unsigned place, Lanes length) noexcept {
  const Lanes kind = walk.kind;
  // Lengths 0 and 1 wrap around, and saturate: beyond every end.
  Lanes behind = add_saturating(length - 2, all(place + 2));
  behind = kind == 1 ? all(place + 1) : behind;
  const auto here = reinterpret_cast<Lanes>(walk.next == all(place)) & reinterpret_cast<Lanes>(kind != 0);
  const Lanes mss = here & reinterpret_cast<Lanes>(kind == 2) & reinterpret_cast<Lanes>(length == 4);
  walk.next = here != 0 ? behind : walk.next;
  walk.last = mss != 0 ? all(place) : walk.last;
  walk.count -= mss;
  walk.kind = length;
}

/// The next 16 places: the last of them is left for when the octets behind it are there.
template <unsigned first, unsigned places>
[[gnu::always_inline]] inline void walk_columns(Walk& walk, const Group& group) noexcept {
  Lanes column[kColumns];
  load_columns(group, kFixedOctets + first, column);
  if constexpr (first == 0)
    walk.kind = column[0];
  else
    step(walk, first - 1, column[0]);
#pragma GCC unroll 16
  for (unsigned i = 1; i < places; ++i) step(walk, first + i - 1, column[i]);
}

[[gnu::always_inline]] inline Walk walk_options(const Group& group) noexcept {
  Walk walk;
  walk_columns<0, 16>(walk, group);
  if (group.most <= kFixedOctets + 16) {
    step(walk, 15, Lanes{});
    return walk;
  }
  walk_columns<16, 16>(walk, group);
  if (group.most <= kFixedOctets + 32) {
    step(walk, 31, Lanes{});
    return walk;
  }
  walk_columns<32, 8>(walk, group);
  step(walk, 39, Lanes{});
  return walk;
}

}  // namespace

void locate_mss(const LocateInput& input, LocateOutput& output) noexcept {
  output.found = 0;
  output.unsure = 0;
  for (unsigned first = 0; first < input.size; first += kLanes) {
    const unsigned here = input.size - first < kLanes ? input.size - first : kLanes;
    Group group;
    alignas(Lanes) std::uint8_t end[kLanes];
    for (unsigned i = 0; i < kLanes; ++i) {
      const unsigned from = first + (i < here ? i : here - 1);
      const std::uint8_t octets = input.octets[from];
      group.header[i] = input.header[from];
      group.octets[i] = octets;
      group.most = group.most < octets ? octets : group.most;
      end[i] = static_cast<std::uint8_t>(octets - kFixedOctets);
    }
    const Walk walk = walk_options(group);
    Lanes ends;
    __builtin_memcpy(&ends, end, sizeof(ends));
    const Lanes kinds = walk.last + static_cast<std::uint8_t>(kFixedOctets);
    __builtin_memcpy(end, &kinds, sizeof(kinds));
    __builtin_memcpy(output.kind + first, end, here);
    const std::uint64_t used = simd::first_bits(here);
    const std::uint64_t unsure =
        bits_of(reinterpret_cast<Lanes>(walk.next > ends)) | bits_of(reinterpret_cast<Lanes>(walk.count > 1));
    output.unsure |= (unsure & used) << first;
    output.found |= (bits_of(reinterpret_cast<Lanes>(walk.count == 1)) & ~unsure & used) << first;
  }
}

}  // namespace narrows::rewrite::NARROWS_LEVEL
