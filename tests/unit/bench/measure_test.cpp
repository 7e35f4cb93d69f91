// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/measure.h"

#include <gtest/gtest.h>

namespace narrows::bench {
namespace {

constexpr double kTscHz = 2e9;

Round round(double cycles, double adds, double io = 0, double bare = 0) {
  return {{.cycles = cycles, .io_cycles = io, .bare_io_cycles = bare}, {adds, 0}};
}

QuietMeter meter_of_five() {
  QuietMeter meter;
  meter.note({5.0, 0});
  return meter;
}

Figure summary(const Setting& setting, const std::vector<Round>& rounds, const std::vector<Round>& scalar) {
  return summarise(setting, simd::Level::avx2, rounds, scalar, meter_of_five(), kTscHz);
}

TEST(BenchMeasure, DisturbedRoundsDoNotCount) {
  const std::vector<Round> rounds{round(10, 5), round(90, 3), round(12, 5), round(80, 2), round(14, 5)};
  const Figure figure = summary({}, rounds, rounds);
  EXPECT_DOUBLE_EQ(figure.cycles, 12);
  EXPECT_DOUBLE_EQ(figure.ns, 6);
  EXPECT_DOUBLE_EQ(figure.best_ns, 5);
  EXPECT_DOUBLE_EQ(figure.adds_per_clock, 5);
  EXPECT_TRUE(figure.quiet);
  EXPECT_EQ(figure.rounds, 5u);
}

TEST(BenchMeasure, WithoutAQuietRoundTheFigureIsOfAllAndSaysSo) {
  const std::vector<Round> rounds{round(30, 3), round(20, 3), round(40, 3)};
  const Figure figure = summary({}, rounds, rounds);
  EXPECT_DOUBLE_EQ(figure.cycles, 30);
  EXPECT_FALSE(figure.quiet);
}

TEST(BenchMeasure, TwoQuietRoundsAreTooFew) {
  const std::vector<Round> rounds{round(10, 5), round(12, 5), round(40, 3)};
  const Figure figure = summary({}, rounds, rounds);
  EXPECT_DOUBLE_EQ(figure.cycles, 11);
  EXPECT_FALSE(figure.quiet);
}

/// Both were slowed down in the second round, which leaves their ratio as it is.
TEST(BenchMeasure, RatioIsOfTheSameRounds) {
  const std::vector<Round> rounds{round(10, 5), round(30, 5), round(11, 5)};
  const std::vector<Round> scalar{round(20, 5), round(60, 5), round(44, 5)};
  EXPECT_DOUBLE_EQ(summary({}, rounds, scalar).ratio_to_scalar, 0.5);
  const std::vector<Round> disturbed{round(20, 5), round(60, 1), round(44, 5)};
  EXPECT_DOUBLE_EQ(summary({}, rounds, disturbed).ratio_to_scalar, (0.5 + 0.25) / 2);
  const std::vector<Round> slowed{round(10, 5), round(600, 1), round(11, 5)};
  EXPECT_DOUBLE_EQ(summary({}, slowed, scalar).ratio_to_scalar, (0.5 + 0.25) / 2);
}

TEST(BenchMeasure, LoopIsComparedToIoWithAndWithoutContents) {
  const std::vector<Round> rounds{round(60, 5, 40, 30), round(60, 5, 40, 30), round(60, 5, 40, 30)};
  const Figure loop = summary({.what = Case::loop}, rounds, rounds);
  EXPECT_DOUBLE_EQ(loop.ratio_to_io, 1.5);
  EXPECT_DOUBLE_EQ(loop.ratio_to_bare_io, 50.0 / 30);
  EXPECT_DOUBLE_EQ(loop.io_ns, 20);
  EXPECT_DOUBLE_EQ(loop.bare_io_ns, 15);
  EXPECT_DOUBLE_EQ(summary({}, rounds, rounds).ratio_to_io, 0);
}

}  // namespace
}  // namespace narrows::bench
