// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/session_gate.h"

#include <gtest/gtest.h>

namespace narrows::worker {
namespace {

TEST(SessionGate, OneSessionsFloodLeavesTheOthersTheirs) {
  constexpr std::uint64_t kSecond = 2'600'000'000;
  SessionGate gate(2, kSecond / 100);
  const std::uint64_t start = 5 * kSecond;
  unsigned admitted = 0;
  for (int i = 0; i < 100'000; ++i) admitted += gate.admits(0, start) ? 1 : 0;
  EXPECT_EQ(admitted, SessionGate::kBurst);
  EXPECT_TRUE(gate.admits(1, start));
  admitted = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i)
    admitted += gate.admits(0, start + i * (kSecond / 100'000)) ? 1 : 0;
  EXPECT_NEAR(admitted, 100, 1);
}

TEST(SessionGate, FromTheFirstTickOn) {
  SessionGate gate(1, 26'000'000);
  EXPECT_TRUE(gate.admits(0, 0));
}

}  // namespace
}  // namespace narrows::worker
