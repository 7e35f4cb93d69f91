// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/session/token_bucket.h"

#include <gtest/gtest.h>

namespace narrows::session {
namespace {

constexpr TokenBucket::Rate kRate{.burst = 4, .interval = 10};

int taken_at(TokenBucket& bucket, std::int64_t now) {
  int taken = 0;
  while (bucket.take(kRate, now)) ++taken;
  return taken;
}

TEST(TokenBucket, ABurstThenOneForEachInterval) {
  TokenBucket bucket;
  EXPECT_EQ(taken_at(bucket, 0), 4);
  EXPECT_EQ(taken_at(bucket, 9), 0);
  EXPECT_EQ(taken_at(bucket, 10), 1);
  EXPECT_EQ(taken_at(bucket, 35), 2);
  EXPECT_EQ(taken_at(bucket, 40), 1);
}

TEST(TokenBucket, IsFullAgainAfterAQuietTimeAndNoFuller) {
  TokenBucket bucket;
  EXPECT_EQ(taken_at(bucket, 1000), 4);
  EXPECT_EQ(taken_at(bucket, 1'000'000), 4);
}

TEST(TokenBucket, BackwardsTimeGivesNothing) {
  TokenBucket bucket;
  EXPECT_EQ(taken_at(bucket, 1000), 4);
  EXPECT_EQ(taken_at(bucket, 0), 0);
  EXPECT_EQ(taken_at(bucket, 1010), 1);
}

}  // namespace
}  // namespace narrows::session
