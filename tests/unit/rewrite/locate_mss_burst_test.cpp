// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/locate_mss_burst.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "locate_kernels.h"
#include "narrows/bench/syn_layouts.h"
#include "packets.h"
#include "random.h"

namespace narrows::test {
namespace {

TEST(LocateMssBurst, EveryLayoutInEveryLane) {
  Kernels kernels;
  const auto layouts = bench::syn_layouts();
  // 64 and the number of layouts have no common divisor, so each comes to lie in each lane.
  ASSERT_EQ(std::gcd(layouts.size(), std::size_t{kMaxSyns}), 1u);
  for (unsigned round = 0; round < kMaxSyns; ++round)
    for (const auto& layout : layouts) ASSERT_NO_FATAL_FAILURE(kernels.stream(layout.view(), round % 2 == 0));
}

TEST(LocateMssBurst, EveryHeaderLength) {
  Kernels kernels;
  for (const auto& layout : bench::syn_layouts()) {
    Octets options(layout.view().begin(), layout.view().end());
    options.resize(40, 1);
    for (std::size_t count = 0; count <= 40; ++count)
      for (const bool at_the_end : {true, false})
        ASSERT_NO_FATAL_FAILURE(kernels.stream(first_octets(options, count), at_the_end));
  }
  ASSERT_NO_FATAL_FAILURE(kernels.compare());
}

TEST(LocateMssBurst, EveryBurstSizeEveryLaneForItself) {
  Kernels kernels;
  Random random(21);
  const auto layouts = bench::syn_layouts();
  for (unsigned round = 0; round < 20; ++round)
    for (unsigned size = 1; size <= kMaxSyns; ++size) {
      while (kernels.size() < size) kernels.add(random.one_of(layouts).view(), random() % 2 == 0);
      ASSERT_NO_FATAL_FAILURE(kernels.compare());
    }
}

/// One list that is neither short nor well-formed among plain ones must not spoil them, in whichever lane.
TEST(LocateMssBurst, ABadLaneIsAloneInIt) {
  Kernels kernels;
  const Octets plain = mss_option(1460) + Octets{1, 3, 3, 8, 1, 1, 4, 2};
  for (const Octets& bad : {Octets(40, 1), Octets(40, 0xff), Octets(40, 0), Octets(40, 2), Octets{}})
    for (unsigned lane = 0; lane < kMaxSyns; ++lane) {
      for (unsigned i = 0; i < kMaxSyns; ++i) kernels.add(i == lane ? bad : plain);
      ASSERT_NO_FATAL_FAILURE(kernels.compare());
    }
}

TEST(LocateMssBurst, EveryLengthOctetAtEveryPlace) {
  Kernels kernels;
  for (const unsigned kind : {0u, 1u, 2u, 3u, 8u, 127u, 128u, 254u, 255u})
    for (std::size_t place = 0; place < 39; ++place)
      for (unsigned length = 0; length < 256; ++length) {
        Octets options = Octets(place, 1) + Octets(40 - place, 0);
        options[place] = static_cast<std::uint8_t>(kind);
        options[place + 1] = static_cast<std::uint8_t>(length);
        if (place + length + 4 <= 40 && length > 1)
          for (const auto octet : mss_option(1460)) options[place + length++] = octet;
        ASSERT_NO_FATAL_FAILURE(kernels.stream(options));
        if (length > 255 - 4) break;
      }
  ASSERT_NO_FATAL_FAILURE(kernels.compare());
}

TEST(LocateMssBurst, AnOptionThatEndsWithTheHeaderOrBeyond) {
  Kernels kernels;
  for (const unsigned kind : {2u, 5u, 255u})
    for (std::size_t count = 1; count <= 40; ++count)
      for (std::size_t place = 0; place < count; ++place)
        for (const int excess : {-1, 0, 1, 2}) {
          Octets options(count, 1);
          options[place] = static_cast<std::uint8_t>(kind);
          const int length = static_cast<int>(count - place) + excess;
          if (place + 1 < count) options[place + 1] = static_cast<std::uint8_t>(length);
          ASSERT_NO_FATAL_FAILURE(kernels.stream(options));
        }
  ASSERT_NO_FATAL_FAILURE(kernels.compare());
}

/// An MSS at every place whose octets, or whose neighbours', could be taken for another option.
TEST(LocateMssBurst, WhatLooksLikeAnMssAndIsNone) {
  Kernels kernels;
  for (std::size_t place = 0; place <= 36; ++place)
    for (std::size_t hidden = 0; hidden + 4 <= 40; ++hidden)
      for (const unsigned wrapped : {2u, 4u, 6u, 40u}) {
        Octets options(40, 1);
        if (hidden >= 2 && hidden - 2 + wrapped <= 40) {
          options[hidden - 2] = 253;
          options[hidden - 1] = static_cast<std::uint8_t>(wrapped);
        }
        for (std::size_t i = 0; i < 4; ++i) options[hidden + i] = mss_option(0x0204)[i];
        for (std::size_t i = 0; i < 4; ++i) options[place + i] = mss_option(0x0204)[i];
        ASSERT_NO_FATAL_FAILURE(kernels.stream(options));
      }
  ASSERT_NO_FATAL_FAILURE(kernels.compare());
}

/// Octets that are kinds and lengths more often than not.
void fill_with_likely(Random& random, std::span<std::uint8_t> options) {
  static constexpr std::array<std::uint8_t, 32> kLikely{1,  1, 1,  1,  1,  2,   4, 2,  4,  2, 4,
                                                        3,  3, 3,  8,  10, 8,   5, 6,  7,  4, 2,
                                                        30, 4, 34, 12, 18, 255, 0, 10, 40, 19};
  for (std::size_t i = 0; i < options.size(); i += 4) {
    const unsigned dice = random();
    for (std::size_t j = i; j < std::min(i + 4, options.size()); ++j)
      options[j] = kLikely[dice >> 8 * (j - i) & 31];
    if (dice >> 24 < 8) options[i] = static_cast<std::uint8_t>(dice >> 5);
  }
}

TEST(LocateMssBurst, AMillionLists) {
  Kernels kernels;
  Random random(22);
  std::array<std::uint8_t, 40> octets{};
  for (unsigned round = 0; round < 1'000'000; ++round) {
    const auto options = std::span(octets).first(random() % 41);
    fill_with_likely(random, options);
    // Half of them begin as a host's list does, so that the walk gets further.
    if (round % 2 == 0 && options.size() >= 4) std::ranges::copy(mss_option(1460), options.begin());
    ASSERT_NO_FATAL_FAILURE(kernels.stream(options, round % 4 < 2));
  }
  EXPECT_GT(kernels.unsure(), 100'000u);
}

/// What the kernels leave to locate_mss() is rare on a real line: of all hosts' lists, one.
TEST(LocateMssBurst, SureOfWhatHostsSend) {
  for (const simd::Level level : simd::levels()) {
    const auto kernel = rewrite::select_locate_mss(level);
    for (const auto& layout : bench::syn_layouts()) {
      if (layout.source == "contract 2.3" || layout.name == "BaiduSpider") continue;
      Octets header = Octets(kFixedOctets) + Octets(layout.view().begin(), layout.view().end());
      rewrite::SynBurst burst;
      for (burst.size = 0; burst.size < kMaxSyns; ++burst.size) {
        burst.header[burst.size] = header.data();
        burst.octets[burst.size] = static_cast<std::uint8_t>(header.size());
      }
      SynLocations found;
      kernel(burst, found);
      EXPECT_EQ(found.unsure, 0u) << name_of(level) << ": " << layout.name;
    }
  }
}

}  // namespace
}  // namespace narrows::test
