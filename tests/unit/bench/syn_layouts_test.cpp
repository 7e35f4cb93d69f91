// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/syn_layouts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "../rewrite/option_walker.h"

namespace narrows::test {
namespace {

using bench::shuffled_syn_layouts;
using bench::syn_layouts;

Octets octets_of(std::string_view name) {
  for (const auto& layout : syn_layouts())
    if (layout.name == name) return {layout.view().begin(), layout.view().end()};
  return {};
}

TEST(SynLayouts, NotationBecomesOctets) {
  EXPECT_EQ(octets_of("Linux 2.4 to 6"),
            (Octets{2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0x5a, 0x5a, 0x5a, 0x5a, 0, 0, 0, 0, 1, 3, 3, 7}));
  EXPECT_EQ(octets_of("nmap probe 2"),
            (Octets{2, 4, 0x05, 0x78, 3, 3, 0, 4, 2, 8, 10, 0x5a, 0x5a, 0x5a, 0x5a, 0, 0, 0, 0, 0}));
  EXPECT_EQ(octets_of("MSS of a wrong length"), (Octets{2, 3, 5, 2, 4, 0x05, 0xb4, 1, 3, 3, 7, 0}));
  EXPECT_EQ(octets_of("kind without a length"), (Octets{2, 4, 0x05, 0xb4, 1, 1, 1, 8}));
  EXPECT_TRUE(octets_of("masscan, no options").empty());
  EXPECT_EQ(octets_of("forty NOPs"), Octets(40, 1));
}

TEST(SynLayouts, WholeWordsThatATcpHeaderHolds) {
  std::set<std::string> names;
  for (const auto& layout : syn_layouts()) {
    EXPECT_EQ(layout.length % 4, 0) << layout.name;
    EXPECT_LE(layout.length, bench::kMaxOptionOctets) << layout.name;
    EXPECT_FALSE(layout.source.empty()) << layout.name;
    EXPECT_TRUE(names.insert(std::string(layout.name)).second) << layout.name;
  }
}

/// A corpus that is one kind of list many times over measures nothing.
TEST(SynLayouts, AreManyAndMixed) {
  std::set<std::string> distinct;
  unsigned without = 0, first = 0, odd = 0, several = 0, malformed = 0;
  std::set<unsigned> values;
  for (const auto& layout : syn_layouts()) {
    distinct.emplace(layout.view().begin(), layout.view().end());
    const auto walked = walk_options(layout.view(), 0);
    without += walked.kinds == 0;
    first += walked.kinds & 1;
    odd += (walked.kinds & 0xaa'aaaa'aaaa) != 0;
    several += (walked.kinds & (walked.kinds - 1)) != 0;
    malformed += walked.malformed;
    for (unsigned at = 0; at < layout.length; ++at)
      if ((walked.kinds >> at & 1) != 0) values.insert(get16(octets_of(layout.name), at + 2));
  }
  EXPECT_GE(distinct.size(), 60u);
  EXPECT_GE(without, 2u);
  EXPECT_GE(first, 40u);
  EXPECT_GE(odd, 3u);
  EXPECT_GE(several, 2u);
  EXPECT_GE(malformed, 3u);
  for (const unsigned value : {536u, 1220u, 1360u, 1380u, 1400u, 1440u, 1452u, 1460u, 8960u, 65495u})
    EXPECT_TRUE(values.contains(value)) << value;
}

TEST(SynLayouts, ASeedIsAnOrder) {
  const auto order = shuffled_syn_layouts(1);
  EXPECT_EQ(order, shuffled_syn_layouts(1));
  EXPECT_NE(order, shuffled_syn_layouts(2));
  auto sorted = order;
  std::ranges::sort(sorted);
  EXPECT_NE(order, sorted);
  ASSERT_EQ(sorted.size(), syn_layouts().size());
  for (std::size_t i = 0; i < sorted.size(); ++i) EXPECT_EQ(sorted[i], i);
}

}  // namespace
}  // namespace narrows::test
