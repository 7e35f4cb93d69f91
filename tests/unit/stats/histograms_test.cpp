// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/stats/histograms.h"

#include <gtest/gtest.h>

namespace narrows::stats {
namespace {

TEST(BurstSizes, EachIsInTheFirstRowThatHoldsIt) {
  EXPECT_EQ(burst_size_row(1), 0u);
  for (unsigned frames = 1; frames <= 64; ++frames) {
    const auto row = burst_size_row(frames);
    EXPECT_LE(frames, largest_burst(row));
    EXPECT_TRUE(row == 0 || frames > largest_burst(row - 1));
  }
  EXPECT_EQ(largest_burst(kBurstSizes - 1), 64u);
}

TEST(Latencies, EachIsInTheFirstRowThatHoldsIt) {
  EXPECT_EQ(latency_row(0), 0u);
  EXPECT_EQ(latency_row(1), 0u);
  for (std::size_t row = 0; row + 1 < kLatencies; ++row) {
    EXPECT_EQ(latency_row(longest_latency_ns(row)), row);
    EXPECT_EQ(latency_row(longest_latency_ns(row) + 1), row + 1);
  }
  EXPECT_EQ(latency_row(~std::uint64_t{0}), kLatencies - 1);
}

}  // namespace
}  // namespace narrows::stats
