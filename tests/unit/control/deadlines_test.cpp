// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/deadlines.h"

#include <gtest/gtest.h>

namespace narrows::control {
namespace {

using namespace std::chrono_literals;

TEST(Deadlines, ComeInTheOrderOfTheirTimes) {
  Deadlines deadlines(3);
  EXPECT_FALSE(deadlines.take_due(Time::max() - 1ns));
  deadlines.set(0, 3s);
  deadlines.set(1, 1s);
  deadlines.set(2, 2s);
  EXPECT_FALSE(deadlines.take_due(999ms));
  EXPECT_EQ(deadlines.take_due(2s), 1u);
  EXPECT_EQ(deadlines.take_due(2s), 2u);
  EXPECT_FALSE(deadlines.take_due(2s));
}

TEST(Deadlines, MoveAndGo) {
  Deadlines deadlines(2);
  deadlines.set(0, 1s);
  deadlines.set(0, 5s);
  EXPECT_FALSE(deadlines.take_due(4s));
  deadlines.set(1, 4s);
  deadlines.set(1, kNever);
  EXPECT_EQ(deadlines.take_due(5s), 0u);
  EXPECT_FALSE(deadlines.take_due(5s)) << "taken once";
}

}  // namespace
}  // namespace narrows::control
