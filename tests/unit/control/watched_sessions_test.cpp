// SPDX-License-Identifier: BSD-3-Clause
/// How sessions end: by PADT, by silence, and because others need their places.
#include "narrows/control/watched_sessions.h"

#include <utility>

#include "learner_fixture.h"

namespace narrows::control {
namespace {

const Octets kEcho{0, 0, 0, 0};

class WatchedTest : public LearnerTest {
 protected:
  static Ends numbered(std::uint16_t id) {
    Ends ends;
    ends.id = id;
    return ends;
  }
  void echo(const Ends& ends = {}) { hear(Side::lan, ends.lcp(Side::lan, kEchoRequest, 1, kEcho)); }
};

// --- PADT ---

TEST_F(WatchedTest, APadtOfEitherSideEndsTheSessionAfterAGrace) {
  for (const Side side : {Side::lan, Side::wan}) {
    open({}, 1454);
    hear(side, Ends{}.padt(side));
    pass(29s);
    EXPECT_EQ(mtu(), 1454u);
    EXPECT_TRUE(session()->ended);
    pass(1s);
    EXPECT_EQ(session(), nullptr);
  }
  EXPECT_EQ(count(Event::session_ended), 2u);
  EXPECT_EQ(count(Event::padt_received), 2u);
}

TEST_F(WatchedTest, APadtEndsNoOtherSession) {
  open();
  const Octets other{0x02, 0, 0, 0, 0, 0x77};
  for (const Ends& ends : std::vector<Ends>{{.id = 0x1235},
                                            {.router = other},
                                            {.concentrator = other},
                                            {.vlan = 7},
                                            {.router = kConcentratorMac, .concentrator = kRouterMac}})
    for (const Side side : {Side::lan, Side::wan}) hear(side, ends.padt(side));
  hear(Side::wan, Ends{}.padt(Side::lan));  // the router's addresses, but from the other side
  EXPECT_EQ(count(Event::padt_received), 0u);
  EXPECT_EQ(count(Event::ignored_discovery), 11u);
  pass(31s);
  EXPECT_EQ(mtu(), 1492u);
}

TEST_F(WatchedTest, LcpShowsThatAPadtWasForged) {
  open({}, 1454);
  hear(Side::wan, Ends{}.padt(Side::wan));
  pass(20s);
  echo();
  EXPECT_FALSE(session()->ended);
  pass(59min);
  EXPECT_EQ(mtu(), 1454u);
}

TEST_F(WatchedTest, WhatWasStillOnItsWayShowsNothing) {
  open();
  hear(Side::lan, Ends{}.padt(Side::lan));
  now += 900ms;
  echo();
  EXPECT_TRUE(session()->ended);
  now += 10s;
  hear(Side::wan, Ends{}.lcp(Side::wan, kTermRequest, 3));
  hear(Side::lan, Ends{}.lcp(Side::lan, kTermAck, 3));
  EXPECT_TRUE(session()->ended) << "the end of a session is no sign of its life";
  pass(20s);
  EXPECT_EQ(session(), nullptr);
}

TEST_F(WatchedTest, SynsShowThatAPadtWasForged) {
  open({}, 1454);
  hear(Side::wan, Ends{}.padt(Side::wan));
  syn[session()->slot] = now + 20s;
  pass(30s);
  ASSERT_EQ(mtu(), 1454u);
  EXPECT_FALSE(session()->ended);
}

TEST_F(WatchedTest, RepeatedPadtsNeitherProlongNorHastenTheEnd) {
  open();
  for (int second = 0; second < 29; ++second) {
    hear(Side::wan, Ends{}.padt(Side::wan));
    pass(1s);
    ASSERT_NE(session(), nullptr);
  }
  hear(Side::wan, Ends{}.padt(Side::wan));
  pass(1s);
  EXPECT_EQ(session(), nullptr);
}

TEST_F(WatchedTest, FloodsOfForgedPadtsLeaveALivingSessionAlone) {
  open({}, 1454);
  for (int second = 0; second < 600; ++second) {
    for (int each = 0; each < 20; ++each) hear(Side::wan, Ends{}.padt(Side::wan));
    pass(1s);
    if (second % 10 == 0) echo();
    ASSERT_EQ(mtu(), 1454u) << second;
  }
}

TEST_F(WatchedTest, APadsAfterAPadtBeginsAnew) {
  open({}, 1454);
  hear(Side::wan, Ends{}.padt(Side::wan));
  pass(100ms);
  open({}, 1480);
  pass(60s);
  EXPECT_EQ(mtu(), 1480u);
  EXPECT_FALSE(session()->ended);
}

// --- silence ---

TEST_F(WatchedTest, WhoIsNotAgreedIsForgottenAfterAMinute) {
  hear(Side::wan, Ends{}.pads());
  pass(30s);
  agree(Side::lan, mru_option(1492));
  pass(59s);
  EXPECT_NE(session(), nullptr);
  pass(1s);
  EXPECT_EQ(session(), nullptr);
  EXPECT_EQ(count(Event::session_aged), 1u);
}

TEST_F(WatchedTest, WhoIsAgreedIsForgottenAfterAnHour) {
  open();
  pass(30min);
  echo();
  pass(60min - 1s);
  EXPECT_EQ(mtu(), 1492u);
  pass(1s);
  EXPECT_EQ(session(), nullptr);
  EXPECT_EQ(count(Event::session_aged), 1u);
}

TEST_F(WatchedTest, SynsKeepASessionWithoutEchoes) {
  open({}, 1454);
  for (int hour = 0; hour < 5; ++hour) {
    syn[session()->slot] = now + 59min;
    pass(60min);
    ASSERT_EQ(mtu(), 1454u);
  }
  pass(59min);
  EXPECT_EQ(session(), nullptr) << "an hour after the last";
}

TEST_F(WatchedTest, TheSynsOfWhoHadTheSlotBeforeAreNotTheirs) {
  open();
  syn[session()->slot] = now;
  hear(Side::wan, Ends{}.padt(Side::wan));
  pass(30s);
  ASSERT_EQ(session(), nullptr);
  open(numbered(7));
  pass(60min);
  EXPECT_EQ(session(numbered(7)), nullptr);
}

// --- full ---

TEST_F(WatchedTest, WhenFullTheLongestSilentOfTheUnagreedGoes) {
  open(numbered(1));  // the longest silent of all
  pass(1s);
  for (std::uint16_t id = 2; id <= kMost; ++id) {
    hear(Side::wan, numbered(id).pads());
    pass(1s);
  }
  hear(Side::wan, numbered(2).lcp(Side::wan, kEchoRequest, 1, kEcho));
  open(numbered(100));
  EXPECT_EQ(session(numbered(3)), nullptr);
  for (const std::uint16_t id : std::to_array<std::uint16_t>({1, 2, 4, 5, 6, 7, 8, 100}))
    EXPECT_NE(session(numbered(id)), nullptr) << id;
  EXPECT_EQ(count(Event::session_displaced), 1u);
  EXPECT_EQ(known(), kMost);
}

TEST_F(WatchedTest, ThenThoseThatEndedThenTheLongestSilentOfAll) {
  for (std::uint16_t id = 1; id <= kMost; ++id) {
    open(numbered(id));
    pass(1s);
  }
  echo(numbered(1));
  hear(Side::wan, numbered(5).padt(Side::wan));
  open(numbered(100));
  EXPECT_EQ(session(numbered(5)), nullptr);
  open(numbered(101));
  EXPECT_EQ(session(numbered(2)), nullptr);
  syn[session(numbered(3))->slot] = now;
  open(numbered(102));
  EXPECT_NE(session(numbered(3)), nullptr) << "its TCP is alive";
  EXPECT_EQ(session(numbered(4)), nullptr);
}

TEST_F(WatchedTest, AFloodOfSessionsThatAreNoneLeavesTheAgreedAlone) {
  open(numbered(1), 1454);
  for (std::uint16_t id = 2; id < 20'000; ++id) hear(Side::wan, numbered(id).pads());
  for (std::uint16_t id = 2; id < 20'000; ++id)
    hear(Side::lan, numbered(id).lcp(Side::lan, kRequest, 1, mru_option(500)));
  EXPECT_EQ(mtu(numbered(1)), 1454u);
  EXPECT_EQ(known(), kMost);
}

TEST(WatchedSessionsFull, SixtyFiveThousandSessions) {
  stats::ControlCounters counters;
  SessionLearner learner(1492, counters, [](auto) { return Time{0}; });
  const auto hear = [&](Side from, const Octets& frame, Time now) {
    learner.receive(from, wire::parse_ethernet(frame.data(), frame.size()), frame, now);
  };
  Ends ends;
  for (std::uint32_t id = 1; id <= session::kMostWatched; ++id) {
    ends.id = static_cast<std::uint16_t>(id);
    hear(Side::wan, ends.pads(), 1000s);
  }
  EXPECT_EQ(learner.report(1000s, 10).count, session::kMostWatched);
  EXPECT_EQ(learner.report(1000s, 10).sessions.size(), 10u);
  EXPECT_EQ(learner.report(1000s, 10).sessions.front().id, 0xfffe);
  EXPECT_EQ(learner.take_touched().size(), session::kMostWatched);
  ends.vlan = 7;
  hear(Side::wan, ends.pads(), 1001s);
  EXPECT_EQ(counters.value(stats::ControlEvent::session_displaced), 1u);
  for (int turn = 0; turn < 100; ++turn) learner.poll(2000s);
  EXPECT_EQ(learner.report(2000s, 10).count, 0u);
}

// --- what others are told ---

TEST_F(WatchedTest, EverySlotThatChangedIsToldOnce) {
  open();
  EXPECT_EQ(learner.take_touched(), std::vector<SessionLearner::Slot>{0});
  EXPECT_TRUE(learner.take_touched().empty());
  echo();
  EXPECT_TRUE(learner.take_touched().empty()) << "a sign of life changes nothing for a worker";
  pass(60min);
  EXPECT_EQ(learner.take_touched(), std::vector<SessionLearner::Slot>{0});
}

TEST_F(WatchedTest, TheReportSaysWhatWasLearnedFromWhat) {
  Ends tagged;
  tagged.vlan = 7;
  hear(Side::wan, tagged.pads(max_payload_tag(1500)));
  pass(2s);
  open({}, 1454, 1480);
  pass(3s);
  echo();
  hear(Side::wan, tagged.padt(Side::wan));
  pass(1s);
  const auto report = learner.report(now, 5);
  EXPECT_EQ(report.count, 2u);
  EXPECT_EQ(report.agreed, 1u);
  EXPECT_EQ(report.limit, kMost);
  ASSERT_EQ(report.sessions.size(), 2u);
  const auto& first = report.sessions[0];
  EXPECT_EQ(first.id, kId);
  EXPECT_EQ(wire::to_string(first.mac[0]), "02:00:00:00:00:01");
  EXPECT_EQ(wire::to_string(first.mac[1]), "02:00:00:00:00:ac");
  EXPECT_TRUE(first.vlans.empty());
  EXPECT_EQ(first.mtu_octets, 1454);
  EXPECT_EQ(first.mru_octets[0], 1454);
  EXPECT_EQ(first.mru_octets[1], 1480);
  EXPECT_EQ(first.max_payload_octets, 0);
  EXPECT_EQ(first.from, stats::LearnedFrom::configure_ack);
  EXPECT_FALSE(first.is_ended);
  EXPECT_EQ(first.age_seconds, 4.0);
  EXPECT_EQ(first.silent_seconds, 1.0);
  const auto& second = report.sessions[1];
  EXPECT_EQ(second.vlans, std::vector<std::uint16_t>{7});
  EXPECT_EQ(second.max_payload_octets, 1500);
  EXPECT_EQ(second.mru_octets[0], std::nullopt);
  EXPECT_EQ(second.from, stats::LearnedFrom::pads);
  EXPECT_TRUE(second.is_ended);
}

}  // namespace
}  // namespace narrows::control
