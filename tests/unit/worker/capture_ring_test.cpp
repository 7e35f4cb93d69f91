// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/capture_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <thread>

namespace narrows::worker {
namespace {

constexpr std::size_t kOctets = 4096;

/// A record whose octets are all its number.
bool add(CaptureRing& ring, std::uint32_t number, std::uint32_t octets) {
  CaptureRecord* record = ring.add(octets);
  if (record == nullptr) return false;
  record->fate = CaptureFate::forwarded;
  record->ticks = number;
  record->frame_octets = octets + 1;
  std::memset(CaptureRing::octets_of(record), static_cast<int>(number & 0xff), octets);
  return true;
}

bool is_whole(const CaptureRecord& record) {
  return record.frame_octets == record.captured_octets + 1 &&
         std::ranges::all_of(record.octets(),
                             [&](std::uint8_t octet) { return octet == (record.ticks & 0xff); });
}

TEST(CaptureRing, ShowsWhatIsPublishedInItsOrder) {
  CaptureRing ring(kOctets);
  EXPECT_EQ(ring.front(), nullptr);
  ASSERT_TRUE(add(ring, 1, 60) && add(ring, 2, 0) && add(ring, 3, 33));
  EXPECT_EQ(ring.front(), nullptr) << "not yet";
  ring.publish();
  for (const std::uint64_t number : {1u, 2u, 3u}) {
    ASSERT_NE(ring.front(), nullptr);
    EXPECT_EQ(ring.front()->ticks, number);
    EXPECT_TRUE(is_whole(*ring.front()));
    ring.pop();
  }
  EXPECT_EQ(ring.front(), nullptr);
}

TEST(CaptureRing, FatesAreWrittenBeforeTheyAreSeen) {
  CaptureRing ring(kOctets);
  ASSERT_TRUE(add(ring, 1, 10));
  ring.publish();
  ASSERT_TRUE(add(ring, 2, 10) && add(ring, 3, 10));
  std::vector<std::uint64_t> seen;
  ring.for_each_unpublished([&](CaptureRecord& record) {
    seen.push_back(record.ticks);
    if (record.ticks == 2) record.fate = CaptureFate::unsent;
  });
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{2, 3}));
  ring.publish();
  EXPECT_EQ(ring.front()->ticks, 1u);
  ring.pop();
  EXPECT_EQ(ring.front()->ticks, 3u) << "what was not sent is not shown";
}

TEST(CaptureRing, FullUntilSomethingIsTakenOut) {
  CaptureRing ring(kOctets);
  std::uint32_t added = 0;
  while (add(ring, added, 224)) ++added;  // 256 with the record
  EXPECT_EQ(added, kOctets / 256);
  ring.publish();
  EXPECT_FALSE(add(ring, added, 0));
  ring.pop();
  EXPECT_TRUE(add(ring, added, 224));
  EXPECT_FALSE(add(ring, added, 0));
}

TEST(CaptureRing, ARecordNeverGoesRoundTheEnd) {
  CaptureRing ring(kOctets);
  std::minstd_rand random(1);
  std::uint32_t next = 0;
  std::uint32_t expected = 0;
  for (unsigned round = 0; round < 20'000; ++round) {
    if (add(ring, next, static_cast<std::uint32_t>(random() % 900))) ++next;
    ring.publish();
    if (random() % 3 == 0) continue;
    while (const CaptureRecord* record = ring.front()) {
      ASSERT_EQ(record->ticks, expected++);
      ASSERT_TRUE(is_whole(*record));
      ring.pop();
      if (random() % 2 == 0) break;
    }
  }
  EXPECT_GT(expected, 10'000u);
}

TEST(CaptureRing, CountsLossesWhereTheyWere) {
  CaptureRing ring(kOctets);
  ring.count_lost(Side::wan, CapturePlace::sent);
  ring.count_lost(Side::wan, CapturePlace::sent);
  ring.count_lost(Side::lan, CapturePlace::received);
  EXPECT_EQ(ring.lost(Side::wan, CapturePlace::sent), 2u);
  EXPECT_EQ(ring.lost(Side::lan, CapturePlace::received), 1u);
  EXPECT_EQ(ring.lost(Side::wan, CapturePlace::received), 0u);
}

/// One writes, one reads, as in the box.
TEST(CaptureRing, TwoThreads) {
  constexpr std::uint32_t kRecords = 50'000;
  CaptureRing ring(kOctets);
  std::thread worker([&] {
    for (std::uint32_t number = 0; number < kRecords;) {
      if (add(ring, number, number % 200))
        ++number;
      else
        std::this_thread::yield();
      ring.publish();
    }
  });
  std::uint32_t expected = 0;
  while (expected < kRecords) {
    const CaptureRecord* record = ring.front();
    if (record == nullptr) {
      std::this_thread::yield();
      continue;
    }
    EXPECT_EQ(record->ticks, expected++);
    EXPECT_TRUE(is_whole(*record));
    ring.pop();
  }
  worker.join();
}

}  // namespace
}  // namespace narrows::worker
