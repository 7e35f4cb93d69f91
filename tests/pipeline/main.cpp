// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <cstdlib>

#include "eal.h"
#include "narrows/simd/level.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // Which level of kernels: NARROWS_SIMD_BITS 64, 128, 256 or 512, as EAL's argument counts them.
  const char* bits = std::getenv("NARROWS_SIMD_BITS");
  narrows::test::init_eal(bits == nullptr ? std::vector<std::string>{}
                                          : std::vector<std::string>{"--force-max-simd-bitwidth", bits});
  if (bits == nullptr) narrows::simd::permit_widest();
  return RUN_ALL_TESTS();
}
