// SPDX-License-Identifier: BSD-3-Clause
/// Every kernel that this CPU can run, against locate_mss(): each header in a page of its own, up against
/// memory that cannot be read.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "guarded.h"
#include "narrows/rewrite/locate_mss.h"
#include "narrows/rewrite/locate_mss_burst.h"
#include "packets.h"

namespace narrows::test {

using rewrite::kMaxSyns;
using rewrite::SynLocations;

inline constexpr std::size_t kFixedOctets = 20;
inline constexpr std::uint8_t kUntouched = 0xee;

/// Options of a well-formed list in front of its MSS (all, where there is none) and behind; its end is one.
inline std::pair<unsigned, unsigned> count_others(std::span<const std::uint8_t> options) {
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

}  // namespace narrows::test
