// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/log_limit.h"

#include <gtest/gtest.h>

namespace narrows::control {
namespace {

using namespace std::chrono_literals;

constexpr Time kBegin = 1000s;

class LogLimitTest : public testing::Test {
 protected:
  std::uint32_t admitted(EventKind kind, std::uint32_t offered, Time now) {
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < offered; ++i) count += limit.admit(kind, now) ? 1u : 0u;
    return count;
  }

  LogLimit limit;
};

TEST_F(LogLimitTest, LetsTheFirstPassAndTellsOfTheOthersWhenTheWindowIsOver) {
  EXPECT_EQ(admitted(EventKind::session_failed, 1000, kBegin), LogLimit::kMost);
  EXPECT_EQ(admitted(EventKind::session_failed, 7, kBegin + LogLimit::kWindow - 1ns), 0u);
  EXPECT_TRUE(limit.take_ended(kBegin + LogLimit::kWindow - 1ns).empty());
  const auto ended = limit.take_ended(kBegin + LogLimit::kWindow);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(to_line(ended[0]),
            "level=warning event=session_failed msg=\"997 more of this kind within 5 seconds were held "
            "back\" suppressed=997");
  EXPECT_TRUE(limit.take_ended(kBegin + LogLimit::kWindow).empty()) << "once";
  EXPECT_EQ(admitted(EventKind::session_failed, 1000, kBegin + LogLimit::kWindow), LogLimit::kMost);
}

TEST_F(LogLimitTest, SaysNothingOfAWindowThatHeldBackNothing) {
  EXPECT_EQ(admitted(EventKind::session_up, LogLimit::kMost, kBegin), LogLimit::kMost);
  EXPECT_TRUE(limit.take_ended(kBegin + LogLimit::kWindow).empty());
  EXPECT_EQ(admitted(EventKind::session_up, 1, kBegin + LogLimit::kWindow), 1u);
}

TEST_F(LogLimitTest, AFloodOfOneKindHoldsBackNoOther) {
  EXPECT_EQ(admitted(EventKind::session_failed, 1000, kBegin), LogLimit::kMost);
  EXPECT_EQ(admitted(EventKind::link_down, 1, kBegin), 1u);
}

TEST_F(LogLimitTest, WindowsEndEachInItsTime) {
  (void)admitted(EventKind::session_failed, LogLimit::kMost + 1, kBegin);
  (void)admitted(EventKind::session_up, LogLimit::kMost + 2, kBegin + 3s);
  ASSERT_EQ(limit.take_ended(kBegin + LogLimit::kWindow).size(), 1u);
  EXPECT_TRUE(limit.take_ended(kBegin + LogLimit::kWindow + 2s).empty());
  const auto second = limit.take_ended(kBegin + LogLimit::kWindow + 3s);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].kind, EventKind::session_up);
}

TEST_F(LogLimitTest, AtTheEndAllIsToldOf) {
  (void)admitted(EventKind::session_failed, LogLimit::kMost + 1, kBegin);
  (void)admitted(EventKind::dpdk, LogLimit::kMost + 1, kBegin);
  EXPECT_EQ(limit.take_all().size(), 2u);
  EXPECT_TRUE(limit.take_all().empty());
}

}  // namespace
}  // namespace narrows::control
