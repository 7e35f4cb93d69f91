// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/event_kind.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace narrows::control {
namespace {

TEST(EventKind, EachHasANameOfItsOwnAndSaysWhatItIs) {
  std::set<std::string_view> names;
  for (const EventRow& row : kEventRows) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.name.empty());
    EXPECT_TRUE(std::ranges::all_of(row.name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }))
        << row.name;
    EXPECT_FALSE(row.about.empty()) << row.name;
  }
}

TEST(EventKind, RowsStandInTheOrderOfTheEnum) {
  EXPECT_EQ(row_of(EventKind::started).name, "started");
  EXPECT_EQ(row_of(EventKind::reload_refused).name, "reload_refused");
  EXPECT_EQ(row_of(EventKind::session_failed).name, "session_failed");
  EXPECT_EQ(row_of(EventKind::super_frames).name, "super_frames");
  EXPECT_EQ(row_of(EventKind::no_control_socket).name, "no_control_socket");
  EXPECT_EQ(row_of(EventKind::dpdk).name, "dpdk");
}

}  // namespace
}  // namespace narrows::control
