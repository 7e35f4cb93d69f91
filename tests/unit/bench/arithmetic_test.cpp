// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/arithmetic.h"

#include <gtest/gtest.h>

namespace narrows::bench {
namespace {

TEST(BenchArithmetic, MedianIsTheMiddleOne) {
  EXPECT_DOUBLE_EQ(median({9, 1, 5}), 5);
  EXPECT_DOUBLE_EQ(median({1e9, 4, 2, 3}), 3.5);
  EXPECT_DOUBLE_EQ(median({7}), 7);
  EXPECT_DOUBLE_EQ(median({}), 0);
}

TEST(BenchArithmetic, WireAddsFcsPreambleAndGapToAPaddedFrame) {
  EXPECT_DOUBLE_EQ(octets_on_wire(60), 84);
  EXPECT_DOUBLE_EQ(octets_on_wire(42), 84);
  EXPECT_DOUBLE_EQ(octets_on_wire(1514), 1538);
}

/// The figures everybody knows: 14.88 Mpps of the smallest frames, 812,744 of the longest.
TEST(BenchArithmetic, LineShareOfTenGigabit) {
  EXPECT_NEAR(line_share(1e3 / 14.880952, 84, 10), 1, 1e-6);
  EXPECT_NEAR(line_share(1e9 / 812743.8, 1538, 10), 1, 1e-6);
  EXPECT_NEAR(line_share(67.2, 84, 25), 0.4, 1e-6);
  EXPECT_NEAR(line_share(6.72, 84, 10), 10, 1e-6);
}

}  // namespace
}  // namespace narrows::bench
