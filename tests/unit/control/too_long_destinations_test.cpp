// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/too_long_destinations.h"

#include <gtest/gtest.h>

#include <string>

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using stats::TooLong;

TooLong packet(const std::string& destination, std::uint16_t octets = 1500, std::uint16_t session = 0) {
  return {session, Direction::lan_to_wan, destination, 1, octets, 1492};
}

TEST(TooLongDestinations, TheBusiestFirst) {
  TooLongDestinations all;
  for (int i = 0; i < 3; ++i) all.note(packet("a"), 100s);
  for (int i = 0; i < 5; ++i) all.note(packet("b", static_cast<std::uint16_t>(1495 + i)), 100s);
  all.note(packet("c"), 100s);
  const auto top = all.top(2, 101s);
  ASSERT_EQ(top.size(), 2u);
  EXPECT_EQ(top[0].destination, "b");
  EXPECT_EQ(top[0].packets, 5u);
  EXPECT_EQ(top[0].largest_octets, 1499);
  EXPECT_EQ(top[1].destination, "a");
  EXPECT_EQ(top[1].packets, 3u);
}

TEST(TooLongDestinations, OneDestinationInTwoSessionsOrDirectionsIsTwo) {
  TooLongDestinations all;
  all.note(packet("a"), 0s);
  all.note(packet("a", 1500, 1), 0s);
  TooLong back = packet("a");
  back.direction = Direction::wan_to_lan;
  all.note(back, 0s);
  EXPECT_EQ(all.top(10, 0s).size(), 3u);
}

TEST(TooLongDestinations, OfTheLastMinute) {
  TooLongDestinations all;
  for (Time at = 0s; at < 120s; at += 1s) all.note(packet("a"), at);
  EXPECT_EQ(all.top(1, 119s)[0].packets, 60u);
  EXPECT_EQ(all.top(1, 119s + 30s)[0].packets, 30u);
  EXPECT_TRUE(all.top(1, 119s + 60s).empty());
  all.note(packet("b"), 1000s);
  EXPECT_EQ(all.top(9, 1000s).size(), 1u) << "old slots are taken over";
}

TEST(TooLongDestinations, ABusyOneStandsOutHoweverManyThereAre) {
  TooLongDestinations all;
  for (int i = 0; i < 20'000; ++i) {
    all.note(packet(std::to_string(i)), 5s);
    if (i % 8 == 0) all.note(packet("busy"), 5s);
  }
  const auto top = all.top(1000, 5s);
  EXPECT_EQ(top.size(), TooLongDestinations::kEntries) << "bounded memory";
  EXPECT_EQ(top[0].destination, "busy");
  EXPECT_GE(top[0].packets, 2'500u) << "never under the true count";
}

}  // namespace
}  // namespace narrows::control
