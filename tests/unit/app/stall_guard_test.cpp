// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/stall_guard.h"

#include <gtest/gtest.h>

namespace narrows::app {
namespace {

TEST(StallCount, CountsLooksAtWhatStandsStill) {
  StallCount stalls;
  EXPECT_EQ(stalls.look({1, 1}), 0u);
  EXPECT_EQ(stalls.look({2, 1}), 1u) << "the second";
  EXPECT_EQ(stalls.look({2, 1}), 2u);
  EXPECT_EQ(stalls.look({2, 2}), 2u) << "the first still";
  EXPECT_EQ(stalls.look({3, 3}), 0u);
}

TEST(StallCount, NothingIsWatched) {
  StallCount stalls;
  EXPECT_EQ(stalls.look({}), 0u);
  EXPECT_EQ(stalls.look({}), 0u);
}

}  // namespace
}  // namespace narrows::app
