// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/wakeup.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

namespace narrows::worker {
namespace {

bool is_readable(const Wakeup& wakeup, int patience_ms = 0) {
  pollfd wanted{.fd = wakeup.fd(), .events = POLLIN, .revents = 0};
  return poll(&wanted, 1, patience_ms) == 1;
}

TEST(Wakeup, WakesOnlyWhoWaits) {
  Wakeup wakeup;
  wakeup.open();
  wakeup.wake();
  EXPECT_FALSE(is_readable(wakeup)) << "no system call for a worker that polls";
  wakeup.begin();
  EXPECT_FALSE(is_readable(wakeup));
  wakeup.wake();
  wakeup.wake();
  EXPECT_TRUE(is_readable(wakeup));
  wakeup.clear();
  EXPECT_FALSE(is_readable(wakeup));
  wakeup.end();
  wakeup.wake();
  EXPECT_FALSE(is_readable(wakeup));
  wakeup.clear();  // nothing to take back is no harm
}

TEST(Wakeup, OneThatIsNotOpenIsNeverWaitedFor) {
  Wakeup wakeup;
  wakeup.wake();
  EXPECT_EQ(wakeup.fd(), -1);
}

/// One thread posts, the other takes and waits in between: what is posted is always seen.
TEST(Wakeup, NothingPostedIsSleptThrough) {
  constexpr unsigned kPosts = 20'000;
  constexpr int kForever = 20'000;  // ms; a lost wake-up ends here
  Wakeup wakeup;
  wakeup.open();
  std::atomic<unsigned> posted{0};
  std::atomic<unsigned> taken{0};
  std::thread producer([&] {
    for (unsigned i = 1; i <= kPosts; ++i) {
      posted.store(i, std::memory_order_relaxed);
      wakeup.wake();
      while (i % 4 == 0 && taken.load(std::memory_order_relaxed) < i) std::this_thread::yield();
    }
  });
  bool lost = false;
  for (unsigned seen = 0; seen < kPosts && !lost;) {
    wakeup.begin();
    const unsigned now = posted.load(std::memory_order_relaxed);
    if (now == seen) {
      lost = !is_readable(wakeup, kForever);
      wakeup.clear();
    }
    wakeup.end();
    seen = posted.load(std::memory_order_relaxed);
    taken.store(seen, std::memory_order_relaxed);
  }
  taken.store(kPosts, std::memory_order_relaxed);
  producer.join();
  EXPECT_FALSE(lost);
}

}  // namespace
}  // namespace narrows::worker
