// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "eal.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  narrows::test::init_eal();
  return RUN_ALL_TESTS();
}
