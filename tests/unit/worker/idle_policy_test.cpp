// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/idle_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narrows::worker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(SleepAfter, NotAtAllWhileFramesMayFollow) {
  EXPECT_EQ(sleep_after(0ns), 0ns);
  EXPECT_EQ(sleep_after(kStayAwake - 1ns), 0ns);
  EXPECT_GT(sleep_after(kStayAwake), 0ns);
}

TEST(SleepAfter, GrowsWithTheSilenceUpToABound) {
  std::chrono::nanoseconds last = 0ns;
  for (auto idle = kStayAwake; idle < 2ms; idle += 1us) {
    const auto sleep = sleep_after(idle);
    EXPECT_GE(sleep, last);
    EXPECT_LE(sleep, idle / 4) << "whoever answers after a silence waits a quarter longer at most";
    EXPECT_LE(sleep, kLongestSleep);
    last = sleep;
  }
  EXPECT_EQ(last, kLongestSleep);
  EXPECT_EQ(sleep_after(24h), kLongestSleep);
}

/// From the last frame on: how often a worker wakes up is what an idle line costs.
TEST(SleepAfter, ComesToRestSoon) {
  std::chrono::nanoseconds idle = kStayAwake;
  unsigned sleeps = 0;
  while (sleep_after(idle) < kLongestSleep) {
    idle += sleep_after(idle);
    ++sleeps;
  }
  EXPECT_LE(sleeps, 12u);
  EXPECT_LE(idle, 1ms);
}

std::array<IdleFacts, kSides> facts(bool lan_interrupts, bool wan_interrupts, bool monitor) {
  return {IdleFacts{"lan", "net_one", lan_interrupts, monitor},
          IdleFacts{"wan", "net_other", wan_interrupts, monitor}};
}

TEST(DecideIdle, WhatNeedsNothingIsAsConfigured) {
  for (const auto& [wanted, method] :
       {std::pair{config::Idle::spin, IdleMethod::spin}, std::pair{config::Idle::pause, IdleMethod::pause},
        std::pair{config::Idle::sleep, IdleMethod::sleep}})
    for (const bool offered : {false, true}) {
      const auto decision = decide_idle(wanted, facts(offered, offered, offered), offered);
      EXPECT_EQ(decision.method, method);
      EXPECT_EQ(decision.why, "");
    }
}

TEST(DecideIdle, InterruptsOfBothPortsOrNone) {
  const auto both = decide_idle(config::Idle::interrupt, facts(true, true, false), false);
  EXPECT_EQ(both.method, IdleMethod::interrupt);
  EXPECT_EQ(both.why, "");
  const auto lan = decide_idle(config::Idle::interrupt, facts(false, true, false), false);
  EXPECT_EQ(lan.method, IdleMethod::sleep);
  EXPECT_EQ(lan.why,
            "workers.idle: interrupt: ports.lan (net_one) has no receive interrupts; workers sleep instead");
  const auto wan = decide_idle(config::Idle::interrupt, facts(true, false, false), false);
  EXPECT_EQ(wan.method, IdleMethod::sleep);
  EXPECT_THAT(wan.why, HasSubstr("ports.wan (net_other)"));
}

TEST(DecideIdle, TheCpuWatchesWherePortsAndItselfCan) {
  const auto watched = decide_idle(config::Idle::interrupt, facts(false, false, true), true);
  EXPECT_EQ(watched.method, IdleMethod::monitor);
  EXPECT_THAT(watched.why, HasSubstr("(monitor)"));
  EXPECT_EQ(decide_idle(config::Idle::interrupt, facts(false, false, true), false).method, IdleMethod::sleep);
  EXPECT_EQ(decide_idle(config::Idle::interrupt, facts(true, false, true), true).method, IdleMethod::monitor);
  EXPECT_EQ(decide_idle(config::Idle::interrupt, facts(true, true, true), true).method,
            IdleMethod::interrupt);
  auto one = facts(false, false, true);
  one[1].monitor = false;
  EXPECT_EQ(decide_idle(config::Idle::interrupt, one, true).method, IdleMethod::sleep);
}

TEST(IdleMethodNames, AreThoseOfTheConfiguration) {
  EXPECT_EQ(name_of(IdleMethod::spin), "spin");
  EXPECT_EQ(name_of(IdleMethod::pause), "pause");
  EXPECT_EQ(name_of(IdleMethod::sleep), "sleep");
  EXPECT_EQ(name_of(IdleMethod::interrupt), "interrupt");
  EXPECT_EQ(name_of(IdleMethod::monitor), "monitor");
}

}  // namespace
}  // namespace narrows::worker
