// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/stall_guard.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace narrows::app {
namespace {

TEST(StallCount, CountsLooksAtWhatStandsStill) {
  StallCount stalls;
  const auto look = [&stalls](std::vector<std::uint64_t> counts) {
    const Stall stall = stalls.look(std::move(counts));
    return std::pair(stall.count, stall.looks);
  };
  EXPECT_EQ(look({1, 1}).second, 0u);
  EXPECT_EQ(look({2, 1}), std::pair(std::size_t{1}, 1u)) << "the second";
  EXPECT_EQ(look({2, 1}), std::pair(std::size_t{1}, 2u));
  EXPECT_EQ(look({2, 2}), std::pair(std::size_t{0}, 2u)) << "the first still";
  EXPECT_EQ(look({3, 3}).second, 0u);
}

TEST(StallCount, NothingIsWatched) {
  StallCount stalls;
  EXPECT_EQ(stalls.look({}).looks, 0u);
  EXPECT_EQ(stalls.look({}).looks, 0u);
}

}  // namespace
}  // namespace narrows::app
