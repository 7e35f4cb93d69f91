// SPDX-License-Identifier: BSD-3-Clause
#include "latency_histogram.h"

#include <gtest/gtest.h>

#include <limits>

namespace narrows::lab {
namespace {

constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();

TEST(LatencyHistogram, BucketsFollowOneAnother) {
  for (std::size_t bucket = 0; bucket < LatencyHistogram::kBuckets; ++bucket) {
    const auto least = LatencyHistogram::lower_bound(bucket);
    ASSERT_LE(least, kMost);
    EXPECT_EQ(LatencyHistogram::bucket_of(static_cast<std::uint32_t>(least)), bucket);
    if (bucket > 0) {
      EXPECT_EQ(LatencyHistogram::bucket_of(static_cast<std::uint32_t>(least - 1)), bucket - 1);
    }
  }
  EXPECT_EQ(LatencyHistogram::bucket_of(kMost), LatencyHistogram::kBuckets - 1);
}

TEST(LatencyHistogram, NoBucketIsWiderThanAThirtySecondOfItsValues) {
  for (std::size_t bucket = 32; bucket + 1 < LatencyHistogram::kBuckets; ++bucket) {
    const auto least = LatencyHistogram::lower_bound(bucket);
    EXPECT_LE((LatencyHistogram::lower_bound(bucket + 1) - least) * 32, least);
  }
}

TEST(LatencyHistogram, Counts) {
  LatencyHistogram latency;
  latency.add(1000);
  latency.add(1000);
  latency.add(kMost);
  EXPECT_EQ(latency.count(LatencyHistogram::bucket_of(1000)), 2u);
  EXPECT_EQ(latency.count(LatencyHistogram::kBuckets - 1), 1u);
  EXPECT_EQ(latency.count(0), 0u);
}

}  // namespace
}  // namespace narrows::lab
