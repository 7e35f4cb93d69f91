// SPDX-License-Identifier: BSD-3-Clause
#define ALLOW_EXPERIMENTAL_API  // rte_vect_{get,set}_max_simd_bitwidth(), in DPDK since 20.11
#include "narrows/simd/level.h"

#include <gtest/gtest.h>
extern "C" {  // which the header forgets
#include <generic/rte_vect.h>
}

#include <algorithm>

namespace narrows::simd {
namespace {

class LevelTest : public testing::Test {
 protected:
  void TearDown() override {
    rte_vect_set_max_simd_bitwidth(std::max<std::uint16_t>(before_, RTE_VECT_SIMD_DISABLED));
  }

 private:
  std::uint16_t before_ = rte_vect_get_max_simd_bitwidth();
};

TEST_F(LevelTest, ScalarIsAlwaysThereAndFirst) {
  const auto all = levels();
  EXPECT_EQ(all.front(), Level::scalar);
  EXPECT_TRUE(std::ranges::is_sorted(all));
}

TEST_F(LevelTest, TheLimitOfBitsIsHeeded) {
  rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_DISABLED);
  EXPECT_EQ(best_level(), Level::scalar);
  rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_128);
  EXPECT_TRUE(best_level() == Level::sse42 || best_level() == Level::neon) << name_of(best_level());
  rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_512);
  EXPECT_EQ(best_level(), levels().back());
}

TEST_F(LevelTest, PermitsTheWidestItMeans) {
  permit_widest();
  EXPECT_EQ(best_level(), levels().back());
}

TEST_F(LevelTest, Names) {
  EXPECT_EQ(name_of(Level::scalar), "scalar");
  EXPECT_EQ(name_of(Level::avx512), "avx512");
  EXPECT_EQ(name_of(Level::neon), "neon");
}

}  // namespace
}  // namespace narrows::simd
