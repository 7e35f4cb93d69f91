// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/rate_limit.h"

#include <gtest/gtest.h>

namespace narrows::control {
namespace {

using namespace std::chrono_literals;

int taken_at(RateLimit<3, 2>& limit, Time now, int asked = 100) {
  int taken = 0;
  for (int i = 0; i < asked; ++i) taken += limit.take(now) ? 1 : 0;
  return taken;
}

TEST(RateLimit, ABurstAtOnceWheneverTheFirstComes) {
  for (const Time first : {Time(0s), Time(1s), Time(1000000s)}) {
    RateLimit<3, 2> limit;
    EXPECT_EQ(taken_at(limit, first), 3);
  }
}

TEST(RateLimit, ThenOneForEachInterval) {
  RateLimit<3, 2> limit;
  EXPECT_EQ(taken_at(limit, 10s), 3);
  EXPECT_EQ(taken_at(limit, 10s + 499ms), 0);
  EXPECT_EQ(taken_at(limit, 10s + 500ms), 1);
  EXPECT_EQ(taken_at(limit, 10s + 999ms), 0);
  EXPECT_EQ(taken_at(limit, 11s), 1);
}

TEST(RateLimit, FillsUpToTheBurstAndNoFurther) {
  RateLimit<3, 2> limit;
  EXPECT_EQ(taken_at(limit, 10s), 3);
  EXPECT_EQ(taken_at(limit, 11s), 2);
  EXPECT_EQ(taken_at(limit, 1000s), 3);
}

TEST(RateLimit, WhatIsRefusedCostsNothing) {
  RateLimit<3, 2> limit;
  EXPECT_EQ(taken_at(limit, 10s, 3), 3);
  EXPECT_EQ(taken_at(limit, 10s, 100000), 0);
  EXPECT_EQ(taken_at(limit, 10s + 500ms), 1);
}

TEST(RateLimit, TimeThatRunsBackwardsAllowsNothingMore) {
  RateLimit<3, 2> limit;
  EXPECT_EQ(taken_at(limit, 10s), 3);
  EXPECT_EQ(taken_at(limit, 5s), 0);
  EXPECT_EQ(taken_at(limit, 10s), 0);
}

}  // namespace
}  // namespace narrows::control
