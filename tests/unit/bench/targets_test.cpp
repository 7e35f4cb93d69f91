// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/targets.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace narrows::bench {
namespace {

Figure figure(const Setting& setting, double cycles, double ratio_to_io = 0) {
  return {.setting = setting, .level = simd::Level::avx2, .cycles = cycles, .ratio_to_io = ratio_to_io};
}

TEST(BenchTargets, TimesAreComparedInCycles) {
  const Setting add{Case::add};
  const auto judged = [&](double cycles) { return judge({figure(add, cycles)}, simd::Level::avx2).at(0); };
  EXPECT_TRUE(judged(7.8).met);
  EXPECT_FALSE(judged(7.9).met);
  EXPECT_DOUBLE_EQ(judged(5.2).value, 2);
}

TEST(BenchTargets, LoopIsComparedToIo) {
  const Setting loop{Case::loop};
  EXPECT_TRUE(judge({figure(loop, 50, 1.25)}, simd::Level::avx2).at(0).met);
  EXPECT_FALSE(judge({figure(loop, 50, 1.26)}, simd::Level::avx2).at(0).met);
}

TEST(BenchTargets, ManySessionsAreComparedToOne) {
  const auto setting = [](unsigned sessions) {
    return Setting{
        .what = Case::strip, .sessions = sessions, .wrapping = Wrapping::vlan, .memory = Memory::l3};
  };
  const auto outcomes =
      judge({figure(setting(1), 10), figure(setting(kManySessions), 12.5)}, simd::Level::avx2);
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_DOUBLE_EQ(outcomes[0].value, 1.25);
  EXPECT_TRUE(outcomes[0].met);
}

TEST(BenchTargets, WhatWasNotMeasuredIsNotJudged) {
  EXPECT_TRUE(judge({figure({Case::add}, 5)}, simd::Level::scalar).empty());
  EXPECT_TRUE(judge({}, simd::Level::avx2).empty());
}

}  // namespace
}  // namespace narrows::bench
