// SPDX-License-Identifier: BSD-3-Clause
/// Tables that change while others read them.
#include "narrows/worker/session_snapshots.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "sessions.h"

namespace narrows::test {
namespace {

using worker::SessionSnapshots;

std::unique_ptr<const session::SessionTable> table_of(std::uint16_t id) {
  session::SessionSpec spec = plain_session();
  spec.id = id;
  return std::make_unique<const session::SessionTable>(std::vector{spec});
}

TEST(SessionSnapshots, AnOldTableStaysWhileAReaderHasNotPaused) {
  SessionSnapshots snapshots(table_of(1), 2);
  snapshots.begin_reading(0);
  snapshots.begin_reading(1);
  const auto* seen = snapshots.current();
  snapshots.publish(table_of(2));
  EXPECT_NE(snapshots.current(), seen);
  EXPECT_EQ(snapshots.retired(), 1u);
  EXPECT_EQ(seen->wan_to_lan(0).key >> 48, 1u);
  snapshots.pause(0);
  snapshots.reclaim();
  EXPECT_EQ(snapshots.retired(), 1u) << "the other one may still look";
  snapshots.pause(1);
  snapshots.reclaim();
  EXPECT_EQ(snapshots.retired(), 0u);
  snapshots.end_reading(0);
  snapshots.end_reading(1);
}

TEST(SessionSnapshots, NobodyReadsNobodyWaits) {
  SessionSnapshots snapshots(table_of(1), 1);
  snapshots.publish(table_of(2));
  EXPECT_EQ(snapshots.retired(), 0u);
}

/// Under ASan a table freed too early is noticed here.
TEST(SessionSnapshots, ReadersNeverSeeAFreedTable) {
  SessionSnapshots snapshots(table_of(1), 2);
  std::atomic<bool> stop{false};
  std::atomic<unsigned> reads{0};
  const auto read = [&](std::uint16_t worker) {
    snapshots.begin_reading(worker);
    while (!stop.load()) {
      const auto* table = snapshots.current();
      const std::uint64_t id = table->wan_to_lan(0).key >> 48;
      if (table->find_wan(table->wan_to_lan(0).key, {}) != 0 || id == 0) std::abort();
      snapshots.pause(worker);
      reads.fetch_add(1);
    }
    snapshots.end_reading(worker);
  };
  std::thread one(read, std::uint16_t{0});
  std::thread other(read, std::uint16_t{1});
  for (unsigned round = 1; round <= 300; ++round) {
    snapshots.publish(table_of(static_cast<std::uint16_t>(round)));
    for (const unsigned before = reads.load(); reads.load() < before + 3;) std::this_thread::yield();
  }
  stop = true;
  one.join();
  other.join();
  snapshots.reclaim();
  EXPECT_EQ(snapshots.retired(), 0u);
}

}  // namespace
}  // namespace narrows::test
