// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/keepalive.h"

#include <gtest/gtest.h>

#include "ppp_fixture.h"

namespace narrows::ppp {
namespace {

using Due = Keepalive::Due;

TEST(Keepalive, AsksEveryIntervalAndGivesUpAfterFailures) {
  Keepalive keepalive(10s, 3);
  EXPECT_EQ(keepalive.next_deadline(), kNever);
  keepalive.start(100s);
  for (std::uint8_t echo = 0; echo < 3; ++echo) {
    const Time due = 110s + echo * Time(10s);
    EXPECT_EQ(keepalive.next_deadline(), due);
    EXPECT_EQ(keepalive.due(due - 1ms), Due::nothing);
    EXPECT_EQ(keepalive.due(due), Due::echo);
    keepalive.note_sent(echo, due);
  }
  EXPECT_EQ(keepalive.due(139s), Due::nothing);
  EXPECT_EQ(keepalive.due(140s), Due::lost);
}

TEST(Keepalive, AReplyBeginsANewCountAndMeasures) {
  Keepalive keepalive(10s, 1);
  keepalive.start(100s);
  keepalive.note_sent(7, 110s);
  EXPECT_EQ(keepalive.round_trip(), Time{0});
  EXPECT_TRUE(keepalive.note_reply(7, 110s + 25ms));
  EXPECT_EQ(keepalive.round_trip(), 25ms);
  EXPECT_EQ(keepalive.next_deadline(), 120s + 25ms);
  EXPECT_EQ(keepalive.due(120s + 25ms), Due::echo);
}

TEST(Keepalive, OtherRepliesAreNotLife) {
  Keepalive keepalive(10s, 2);
  keepalive.start(100s);
  EXPECT_FALSE(keepalive.note_reply(0, 101s));  // nothing was asked
  keepalive.note_sent(7, 110s);
  EXPECT_FALSE(keepalive.note_reply(6, 111s));
  EXPECT_FALSE(keepalive.note_reply(8, 111s));
  keepalive.note_sent(8, 120s);
  EXPECT_EQ(keepalive.due(130s), Due::lost);
  EXPECT_TRUE(keepalive.note_reply(7, 129s));  // late, but of this row
  EXPECT_FALSE(keepalive.note_reply(7, 129s));
  EXPECT_EQ(keepalive.round_trip(), Time{0});
  EXPECT_TRUE(keepalive.note_reply(8, 129s));
  EXPECT_FALSE(keepalive.note_reply(8, 130s));  // once
  EXPECT_EQ(keepalive.round_trip(), 9s);
}

TEST(Keepalive, AnyLifePutsTheEchoOff) {
  Keepalive keepalive(10s, 2);
  keepalive.start(100s);
  keepalive.note_life(109s);
  EXPECT_EQ(keepalive.due(110s), Due::nothing);
  EXPECT_EQ(keepalive.next_deadline(), 119s);
  keepalive.note_sent(1, 119s);
  keepalive.note_life(120s);
  keepalive.note_sent(2, 130s);
  EXPECT_EQ(keepalive.due(140s), Due::echo);  // the row was broken
}

TEST(Keepalive, IntervalZeroIsOff) {
  Keepalive keepalive(Time{0}, 3);
  keepalive.start(100s);
  EXPECT_EQ(keepalive.next_deadline(), kNever);
  keepalive.note_life(101s);
  EXPECT_EQ(keepalive.next_deadline(), kNever);
}

TEST(Keepalive, StopsAndStartsAnew) {
  Keepalive keepalive(10s, 1);
  keepalive.start(100s);
  keepalive.note_sent(1, 110s);
  keepalive.stop();
  EXPECT_EQ(keepalive.next_deadline(), kNever);
  EXPECT_FALSE(keepalive.note_reply(1, 111s));
  keepalive.start(200s);
  EXPECT_EQ(keepalive.due(210s), Due::echo);
}

}  // namespace
}  // namespace narrows::ppp
