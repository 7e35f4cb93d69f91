// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/locate_mss.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "guarded.h"
#include "option_walker.h"
#include "packets.h"

namespace narrows::test {
namespace {

using rewrite::locate_mss;
using rewrite::MssLocations;

MssLocations locate(const Octets& options) {
  return locate_mss(Octets(20) + options);
}

std::uint64_t bits(const std::vector<unsigned>& kinds) {
  std::uint64_t result = 0;
  for (const unsigned kind : kinds) result |= std::uint64_t{1} << kind;
  return result;
}

struct Row {
  const char* what;
  Octets options;
  std::vector<unsigned> kinds;
  bool malformed = false;
};

TEST(LocateMss, Rows) {
  const Octets mss = mss_option(1460);
  for (const auto& [what, options, kinds, malformed] : std::vector<Row>{
           {"no options", {}, {}},
           {"alone", mss, {20}},
           {"behind a NOP, odd", Octets{1} + mss, {21}},
           {"behind options", Octets{3, 3, 7, 4, 2} + mss, {25}},
           {"last octet of the largest header", Octets(36, 1) + mss, {56}},
           {"two", mss + mss, {20, 24}},
           {"two, one odd", mss + Octets{1} + mss, {20, 25}},
           {"ten",
            mss + mss + mss + mss + mss + mss + mss + mss + mss + mss,
            {20, 24, 28, 32, 36, 40, 44, 48, 52, 56}},
           {"behind the end", Octets{0} + mss, {}},
           {"before the end", mss + Octets{0} + mss, {20}},
           {"NOPs only", Octets(40, 1), {}},
           {"inside another option's data", Octets{8, 6} + mss, {}},
           {"kind 2, length 2", {2, 2, 1, 1}, {}},
           {"kind 2, length 3", {2, 3, 5, 1}, {}},
           {"kind 2, length 5", {2, 5, 5, 0xb4, 1}, {}},
           {"kind 2, length 3, then MSS", Octets{2, 3, 9} + mss, {23}},
           {"length 0", Octets{5, 0} + mss, {}, true},
           {"length 1", Octets{5, 1} + mss, {}, true},
           {"MSS with length 0", {2, 0, 5, 0xb4}, {}, true},
           {"length beyond the header by one", {8, 5, 0, 0}, {}, true},
           {"length ends with the header", {8, 4, 0, 0}, {}},
           {"length 255", {8, 255, 0, 0}, {}, true},
           {"kind without a length octet", {1, 1, 1, 5}, {}, true},
           {"MSS without its value", {1, 1, 2, 4}, {}, true},
           {"MSS without its last octet", {1, 2, 4, 5}, {}, true},
           {"what precedes a bad length counts", mss + Octets{5, 0} + mss, {20}, true},
       }) {
    const auto found = locate(options);
    EXPECT_EQ(found.kinds, bits(kinds)) << what;
    EXPECT_EQ(found.malformed, malformed) << what;
  }
}

TEST(LocateMss, AtEveryOffset) {
  for (unsigned offset = 20; offset <= 56; ++offset) {
    EXPECT_EQ(locate(Octets(offset - 20, 1) + mss_option(1460)).kinds, bits({offset}));
    if (offset < 22) continue;
    EXPECT_EQ(locate(with8(Octets(offset - 20, 30), 1, offset - 20) + mss_option(1460)).kinds,
              bits({offset}));
  }
}

TEST(LocateMss, EveryKindOfEveryLength) {
  const Octets mss = mss_option(1460);
  for (unsigned kind = 2; kind < 256; ++kind)
    for (unsigned length = 0; length < 256; ++length) {
      const Octets options = with16(Octets(40, 1), 0, kind << 8 | length);
      const bool fits = length >= 2 && length <= 40;
      const auto found = locate(options);
      ASSERT_EQ(found.malformed, !fits) << kind << ' ' << length;
      ASSERT_EQ(found.kinds, kind == 2 && length == 4 ? bits({20}) : 0u) << kind << ' ' << length;
    }
}

/// Compares with the second opinion; the header ends at the guard page.
class Comparison {
 public:
  [[nodiscard]] bool holds(std::span<const std::uint8_t> options) {
    const auto header = guarded_.place(Octets(20) + Octets(options.begin(), options.end()));
    return same(header);
  }
  /// As holds(), of octets written straight in front of the guard page.
  [[nodiscard]] std::span<std::uint8_t> header(std::size_t octets) { return guarded_.place(Octets(octets)); }
  [[nodiscard]] static bool same(std::span<const std::uint8_t> header) {
    const auto found = locate_mss(header);
    const auto expected = walk_options(header.subspan(20));
    return found.kinds == expected.kinds && found.malformed == expected.malformed;
  }

 private:
  Guarded guarded_;
};

/// Every string of `count` octets out of `alphabet` as the option list.
void expect_all_strings_agree(std::size_t count, std::span<const std::uint8_t> alphabet) {
  Comparison comparison;
  const auto header = comparison.header(20 + count);
  std::vector<std::size_t> letters(count, 0);
  while (true) {
    for (std::size_t i = 0; i < count; ++i) header[20 + i] = alphabet[letters[i]];
    ASSERT_TRUE(Comparison::same(header))
        << testing::PrintToString(Octets(header.begin() + 20, header.end()));
    std::size_t place = 0;
    while (place < count && ++letters[place] == alphabet.size()) letters[place++] = 0;
    if (place == count) return;
  }
}

TEST(LocateMss, EveryStringOfUpToThreeOctets) {
  const Octets all = counting(256);
  for (std::size_t count = 1; count <= 3; ++count) expect_all_strings_agree(count, all);
}

TEST(LocateMss, EveryStringOfUpToNineOctetsThatMatter) {
  constexpr std::array<std::uint8_t, 5> kMatter{0, 1, 2, 4, 5};
  for (std::size_t count = 4; count <= 9; ++count) expect_all_strings_agree(count, kMatter);
}

TEST(LocateMss, RandomListsOfEveryLength) {
  Random random(2);
  Comparison comparison;
  for (int round = 0; round < 200'000; ++round) {
    const std::size_t count = static_cast<std::size_t>(round) % 41;
    const Octets options = round % 8 == 0 ? random.octets(count) : random_options(random, count);
    ASSERT_TRUE(comparison.holds(options)) << testing::PrintToString(options);
  }
}

}  // namespace
}  // namespace narrows::test
