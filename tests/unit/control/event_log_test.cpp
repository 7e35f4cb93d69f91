// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/event_log.h"

#include <gtest/gtest.h>

namespace narrows::control {
namespace {

TEST(EventLog, TellsWhatCameAfter) {
  EventLog log;
  EXPECT_TRUE(log.since(0).empty());
  log.note(EventKind::started, "", "started");
  log.note(EventKind::session_up, "isp", "up");
  ASSERT_EQ(log.since(0).size(), 2u);
  ASSERT_EQ(log.since(1).size(), 1u);
  EXPECT_EQ(log.since(1)[0].session, "isp");
  EXPECT_EQ(log.since(1)[0].id, 2u);
  EXPECT_TRUE(log.since(2).empty());
  EXPECT_TRUE(log.since(99).empty());
}

TEST(EventLog, ForgetsTheOldest) {
  EventLog log;
  for (std::size_t i = 0; i < EventLog::kMost + 10; ++i) log.note(EventKind::link_up, "", std::to_string(i));
  const auto all = log.since(0);
  ASSERT_EQ(all.size(), EventLog::kMost);
  EXPECT_EQ(all.front().text, "10");
  EXPECT_EQ(all.back().id, EventLog::kMost + 10);
}

}  // namespace
}  // namespace narrows::control
