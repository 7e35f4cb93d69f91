// SPDX-License-Identifier: BSD-3-Clause
/// Every kernel that this CPU can run, against locate_mss(): each header in a page of its own, up against
/// memory that cannot be read.
#include "narrows/rewrite/locate_mss_burst.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "guarded.h"
#include "narrows/bench/syn_layouts.h"
#include "narrows/rewrite/locate_mss.h"
#include "packets.h"
#include "random.h"

namespace narrows::test {
namespace {

using rewrite::kMaxSyns;
using rewrite::SynLocations;

constexpr std::size_t kFixedOctets = 20;
constexpr std::uint8_t kUntouched = 0xee;

/// Options of a well-formed list in front of its MSS (all, where there is none) and behind; its end is one.
std::pair<unsigned, unsigned> count_others(std::span<const std::uint8_t> options) {
  std::pair<unsigned, unsigned> others{0, 0};
  unsigned* counted = &others.first;
  for (std::size_t at = 0; at < options.size();) {
    if (options[at] == 0) {
      ++*counted;
      break;
    }
    const std::size_t length = options[at] == 1 ? 1 : options[at + 1];
    if (options[at] == 2 && length == 4)
      counted = &others.second;
    else
      ++*counted;
    at += length;
  }
  return others;
}

/// Bursts of headers of which octet 20 … are the options; every list goes through every kernel.
class Kernels {
 public:
  Kernels() {
    for (const simd::Level level : simd::levels())
      kernels_.push_back({level, rewrite::select_locate_mss(level)});
    for (auto& page : pages_) page = std::make_unique<Guarded>();
  }

  /// Adds a header to the burst.
  /// @param at_the_end  of its page; else its first octet is the page's.
  void add(std::span<const std::uint8_t> options, bool at_the_end = true) {
    std::array<std::uint8_t, 60> header{};
    std::copy(options.begin(), options.end(), header.begin() + kFixedOctets);
    const auto whole = std::span(header).first(kFixedOctets + options.size());
    Guarded& page = *pages_[burst_.size];
    const auto placed = at_the_end ? page.place(whole) : page.place_first(whole);
    burst_.header[burst_.size] = placed.data();
    burst_.octets[burst_.size++] = static_cast<std::uint8_t>(placed.size());
  }
  /// Adds one, and compares when the burst is full.
  void stream(std::span<const std::uint8_t> options, bool at_the_end = true) {
    add(options, at_the_end);
    if (burst_.size == kMaxSyns) compare();
  }
  [[nodiscard]] unsigned size() const { return burst_.size; }
  /// How many bits of a kernel's were `unsure`, over all comparisons.
  [[nodiscard]] std::uint64_t unsure() const { return unsure_; }

  /// Holds what each kernel finds in the burst against locate_mss(), and begins a new burst.
  void compare() {
    if (burst_.size == 0) return;
    for (const auto& [level, kernel] : kernels_) {
      SCOPED_TRACE(std::string(name_of(level)) + ", " + std::to_string(burst_.size) + " headers");
      SynLocations found;
      found.kind.fill(kUntouched);
      found.found = found.unsure = ~std::uint64_t{0};
      kernel(burst_, found);
      compare_one(found);
    }
    burst_.size = 0;
  }

 private:
  void compare_one(const SynLocations& locations) {
    const std::uint64_t used = ~std::uint64_t{0} >> (kMaxSyns - burst_.size);
    ASSERT_EQ((locations.found | locations.unsure) & ~used, 0u);
    ASSERT_EQ(locations.found & locations.unsure, 0u);
    for (unsigned i = 0; i < burst_.size; ++i) {
      const std::span header(burst_.header[i], burst_.octets[i]);
      const auto expected = rewrite::locate_mss(header);
      const bool plain = !expected.malformed && std::popcount(expected.kinds) <= 1;
      const bool found = (locations.found >> i & 1) != 0;
      bool right = false;
      if ((locations.unsure >> i & 1) != 0) {
        ++unsure_;
        right = !plain || is_long(header.subspan(kFixedOctets));
      } else if (found) {
        right = plain && expected.kinds == std::uint64_t{1} << locations.kind[i];
      } else {
        right = plain && expected.kinds == 0;
      }
      ASSERT_TRUE(right) << "lane " << i << ": "
                         << testing::PrintToString(Octets(header.begin() + kFixedOctets, header.end()));
    }
    for (unsigned i = burst_.size; i < kMaxSyns; ++i) ASSERT_EQ(locations.kind[i], kUntouched) << i;
  }
  static bool is_long(std::span<const std::uint8_t> options) {
    const auto [in_front, behind] = count_others(options);
    return in_front > 8 || behind > 8;
  }

  struct Named {
    simd::Level level;
    rewrite::LocateMssBurst kernel;
  };
  std::vector<Named> kernels_;
  std::array<std::unique_ptr<Guarded>, kMaxSyns> pages_;
  rewrite::SynBurst burst_;
  std::uint64_t unsure_ = 0;
};

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
