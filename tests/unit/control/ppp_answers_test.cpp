// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "control_fixture.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;

/// From the concentrator of kUntagged unless told otherwise.
struct Wan {
  std::string_view destination = kWanMac;
  std::string_view source = "02:00:00:00:00:ac";
  std::string_view tags = "88a8 0064 8100 0007";
  std::string_view fixed = "8864 11 00";
  std::string_view id = "1234";
};

Octets ppp(const Octets& payload, const Wan& wan = {}) {
  return hex(wan.destination) + hex(wan.source) + hex(wan.tags) + hex(wan.fixed) + hex(wan.id) +
         be16(payload.size()) + payload;
}

Octets to_concentrator(const Octets& payload) {
  return ppp(payload, {.destination = "02:00:00:00:00:ac", .source = kWanMac, .tags = "88a8 6064 8100 6007"});
}

const Octets kEcho = hex("c021 09 2a 000c deadbeef 01020304");

class PppAnswersTest : public ControlPlaneTest {};

TEST_F(PppAnswersTest, EchoIsAnsweredWithTheSameIdentifierAndDataAndNoMagic) {
  const auto sent = punt(Side::wan, kUntagged, ppp(kEcho));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].first, Side::wan);
  EXPECT_EQ(sent[0].second, to_concentrator(hex("c021 0a 2a 000c 00000000 01020304")));
  EXPECT_EQ(count(Event::echo_answered), 1u);
}

TEST_F(PppAnswersTest, TheUsualEchoHasNoData) {
  EXPECT_EQ(punt(Side::wan, kUntagged, ppp(hex("c021 09 00 0008 00000000"))).at(0).second,
            to_concentrator(hex("c021 0a 00 0008 00000000")));
}

TEST_F(PppAnswersTest, PppPaddingAndEthernetPaddingAreNotData) {
  const auto answer = to_concentrator(hex("c021 0a 2a 000c 00000000 01020304"));
  EXPECT_EQ(punt(Side::wan, kUntagged, ppp(kEcho + hex("ffff"))).at(0).second, answer);
  EXPECT_EQ(punt(Side::wan, kUntagged, ppp(kEcho) + Octets(20, 0xff)).at(0).second, answer);
}

TEST_F(PppAnswersTest, OneTagAndNoTag) {
  EXPECT_EQ(punt(Side::wan, kLearning,
                 ppp(kEcho, {.source = "02:00:00:00:01:ac", .tags = "8100 e343", .id = "0007"}))
                .at(0)
                .second,
            ppp(hex("c021 0a 2a 000c 00000000 01020304"),
                {.destination = "02:00:00:00:01:ac", .source = kWanMac, .tags = "8100 0343", .id = "0007"}));
  EXPECT_EQ(punt(Side::wan, kNoGateway, ppp(kEcho, {.source = "02:00:00:00:02:ac", .tags = "", .id = "0008"}))
                .at(0)
                .second,
            ppp(hex("c021 0a 2a 000c 00000000 01020304"),
                {.destination = "02:00:00:00:02:ac", .source = kWanMac, .tags = "", .id = "0008"}));
}

TEST_F(PppAnswersTest, AnUnknownProtocolIsRejectedWithItsInformation) {
  const auto sent = punt(Side::wan, kUntagged, ppp(hex("80fd 01 01 0004 aabb")));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].second, to_concentrator(hex("c021 08 01 000c 80fd 01 01 0004 aabb")));
  EXPECT_EQ(count(Event::protocol_rejected), 1u);
}

TEST_F(PppAnswersTest, EveryRejectHasAnotherIdentifier) {
  for (std::uint8_t identifier = 1; identifier <= 3; ++identifier)
    EXPECT_EQ(punt(Side::wan, kUntagged, ppp(hex("80fd"))).at(0).second,
              to_concentrator(hex("c021 08") + Octets{identifier} + hex("0006 80fd")));
}

TEST_F(PppAnswersTest, ARejectIsCutToTheSessionsMtu) {
  const Wan wan{.source = "02:00:00:00:01:ac", .tags = "8100 0343", .id = "0007"};
  for (const std::size_t octets : {1447u, 1448u, 1449u, 1492u}) {
    const auto sent = punt(Side::wan, kLearning, ppp(hex("80fd") + Octets(octets, 0x5a), wan));
    const std::size_t kept = std::min<std::size_t>(octets, 1454 - 6);
    EXPECT_EQ(sent.at(0).second.size(), 18 + 6 + 2 + 6 + kept);
    EXPECT_EQ(Octets(sent[0].second.begin() + 22, sent[0].second.begin() + 24), be16(2 + 6 + kept));
    EXPECT_EQ(Octets(sent[0].second.begin() + 28, sent[0].second.begin() + 30), be16(6 + kept));
  }
}

TEST_F(PppAnswersTest, AnEchoIsCutToTheSessionsMtu) {
  const Wan wan{.source = "02:00:00:00:01:ac", .tags = "8100 0343", .id = "0007"};
  const auto sent =
      punt(Side::wan, kLearning, ppp(hex("c021 09 01 05d4 00000000") + Octets(1484, 0x5a), wan));
  EXPECT_EQ(sent.at(0).second.size(), 18 + 6 + 2 + 1454u);
}

TEST_F(PppAnswersTest, NegotiationIsIgnored) {
  for (const auto payload :
       {"c021 01 01 0004", "c021 05 01 0004", "c021 08 01 0006 8021", "c021 0a 01 0008 00000000",
        "c023 01 01 0004", "c223 01 01 0004", "8021 01 01 0004", "8057 01 01 0004"})
    EXPECT_TRUE(punt(Side::wan, kUntagged, ppp(hex(payload))).empty()) << payload;
  EXPECT_EQ(count(Event::ignored_ppp), 8u);
}

TEST_F(PppAnswersTest, DataProtocolsAreNeverRejected) {
  EXPECT_TRUE(punt(Side::wan, kUntagged, ppp(hex("0021 45"))).empty());
  EXPECT_TRUE(punt(Side::wan, kUntagged, ppp(hex("0057 60"))).empty());
  EXPECT_EQ(count(Event::ignored_other), 2u);
}

TEST_F(PppAnswersTest, ACompressedProtocolIsNotRejected) {
  EXPECT_TRUE(punt(Side::wan, kUntagged, ppp(hex("2145 0000"))).empty());
  EXPECT_EQ(count(Event::malformed), 1u);
}

TEST_F(PppAnswersTest, MalformedLcpIsNotAnswered) {
  for (const auto payload : {"c021", "c021 09 01 00", "c021 09 01 0003 00000000", "c021 09 01 0009 00000000",
                             "c021 09 01 0007 000000", "c021 09 01 0000"})
    EXPECT_TRUE(punt(Side::wan, kUntagged, ppp(hex(payload))).empty()) << payload;
  EXPECT_EQ(count(Event::malformed), 6u);
}

TEST_F(PppAnswersTest, MalformedPppoeIsNotAnswered) {
  for (const auto fixed : {"8864 21 00", "8864 12 00", "8864 11 01"})
    EXPECT_TRUE(punt(Side::wan, kUntagged, ppp(kEcho, {.fixed = fixed})).empty()) << fixed;
  const Octets header = hex(kWanMac) + hex("02:00:00:00:00:ac 88a8 0064 8100 0007 8864 1100 1234");
  for (const auto length : {"0000", "0001", "000f", "ffff"})
    EXPECT_TRUE(punt(Side::wan, kUntagged, header + hex(length) + kEcho).empty()) << length;
  EXPECT_EQ(count(Event::malformed), 7u);
}

TEST_F(PppAnswersTest, AnotherSessionsFrameIsIgnored) {
  for (const Wan& wan :
       {Wan{.destination = kLanMac}, Wan{.destination = kBroadcast}, Wan{.source = "02:00:00:00:00:ad"},
        Wan{.tags = "88a8 0064 8100 0008"}, Wan{.tags = ""}, Wan{.id = "1235"}, Wan{.fixed = "0800 11 00"}})
    EXPECT_TRUE(punt(Side::wan, kUntagged, ppp(kEcho, wan)).empty());
  EXPECT_EQ(count(Event::ignored_other), 7u);
}

TEST_F(PppAnswersTest, AtMostAHundredAnswersInAnySecond) {
  std::vector<Time> answers;
  // Three seconds of 1,000 requests a second, of both kinds.
  for (int millisecond = 0; millisecond < 3000; ++millisecond, now += 1ms)
    if (!punt(Side::wan, kUntagged, ppp(millisecond % 2 == 0 ? kEcho : hex("80fd"))).empty())
      answers.push_back(now);
  for (std::size_t first = 0; first < answers.size(); ++first) {
    const auto behind =
        std::find_if(answers.begin(), answers.end(), [&](Time at) { return at >= answers[first] + 1s; });
    EXPECT_LE(behind - answers.begin() - static_cast<std::ptrdiff_t>(first),
              PppAnswers::Limit::kMaxPerSecond);
  }
  EXPECT_GE(answers.size(), 240u);
  EXPECT_EQ(count(Event::rate_limited), 3000 - answers.size());
}

TEST_F(PppAnswersTest, ABurstIsAnsweredAtOnce) {
  int answers = 0;
  for (int frame = 0; frame < 100; ++frame) answers += punt(Side::wan, kUntagged, ppp(kEcho)).empty() ? 0 : 1;
  EXPECT_EQ(answers, PppAnswers::Limit::kBurst);
}

TEST_F(PppAnswersTest, OneSessionsFloodDoesNotSilenceAnother) {
  for (int frame = 0; frame < 200; ++frame) punt(Side::wan, kUntagged, ppp(kEcho));
  EXPECT_TRUE(punt(Side::wan, kUntagged, ppp(kEcho)).empty());
  EXPECT_EQ(punt(Side::wan, kNoGateway, ppp(kEcho, {.source = "02:00:00:00:02:ac", .tags = "", .id = "0008"}))
                .size(),
            1u);
}

TEST_F(PppAnswersTest, AFrameThatFindsNoRoomIsCounted) {
  sink.full = true;
  punt(Side::wan, kUntagged, ppp(kEcho));
  EXPECT_EQ(count(Event::unsent), 1u);
  EXPECT_EQ(count(Event::echo_answered), 0u);
}

TEST_F(PppAnswersTest, EveryTruncationIsSafeAndUnanswered) {
  for (const auto& frame : {ppp(kEcho), ppp(hex("80fd 01 01 0004"))})
    for (std::size_t octets = 0; octets < frame.size(); ++octets)
      EXPECT_TRUE(punt(Side::wan, kUntagged,
                       Octets(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(octets)))
                      .empty())
          << octets;
}

}  // namespace
}  // namespace narrows::control
