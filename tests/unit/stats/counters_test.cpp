// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/stats/counters.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

namespace narrows::stats {
namespace {

TEST(Counter, Grows) {
  Counter counter;
  EXPECT_EQ(counter.value(), 0u);
  counter.add(3);
  counter.add(std::uint64_t{1} << 40);
  EXPECT_EQ(counter.value(), (std::uint64_t{1} << 40) + 3);
}

TEST(WorkerCounters, HasABlockForEachSessionAndDirection) {
  const WorkerCounters counters(7);
  for (const auto& sessions : counters.session) EXPECT_EQ(sessions.size(), 7u);
}

TEST(WorkerCounters, BlocksOfDifferentOwnersShareNoCacheLine) {
  EXPECT_EQ(sizeof(DirectionCounters) % kCacheLineOctets, 0u);
  EXPECT_EQ(sizeof(SessionCounters) % kCacheLineOctets, 0u);
  EXPECT_EQ(alignof(WorkerCounters), kCacheLineOctets);
}

TEST(SessionCounters, AForwardedFrameTouchesItsFirstCacheLineOnly) {
  const SessionCounters counters;
  const auto* first = reinterpret_cast<const std::uint8_t*>(&counters);
  EXPECT_LT(reinterpret_cast<const std::uint8_t*>(&counters.clamped) - first, 64);
}

TEST(ReadConsistent, ReadsOnceWhenNothingHappens) {
  const DirectionCounters counters;
  int reads = 0;
  EXPECT_EQ(read_consistent(counters, [&] { return ++reads; }), 1);
}

TEST(ReadConsistent, ReadsAgainWhenAnUpdateCameInBetween) {
  DirectionCounters counters;
  int reads = 0;
  const auto result = read_consistent(counters, [&] {
    if (++reads == 1) {
      const CountersUpdate update(counters);
      counters.received.add(1);
    }
    return reads;
  });
  EXPECT_EQ(result, 2);
}

TEST(ReadConsistent, ReadsAgainAsLongAsAnUpdateGoesOn) {
  DirectionCounters counters;
  std::optional<CountersUpdate> update(counters);
  int reads = 0;
  const auto result = read_consistent(counters, [&] {
    if (++reads == 3) update.reset();
    return reads;
  });
  EXPECT_EQ(result, 4);
}

/// What a reader must find equal: a frame received has one fate.
struct Balance {
  std::uint64_t received;
  std::uint64_t fates;
};

Balance read_balance(const DirectionCounters& counters) {
  const auto fates = counters.punted.value() + counters.forwarded.value() + counters.dropped[0].value();
  return {counters.received.value(), fates};
}

TEST(ReadConsistent, NeverTearsUnderAWriter) {
  constexpr int kBursts = 300'000;
  DirectionCounters counters;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int burst = 0; burst < kBursts; ++burst) {
      const CountersUpdate update(counters);
      counters.received.add(6);
      counters.forwarded.add(1);
      counters.dropped[0].add(2);
      counters.punted.add(3);
    }
    done.store(true);
  });
  std::uint64_t before = 0;
  bool last = false;
  while (!last) {
    last = done.load();
    const auto [received, fates] = read_consistent(counters, [&] { return read_balance(counters); });
    EXPECT_EQ(received, fates);
    EXPECT_GE(received, before);
    before = received;
  }
  writer.join();
  EXPECT_EQ(before, std::uint64_t{6} * kBursts);
}

}  // namespace
}  // namespace narrows::stats
