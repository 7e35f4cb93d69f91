// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/final_counts.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "report_fixture.h"

namespace narrows::control {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(FinalCounts, BothDirectionsSideBySide) {
  stats::Report report;
  report.direction[0].received = 11;
  report.direction[1].received = 22;
  report.direction[1].dropped[index_of(stats::DropReason::bad_ip)] = 3;
  const auto text = final_counts(report);
  EXPECT_THAT(text, ContainsRegex("lan_to_wan +wan_to_lan\n"));
  EXPECT_THAT(text, ContainsRegex("received +11 +22\n"));
  EXPECT_THAT(text, ContainsRegex("dropped +0 +3\n"));
  EXPECT_THAT(text, ContainsRegex("  bad_ip +0 +3\n"));
}

TEST(FinalCounts, ReasonsThatNeverCameUpAreLeftOut) {
  const auto text = final_counts({});
  EXPECT_THAT(text, Not(HasSubstr("bad_ip")));
  EXPECT_THAT(text, Not(HasSubstr("odd:")));
  EXPECT_THAT(text, Not(HasSubstr("control thread")));
  EXPECT_THAT(text, Not(HasSubstr("missed")));
}

TEST(FinalCounts, WhatWasLostIsSaid) {
  stats::Report report;
  report.port[1].rx_missed = 5;
  report.control[index_of(stats::ControlEvent::echo_answered)] = 7;
  const auto text = final_counts(report);
  EXPECT_THAT(text, HasSubstr("wan: 0 received, 0 sent, 0 originated, 5 missed\n"));
  EXPECT_THAT(text, ContainsRegex("echo_answered +7\n"));
}

TEST(FinalCounts, TheBusiestTenOfManySessions) {
  stats::Report report;
  report.sessions.resize(4094);
  for (std::size_t index = 0; index < report.sessions.size(); ++index) {
    report.sessions[index].name = fmt::format("s{}", index);
    report.sessions[index].direction[index % 2].packets = index;
  }
  const auto text = final_counts(report);
  EXPECT_THAT(text, ContainsRegex("s4093 +0 +4093\n  s4092 +4092 +0\n"));
  EXPECT_THAT(text, HasSubstr("and 4084 more\n"));
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 30);
}

TEST(FinalCounts, LearnedSessionsAreCounted) {
  EXPECT_THAT(final_counts(full_report()), HasSubstr(", both MRUs known of 998\n"));
  EXPECT_THAT(final_counts({}), Not(HasSubstr("learned")));
}

TEST(FinalCounts, LinesFitATerminal) {
  const auto text = final_counts(full_report());
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin))
    EXPECT_LE(end - begin, 160u) << text.substr(begin, end - begin);
}

}  // namespace
}  // namespace narrows::control
