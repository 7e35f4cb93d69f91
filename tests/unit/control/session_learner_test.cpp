// SPDX-License-Identifier: BSD-3-Clause
/// What packets teach, and what they do not.
#include "narrows/control/session_learner.h"

#include "learner_fixture.h"
#include "random.h"

namespace narrows::control {
namespace {

TEST_F(LearnerTest, APadsBeginsASessionWithTheFallback) {
  hear(Side::wan, Ends{}.pads());
  ASSERT_NE(session(), nullptr);
  EXPECT_EQ(mtu(), kFallback);
  EXPECT_EQ(session()->from, stats::LearnedFrom::pads);
  EXPECT_FALSE(session()->is_agreed());
  EXPECT_EQ(count(Event::session_seen), 1u);
}

TEST_F(LearnerTest, TheSmallerOfBothMrus) {
  struct Row {
    unsigned lan, wan, mtu;
  };
  for (const Row& row :
       {Row{1492, 1492, 1492}, Row{1492, 1454, 1454}, Row{1454, 1492, 1454}, Row{1400, 1480, 1400},
        Row{128, 1492, 128}, Row{1500, 1500, 1492}, Row{9000, 9000, 1492}}) {
    open({}, row.lan, row.wan);
    EXPECT_EQ(mtu(), row.mtu) << row.lan << " " << row.wan;
    EXPECT_EQ(session()->mru[0], row.lan);
    EXPECT_EQ(session()->mru[1], row.wan);
    EXPECT_EQ(session()->from, stats::LearnedFrom::configure_ack);
  }
}

TEST_F(LearnerTest, WithoutTheOptionTheMruIsItsDefault) {
  hear(Side::wan, Ends{}.pads());
  agree(Side::lan, {5, 6, 1, 2, 3, 4});
  agree(Side::wan, {});
  EXPECT_EQ(session()->mru[0], 1500);
  EXPECT_EQ(session()->mru[1], 1500);
  EXPECT_EQ(mtu(), 1492u) << "RFC 2516 §7";
}

/// RFC 4638: beyond 1492 only with the concentrator's tag, and no further than that says.
TEST_F(LearnerTest, MaxPayloadIsTheCeiling) {
  struct Row {
    unsigned tag, mru, mtu;
  };
  for (const Row& row : {Row{1500, 1500, 1500}, Row{1500, 1492, 1492}, Row{1500, 9000, 1500},
                         Row{4000, 4000, 4000}, Row{1400, 1500, 1492}, Row{1492, 1500, 1492}}) {
    hear(Side::wan, Ends{}.pads(kServiceName + max_payload_tag(row.tag)));
    EXPECT_EQ(mtu(), kFallback);
    agree(Side::lan, mru_option(row.mru));
    agree(Side::wan, mru_option(row.mru));
    EXPECT_EQ(mtu(), row.mtu) << row.tag << " " << row.mru;
    EXPECT_EQ(session()->max_payload_octets, row.tag);
  }
}

TEST_F(LearnerTest, ADirectionThatIsNotAgreedCountsAsTheFallback) {
  hear(Side::wan, Ends{}.pads());
  agree(Side::wan, mru_option(1492));
  EXPECT_EQ(mtu(), kFallback);
  agree(Side::wan, mru_option(1300));
  EXPECT_EQ(mtu(), 1300u) << "what is agreed may be less";
  agree(Side::lan, mru_option(1492));
  EXPECT_EQ(mtu(), 1300u);
}

TEST_F(LearnerTest, AFallbackBeyond1492CountsForPppoeOnlyAsThat) {
  SessionLearner generous(1500, counters, [](auto) { return Time{0}; });
  const Octets pads = Ends{}.pads();
  generous.receive(Side::wan, wire::parse_ethernet(pads.data(), pads.size()), pads, now);
  EXPECT_EQ(generous.find(0)->mtu_octets, 1492);
}

TEST_F(LearnerTest, LcpWithoutAPadsBeginsASessionToo) {
  hear(Side::wan, Ends{}.lcp(Side::wan, kRequest, 7, mru_option(1480)));
  EXPECT_EQ(session()->from, stats::LearnedFrom::configure_request);
  EXPECT_EQ(mtu(), kFallback);
  hear(Side::lan, Ends{}.lcp(Side::lan, kAck, 7, mru_option(1480)));
  agree(Side::lan, mru_option(1500));
  EXPECT_EQ(mtu(), 1480u);
  EXPECT_EQ(session()->mru[index_of(Side::wan)], 1480) << "the side is told by the port";
}

TEST_F(LearnerTest, OtherLcpOfNothingKnownTeachesNothing) {
  for (const std::uint8_t code : {kAck, kNak, kReject, kTermRequest, kEchoRequest, kEchoReply})
    hear(Side::wan, Ends{}.lcp(Side::wan, code, 1));
  EXPECT_EQ(known(), 0u);
  EXPECT_EQ(count(Event::ignored_ppp), 6u);
}

/// RFC 1661 §5.2: the Ack of another request, or of other options, is none.
TEST_F(LearnerTest, OnlyTheAckOfJustTheRequestCounts) {
  hear(Side::wan, Ends{}.pads());
  hear(Side::lan, Ends{}.lcp(Side::lan, kRequest, 5, mru_option(1492)));
  hear(Side::wan, Ends{}.lcp(Side::wan, kAck, 4, mru_option(1492)));
  hear(Side::wan, Ends{}.lcp(Side::wan, kAck, 5, mru_option(1491)));
  hear(Side::wan, Ends{}.lcp(Side::wan, kAck, 5));
  hear(Side::lan, Ends{}.lcp(Side::lan, kAck, 5, mru_option(1492)));
  EXPECT_EQ(session()->mru[0], std::nullopt);
  EXPECT_EQ(session()->mru[1], std::nullopt);
  EXPECT_EQ(count(Event::mru_agreed), 0u);
  hear(Side::wan, Ends{}.lcp(Side::wan, kAck, 5, mru_option(1492)));
  EXPECT_EQ(session()->mru[0], 1492);
  EXPECT_EQ(count(Event::mru_agreed), 1u);
  hear(Side::wan, Ends{}.lcp(Side::wan, kAck, 5, mru_option(1492)));
  EXPECT_EQ(count(Event::mru_agreed), 1u) << "answered once";
}

TEST_F(LearnerTest, NakAndRejectWithdrawTheRequest) {
  for (const std::uint8_t refusal : {kNak, kReject}) {
    hear(Side::wan, Ends{}.pads());
    hear(Side::lan, Ends{}.lcp(Side::lan, kRequest, 5, mru_option(1492)));
    hear(Side::wan, Ends{}.lcp(Side::wan, refusal, 6, mru_option(1454)));  // another's
    hear(Side::lan, Ends{}.lcp(Side::lan, refusal, 5, mru_option(1454)));  // from the wrong side
    EXPECT_NE(session()->request[0], std::nullopt);
    hear(Side::wan, Ends{}.lcp(Side::wan, refusal, 5, mru_option(1454)));
    hear(Side::wan, Ends{}.lcp(Side::wan, kAck, 5, mru_option(1492)));
    EXPECT_EQ(session()->mru[0], std::nullopt);
  }
}

TEST_F(LearnerTest, ANakMayWishWhateverItLikes) {
  hear(Side::wan, Ends{}.pads());
  hear(Side::lan, Ends{}.lcp(Side::lan, kRequest, 5, mru_option(1492)));
  hear(Side::wan, Ends{}.lcp(Side::wan, kNak, 5, Octets{1, 3, 9} + mru_option(0)));
  EXPECT_EQ(count(Event::malformed), 0u);
  EXPECT_EQ(session()->request[0], std::nullopt);
}

TEST_F(LearnerTest, WhatIsAgreedStaysUntilAnotherAck) {
  open({}, 1492, 1480);
  hear(Side::wan, Ends{}.lcp(Side::wan, kRequest, 77, mru_option(1300)));
  EXPECT_EQ(mtu(), 1480u);
  hear(Side::lan, Ends{}.lcp(Side::lan, kNak, 77, mru_option(1492)));
  EXPECT_EQ(mtu(), 1480u);
  hear(Side::wan, Ends{}.lcp(Side::wan, kRequest, 78, mru_option(1310)));
  hear(Side::lan, Ends{}.lcp(Side::lan, kAck, 78, mru_option(1310)));
  EXPECT_EQ(mtu(), 1310u);
}

TEST_F(LearnerTest, APadsForgetsWhatWasAgreed) {
  open({}, 1454, 1492);
  hear(Side::lan, Ends{}.lcp(Side::lan, kRequest, 99, mru_option(1480)));
  hear(Side::wan, Ends{}.pads());
  hear(Side::wan, Ends{}.lcp(Side::wan, kAck, 99, mru_option(1480)));
  EXPECT_EQ(mtu(), kFallback);
  EXPECT_EQ(session()->mru[0], std::nullopt) << "the request was of the session before";
}

TEST_F(LearnerTest, OnlyAConcentratorConfirms) {
  hear(Side::lan, Ends{}.discovery(Side::lan, 0x65, kServiceName));
  EXPECT_EQ(known(), 0u);
  Ends refused;
  refused.id = 0;
  hear(Side::wan, refused.pads({0x02, 0x01, 0, 0}));
  EXPECT_EQ(known(), 0u);
  EXPECT_EQ(count(Event::ignored_discovery), 2u);
  for (const std::uint8_t code : std::to_array<std::uint8_t>({0x09, 0x07, 0x19, 0xd3, 0x00}))
    hear(Side::wan, Ends{}.discovery(Side::wan, code, {}));
  EXPECT_EQ(known(), 0u);
}

TEST_F(LearnerTest, IdBothAddressesAndVlansTellSessionsApart) {
  const Octets other{0x02, 0, 0, 0, 0, 0x77};
  const std::vector<Ends> all{Ends{},      {.id = 0x1235}, {.router = other}, {.concentrator = other},
                              {.vlan = 7}, {.vlan = 8}};
  unsigned mru = 1400;
  for (const Ends& ends : all) open(ends, ++mru, 1492);
  mru = 1400;
  for (const Ends& ends : all) EXPECT_EQ(mtu(ends), ++mru);
  Ends priority;
  priority.vlan = 0xe000;  // a priority tag is no VLAN
  EXPECT_EQ(mtu(priority), 1401u);
  priority.vlan = 0xe007;
  EXPECT_EQ(mtu(priority), 1405u);
}

// --- what breaks the rules ---

class MalformedTest : public LearnerTest {
 protected:
  void SetUp() override { open({}, 1492, 1480); }
  void expect_malformed(Side from, const Octets& frame, const char* what) {
    const auto before = count(Event::malformed);
    hear(from, frame);
    EXPECT_EQ(count(Event::malformed), before + 1) << what;
    EXPECT_EQ(mtu(), 1480u) << what;
    EXPECT_EQ(known(), 1u) << what;
  }
};

TEST_F(MalformedTest, Options) {
  struct Row {
    const char* what;
    Octets options;
  };
  for (const Row& row : std::vector<Row>{{"length 0", {1, 0, 5, 6}},
                                         {"length 1", {1, 1}},
                                         {"beyond the packet", {1, 5, 5, 6}},
                                         {"a type and no more", {5, 6, 1, 2, 3, 4, 1}},
                                         {"an MRU of one octet", {1, 3, 5}},
                                         {"an MRU of three octets", {1, 5, 5, 6, 7}},
                                         {"an MRU of none", {1, 2}},
                                         {"two MRUs", mru_option(1300) + mru_option(1300)},
                                         {"an MRU of 0", mru_option(0)},
                                         {"an MRU of 127", mru_option(127)}}) {
    expect_malformed(Side::wan, Ends{}.lcp(Side::wan, kRequest, 50, row.options), row.what);
    expect_malformed(Side::wan, Ends{}.lcp(Side::wan, kAck, 50, row.options), row.what);
    EXPECT_EQ(session()->request[index_of(Side::wan)], std::nullopt);
  }
}

TEST_F(MalformedTest, LcpLengths) {
  const Octets whole = Ends{}.lcp(Side::wan, kRequest, 60, mru_option(1300));
  constexpr std::size_t kLcpLength = 14 + 8 + 2;
  for (const unsigned length : {0u, 3u, 9u, 0xffffu}) {
    Octets frame = whole;
    test::put16(frame, kLcpLength, length);
    expect_malformed(Side::wan, frame, "LCP length");
  }
  expect_malformed(Side::wan,
                   test::padded(Ends{}.frame(Side::wan, 0x8864, test::pppoe(kId, 0xc021, {1, 60, 0})), 100),
                   "cut off, and padding behind it");
}

TEST_F(MalformedTest, PppoeHeaders) {
  const Octets whole = Ends{}.lcp(Side::wan, kRequest, 60, mru_option(1300));
  expect_malformed(Side::wan, test::with8(whole, 14, 0x12), "version");
  expect_malformed(Side::wan, test::with8(whole, 15, 1), "code");
  expect_malformed(Side::wan, test::with16(whole, 18, 1), "LENGTH 1");
  expect_malformed(Side::wan, test::with16(whole, 18, 11), "LENGTH beyond the frame");
  expect_malformed(Side::wan, test::with16(whole, 16, 0), "id 0");
  expect_malformed(Side::wan, test::with16(whole, 16, 0xffff), "id 0xffff");
  expect_malformed(Side::wan, test::with8(whole, 0, 0x03), "to a group");
  expect_malformed(Side::wan,
                   test::with8(test::with8(test::with16(test::with16(whole, 0, 0), 2, 0), 4, 0), 5, 0),
                   "to nobody");
}

TEST_F(MalformedTest, Discovery) {
  Ends reserved;
  reserved.id = 0xffff;
  expect_malformed(Side::wan, reserved.pads(), "id 0xffff");
  expect_malformed(Side::wan, reserved.padt(Side::wan), "PADT of id 0xffff");
  Ends none;
  none.id = 0;
  expect_malformed(Side::wan, none.padt(Side::wan), "PADT of id 0");
  const Octets whole = Ends{}.pads();
  expect_malformed(Side::wan, test::with8(whole, 14, 0x21), "version");
  expect_malformed(Side::wan, test::with16(whole, 18, 5), "LENGTH beyond the frame");
  expect_malformed(Side::wan, Ends{}.pads({0x01, 0x01, 0, 1}), "a tag beyond LENGTH");
  expect_malformed(Side::wan, Ends{}.pads({0x01, 0x20, 0xff, 0xff, 5, 220}), "a tag of 64 KB");
  expect_malformed(Side::wan, Ends{}.pads({0x01, 0x20, 0, 1, 5}), "a Max-Payload of one octet");
  expect_malformed(Side::wan, Ends{}.pads({0x01, 0x20, 0, 3, 5, 220, 0}), "of three octets");
  expect_malformed(Side::wan, Ends{}.pads({0x01, 0x20, 0, 2, 0, 0}), "of 0");
  expect_malformed(Side::wan, Ends{}.pads(max_payload_tag(1500) + max_payload_tag(1500)), "two of them");
  expect_malformed(Side::wan, test::with8(whole, 0, 0xff), "to a group");
}

TEST_F(MalformedTest, SixtyFourKilobytesOfTagsAreWellFormedAndTeachNoMore) {
  Octets tags;
  while (tags.size() < 65'000) tags = tags + Octets{0x01, 0x05, 0, 200} + Octets(200, 7);
  hear(Side::wan, Ends{}.pads(tags));
  EXPECT_EQ(count(Event::malformed), 0u);
  EXPECT_EQ(mtu(), kFallback);
}

TEST_F(MalformedTest, EveryCutIsSafe) {
  for (const Octets& whole : {Ends{}.pads(max_payload_tag(1500)), Ends{.vlan = 7}.pads(max_payload_tag(1500)),
                              Ends{}.lcp(Side::wan, kRequest, 9, mru_option(1300)),
                              Ends{}.lcp(Side::wan, kAck, 9, mru_option(1300))})
    for (std::size_t octets = 22; octets < whole.size(); ++octets) {
      hear(Side::wan, test::first_octets(whole, octets));
      EXPECT_EQ(mtu(), 1480u);
      EXPECT_EQ(known(), 1u);
    }
}

/// Nothing crashes or reads beyond (sanitizers), and what stands is within its bounds.
TEST_F(MalformedTest, RandomFramesAndRandomChanges) {
  test::Random random(0x1ea2);
  const std::vector<Octets> seeds{
      Ends{}.pads(max_payload_tag(1500)), Ends{}.padt(Side::wan),
      Ends{}.lcp(Side::wan, kRequest, 1, mru_option(1492) + Octets{5, 6, 1, 2, 3, 4}),
      Ends{}.lcp(Side::wan, kAck, 1, mru_option(1492)),
      Ends{.vlan = 9}.lcp(Side::wan, kNak, 1, mru_option(1492))};
  for (unsigned round = 0; round < 200'000; ++round) {
    Octets frame = random.one_of(seeds);
    for (unsigned changes = random() % 4; changes > 0; --changes)
      frame[12 + random() % (frame.size() - 12)] = random.octet();
    if (random() % 3 == 0) frame.resize(14 + random() % (frame.size() - 13));
    hear(random() % 2 == 0 ? Side::lan : Side::wan, frame);
    if (round % 64 == 0) pass(std::chrono::seconds(random() % 5));
    EXPECT_LE(known(), kMost);
  }
  for (const auto& found : learner.report(now, kMost).sessions) {
    EXPECT_TRUE(found.id != 0 && found.id != 0xffff);
    EXPECT_GE(found.mtu_octets, 128);
  }
}

}  // namespace
}  // namespace narrows::control
