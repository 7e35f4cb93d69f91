// SPDX-License-Identifier: BSD-3-Clause
/// What is learned of sessions, on its way from the control thread to the workers.
#include "narrows/pipeline/learned_sessions.h"

#include <gtest/gtest.h>
#include <rte_malloc.h>

#include <atomic>
#include <thread>

#include "narrows/worker/session_snapshots.h"
#include "sessions.h"

namespace narrows::test {
namespace {

using pipeline::LearnedSessions;
using session::WatchedKey;

WatchedKey key_of(std::uint32_t number) {
  return {session::session_key(static_cast<std::uint16_t>(1 + number % 0xfffe),
                               0x0200'0000'0001 + number / 0xfffe),
          0x0200'0000'00ac, number % 3};
}

struct Learned {
  explicit Learned(std::uint16_t workers = 1)
      : snapshots(std::make_unique<session::SessionTable>(std::vector<session::SessionSpec>{}), workers),
        learned(snapshots.readers(), workers, 0) {}
  worker::SessionSnapshots snapshots;
  LearnedSessions learned;
};

TEST(LearnedSessions, EveryPartOfTheKeyCounts) {
  Learned all;
  const WatchedKey key{session::session_key(7, 1), 2, 3};
  ASSERT_TRUE(all.learned.set(0, key, 1454));
  EXPECT_EQ(all.learned.find_mtu(key, 0), 1454);
  for (const WatchedKey& other :
       {WatchedKey{session::session_key(8, 1), 2, 3}, WatchedKey{session::session_key(7, 9), 2, 3},
        WatchedKey{session::session_key(7, 1), 9, 3}, WatchedKey{session::session_key(7, 1), 2, 9}})
    EXPECT_EQ(all.learned.find_mtu(other, 0), 0);
}

TEST(LearnedSessions, ASlotChangesItsMtuAndItsSession) {
  Learned all;
  ASSERT_TRUE(all.learned.set(5, key_of(1), 1492));
  ASSERT_TRUE(all.learned.set(5, key_of(1), 1454));
  EXPECT_EQ(all.learned.find_mtu(key_of(1), 0), 1454);
  ASSERT_TRUE(all.learned.set(5, key_of(2), 1480));
  EXPECT_EQ(all.learned.find_mtu(key_of(1), 0), 0);
  EXPECT_EQ(all.learned.find_mtu(key_of(2), 0), 1480);
  all.learned.clear(5);
  all.learned.clear(5);
  EXPECT_EQ(all.learned.find_mtu(key_of(2), 0), 0);
}

/// Whoever moves to another slot within one turn is there, whichever of the two slots is told first.
TEST(LearnedSessions, ASessionThatMovesIsNotTakenOutWithItsOldSlot) {
  Learned all;
  ASSERT_TRUE(all.learned.set(1, key_of(1), 1492));
  ASSERT_TRUE(all.learned.set(2, key_of(1), 1454));
  all.learned.clear(1);
  EXPECT_EQ(all.learned.find_mtu(key_of(1), 0), 1454);
}

TEST(LearnedSessions, FindingNotesThatItIsAlive) {
  Learned all(2);
  ASSERT_TRUE(all.learned.set(9, key_of(1), 1492));
  EXPECT_EQ(all.learned.alive_s(9), 0u);
  all.learned.set_time(100);
  static_cast<void>(all.learned.find_mtu(key_of(1), 1));
  all.learned.set_time(70);
  static_cast<void>(all.learned.find_mtu(key_of(1), 0));
  EXPECT_EQ(all.learned.alive_s(9), 100u) << "the latest of all workers";
  EXPECT_EQ(all.learned.alive_s(8), 0u);
}

TEST(LearnedSessions, AsManyAsMayBeWatchedFindTheirPlaceAndGo) {
  Learned all;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t number = 0; number < session::kMostWatched; ++number)
      ASSERT_TRUE(all.learned.set(static_cast<LearnedSessions::Slot>(number), key_of(number),
                                  static_cast<std::uint16_t>(1000 + number % 500)))
          << number;
    for (std::uint32_t number = 0; number < session::kMostWatched; ++number)
      ASSERT_EQ(all.learned.find_mtu(key_of(number), 0), 1000 + number % 500) << number;
    for (std::uint32_t number = 0; number < session::kMostWatched; ++number)
      all.learned.clear(static_cast<LearnedSessions::Slot>(number));
    for (std::uint32_t number = 0; number < session::kMostWatched; number += 97)
      ASSERT_EQ(all.learned.find_mtu(key_of(number), 0), 0);
  }
}

TEST(LearnedSessions, TakesNoMoreMemoryThanItSays) {
  const auto allocated = [] {
    rte_malloc_socket_stats stats{};
    EXPECT_EQ(rte_malloc_get_socket_stats(0, &stats), 0);
    return stats.heap_allocsz_bytes;
  };
  const auto before = allocated();
  Learned all;
  EXPECT_GT(allocated(), before);
  EXPECT_LT(allocated() - before, LearnedSessions::kMemoryMb << 20);
  RecordProperty("octets", std::to_string(allocated() - before));
}

/// While a worker does not pause, what is taken out cannot be used again: there is room for a turn's worth,
/// then set() says so, and after the pause it works.
TEST(LearnedSessions, WaitsForWorkersToPause) {
  Learned all;
  all.snapshots.begin_reading(0);
  for (std::uint32_t number = 0; number < session::kMostWatched; ++number)
    ASSERT_TRUE(all.learned.set(static_cast<LearnedSessions::Slot>(number), key_of(number), 1492));
  std::uint32_t number = session::kMostWatched;
  while (all.learned.set(0, key_of(number), 1454)) ASSERT_LT(++number, session::kMostWatched + 10'000);
  EXPECT_GT(number, session::kMostWatched + 1000);
  all.snapshots.pause(0);
  EXPECT_TRUE(all.learned.set(0, key_of(number), 1454));
  EXPECT_EQ(all.learned.find_mtu(key_of(number), 0), 1454);
  all.snapshots.end_reading(0);
}

/// A reader sees the MTU of just its session, or none, while others come and go.
TEST(LearnedSessions, ReadersNeverSeeAnotherSessionsMtu) {
  Learned all(2);
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> reads{0};
  ASSERT_TRUE(all.learned.set(0, key_of(0), 1400));
  const auto read = [&](std::uint16_t worker) {
    all.snapshots.begin_reading(worker);
    for (std::uint32_t number = 0; !stop.load(); number = (number + 1) % 600) {
      const auto mtu = all.learned.find_mtu(key_of(number), worker);
      if (number == 0 ? mtu != 1400 : mtu != 0 && mtu != 1000 + number) std::abort();
      all.snapshots.pause(worker);
      reads.fetch_add(1);
    }
    all.snapshots.end_reading(worker);
  };
  std::thread one(read, std::uint16_t{0});
  std::thread other(read, std::uint16_t{1});
  for (std::uint32_t round = 0; round < 200; ++round) {
    for (std::uint32_t number = 1 + round % 2; number < 600; number += 2) {
      const auto slot = static_cast<LearnedSessions::Slot>(1 + (number * 7 + round) % 4000);
      all.learned.clear(slot);
      while (!all.learned.set(slot, key_of(number), static_cast<std::uint16_t>(1000 + number)))
        std::this_thread::yield();
    }
    for (const auto before = reads.load(); reads.load() < before + 10;) std::this_thread::yield();
  }
  stop = true;
  one.join();
  other.join();
}

}  // namespace
}  // namespace narrows::test
