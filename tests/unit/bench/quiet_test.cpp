// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/quiet.h"

#include <gtest/gtest.h>

namespace narrows::bench {
namespace {

TEST(BenchQuiet, FourFifthsOfTheBestAdditionsAreQuiet) {
  QuietMeter meter;
  meter.note({3.0, 0});
  EXPECT_TRUE(meter.is_quiet({3.0, 0}));  // as good as was ever seen
  meter.note({5.0, 0});
  meter.note({2.0, 0});
  EXPECT_TRUE(meter.is_quiet({4.0, 0}));
  EXPECT_FALSE(meter.is_quiet({3.9, 0}));
}

TEST(BenchQuiet, ASlowCacheIsNotQuiet) {
  QuietMeter meter;
  meter.note({5.0, 0});
  meter.note({5.0, 80});
  meter.note({5.0, 60});
  EXPECT_TRUE(meter.is_quiet({5.0, 75}));
  EXPECT_FALSE(meter.is_quiet({5.0, 76}));
  EXPECT_TRUE(meter.is_quiet({5.0, 0})) << "nobody looked";
}

TEST(BenchQuiet, WorseOfTwo) {
  const Reading both = worse({5.0, 60}, {4.0, 50});
  EXPECT_DOUBLE_EQ(both.adds_per_clock, 4.0);
  EXPECT_DOUBLE_EQ(both.l3_clocks, 60);
}

TEST(BenchQuiet, ProbeReadsWhatItIsAsked) {
  QuietProbe probe;
  EXPECT_DOUBLE_EQ(probe.read(false).l3_clocks, 0);
  const Reading reading = probe.read(true);
  EXPECT_GT(reading.adds_per_clock, 0);
  EXPECT_GT(reading.l3_clocks, 0);
}

}  // namespace
}  // namespace narrows::bench
