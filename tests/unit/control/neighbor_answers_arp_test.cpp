// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "control_fixture.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;

struct Arp {
  std::string_view destination = kBroadcast;
  std::string_view source = kHostMac;
  std::string_view tag = "";
  std::string_view fixed = "0001 0800 06 04";
  std::string_view operation = "0001";
  std::string_view sender_mac = kHostMac;
  std::string_view sender = "cb007109";  // 203.0.113.9, the host of kUntagged
  std::string_view target_mac = kUnknownMac;
  std::string_view target = "cb007101";  // 203.0.113.1, its gateway
};

Octets frame_of(const Arp& arp) {
  Octets frame;
  for (const auto part : {arp.destination, arp.source, arp.tag, std::string_view("0806"), arp.fixed,
                          arp.operation, arp.sender_mac, arp.sender, arp.target_mac, arp.target})
    frame = frame + hex(part);
  return frame;
}

class ArpTest : public ControlPlaneTest {};

TEST_F(ArpTest, GatewayIsAnsweredWithTheLanPortsMac) {
  const auto sent = punt(Side::lan, kUntagged, frame_of({}));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].first, Side::lan);
  EXPECT_EQ(sent[0].second, frame_of({.destination = kHostMac,
                                      .source = kLanMac,
                                      .operation = "0002",
                                      .sender_mac = kLanMac,
                                      .sender = "cb007101",
                                      .target_mac = kHostMac,
                                      .target = "cb007109"}));
  EXPECT_EQ(count(Event::arp_answered), 1u);
}

TEST_F(ArpTest, AnyOtherAddressIsAnsweredToo) {
  const auto sent = punt(Side::lan, kUntagged, frame_of({.target = "08080808"}));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].second, frame_of({.destination = kHostMac,
                                      .source = kLanMac,
                                      .operation = "0002",
                                      .sender_mac = kLanMac,
                                      .sender = "08080808",
                                      .target_mac = kHostMac,
                                      .target = "cb007109"}));
}

TEST_F(ArpTest, AFloodIsAnsweredWithinItsLimitAndAnotherSessionAsEver) {
  using Limit = NeighborAnswers::Limit;
  for (int i = 0; i < 2 * Limit::kBurst; ++i) punt(Side::lan, kUntagged, frame_of({}));
  EXPECT_EQ(count(Event::arp_answered), static_cast<unsigned>(Limit::kBurst));
  EXPECT_EQ(count(Event::rate_limited), static_cast<unsigned>(Limit::kBurst));
  const Arp of_another{.tag = "8100 000a", .sender = "0a000005", .target = "0a000001"};
  EXPECT_EQ(punt(Side::lan, kLearning, frame_of(of_another)).size(), 1u);
  now += 1s;
  for (int i = 0; i < Limit::kBurst; ++i)
    EXPECT_EQ(punt(Side::lan, kUntagged, frame_of({})).size(), 1u) << i;
}

TEST_F(ArpTest, PaddingIsNotPayload) {
  EXPECT_EQ(punt(Side::lan, kUntagged, frame_of({}) + Octets(18, 0xee)).at(0).second.size(), 42u);
}

TEST_F(ArpTest, TheHostsOwnAddressIsNot) {
  EXPECT_TRUE(punt(Side::lan, kUntagged,
                   frame_of({.sender_mac = kOtherMac, .sender = "cb007108", .target = "cb007109"}))
                  .empty());
  EXPECT_EQ(count(Event::ignored_arp), 1u);
}

TEST_F(ArpTest, WithoutAConfiguredAddressTheAddressesSeenAreTheHosts) {
  const Arp first{.tag = "8100 000a", .sender = "0a000005", .target = "0a000001"};
  EXPECT_EQ(punt(Side::lan, kLearning, frame_of(first)).size(), 1u);
  EXPECT_TRUE(
      punt(
          Side::lan, kLearning,
          frame_of({.tag = "8100 000a", .sender_mac = kOtherMac, .sender = "0a000006", .target = "0a000005"}))
          .empty());
}

TEST_F(ArpTest, AnAnnouncementIsNotAnswered) {
  EXPECT_TRUE(punt(Side::lan, kUntagged, frame_of({.target = "cb007109"})).empty());
  EXPECT_TRUE(
      punt(Side::lan, kNoGateway, frame_of({.tag = "8100 0014", .sender = "c0000205", .target = "c0000205"}))
          .empty());
}

TEST_F(ArpTest, AnAnnouncementOfTheGatewaysAddressIsNeitherAnsweredNorBelieved) {
  EXPECT_TRUE(punt(Side::lan, kUntagged, frame_of({.sender = "cb007101"})).empty());
  EXPECT_EQ(peer(kUntagged), kUnknownMac);
}

TEST_F(ArpTest, WhoeverClaimsTheGatewaysAddressIsNotTheHost) {
  punt(Side::lan, kUntagged, frame_of({.sender = "cb007101", .target = "08080808"}));
  EXPECT_EQ(peer(kUntagged), kUnknownMac);
}

TEST_F(ArpTest, NorWithoutAConfiguredAddress) {
  config.sessions[kUntagged].lan.address.reset();
  StandingPlane standing_alone(config, {wire::parse_mac(kLanMac).value(), wire::parse_mac(kWanMac).value()},
                               peers, sink);
  ControlPlane& learning = standing_alone.control;
  learning.handle_punt(Side::lan, kUntagged, frame_of({.sender = "cb007101", .target = "08080808"}), now);
  EXPECT_EQ(peer(kUntagged), kUnknownMac);
  learning.handle_punt(Side::lan, kUntagged, frame_of({}), now);
  EXPECT_EQ(peer(kUntagged), kHostMac);
}

TEST_F(ArpTest, AProbeIsAnsweredForTheGatewayAlone) {
  EXPECT_TRUE(punt(Side::lan, kUntagged, frame_of({.sender = "00000000", .target = "cb007114"})).empty());
  const auto sent = punt(Side::lan, kUntagged, frame_of({.sender = "00000000"}));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].second, frame_of({.destination = kHostMac,
                                      .source = kLanMac,
                                      .operation = "0002",
                                      .sender_mac = kLanMac,
                                      .sender = "cb007101",
                                      .target_mac = kHostMac,
                                      .target = "00000000"}));
  EXPECT_TRUE(punt(Side::lan, kLearning, frame_of({.tag = "8100 000a", .sender = "00000000"})).empty());
}

TEST_F(ArpTest, AProbeTeachesNothing) {
  punt(Side::lan, kLearning, frame_of({.tag = "8100 000a", .sender = "00000000"}));
  EXPECT_EQ(peer(kLearning), kUnknownMac);
}

TEST_F(ArpTest, OurOwnQuestionComeBackIsNeitherAnsweredNorBelieved) {
  EXPECT_TRUE(
      punt(Side::lan, kLearning,
           frame_of({.tag = "8100 000a", .sender_mac = kLanMac, .sender = "0a000001", .target = "0a000002"}))
          .empty());
  EXPECT_EQ(peer(kLearning), kUnknownMac);
  EXPECT_TRUE(punt(Side::lan, kUntagged, frame_of({.source = kLanMac})).empty());
  EXPECT_EQ(count(Event::arp_answered), 0u);
}

TEST_F(ArpTest, MalformedIsCountedAndNotAnswered) {
  const Arp wrong[] = {
      {.fixed = "0006 0800 06 04"},  // hardware type
      {.fixed = "0001 86dd 06 04"},  // protocol type
      {.fixed = "0001 0800 08 04"},  // hardware length
      {.fixed = "0001 0800 06 10"},  // protocol length
      {.operation = "0003"},         // RARP
      {.operation = "0000"},         //
      {.sender_mac = kBroadcast},    //
      {.sender_mac = kUnknownMac},   //
      {.sender = "e0000001"},        // multicast
      {.sender = "ffffffff"},        // broadcast
      {.sender = "7f000001"},        // loopback
      {.sender = "00000001"},        // this network
      {.target = "e0000001"},        //
      {.target = "ffffffff"},        //
      {.target = "00000000"},        //
  };
  for (const Arp& arp : wrong) EXPECT_TRUE(punt(Side::lan, kUntagged, frame_of(arp)).empty());
  EXPECT_EQ(count(Event::malformed), std::size(wrong));
  EXPECT_EQ(peer(kUntagged), kUnknownMac);
}

TEST_F(ArpTest, EveryTruncationIsSafeAndUnanswered) {
  const Octets frame = frame_of({});
  for (std::size_t octets = 0; octets < frame.size(); ++octets)
    EXPECT_TRUE(
        punt(Side::lan, kUntagged, Octets(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(octets)))
            .empty())
        << octets;
  EXPECT_EQ(count(Event::malformed), frame.size());
}

TEST_F(ArpTest, TheAnswerCarriesTheSessionsVlan) {
  const auto sent = punt(Side::lan, kLearning, frame_of({.tag = "8100 600a", .sender = "0a000005"}));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].second, frame_of({.destination = kHostMac,
                                      .source = kLanMac,
                                      .tag = "8100 000a",
                                      .operation = "0002",
                                      .sender_mac = kLanMac,
                                      .sender = "cb007101",
                                      .target_mac = kHostMac,
                                      .target = "0a000005"}));
}

TEST_F(ArpTest, APriorityTagIsAnsweredUntagged) {
  const auto sent = punt(Side::lan, kUntagged, frame_of({.tag = "8100 a000"}));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].second.size(), 42u);
}

TEST_F(ArpTest, AnotherSessionsVlanIsIgnored) {
  EXPECT_TRUE(punt(Side::lan, kLearning, frame_of({.tag = "8100 000b"})).empty());
  EXPECT_TRUE(punt(Side::lan, kLearning, frame_of({})).empty());
  EXPECT_TRUE(punt(Side::lan, kUntagged, frame_of({.tag = "8100 000a"})).empty());
  EXPECT_EQ(count(Event::ignored_other), 3u);
}

TEST_F(ArpTest, ARequestToAnotherStationIsIgnored) {
  EXPECT_TRUE(punt(Side::lan, kUntagged, frame_of({.destination = kOtherMac})).empty());
  EXPECT_EQ(punt(Side::lan, kUntagged, frame_of({.destination = kLanMac})).size(), 1u);
}

TEST_F(ArpTest, TheHostTeachesItsMacByRequestAndReply) {
  punt(Side::lan, kUntagged, frame_of({}));
  EXPECT_EQ(peer(kUntagged), kHostMac);
  EXPECT_TRUE(
      punt(Side::lan, kUntagged,
           frame_of(
               {.destination = kLanMac, .operation = "0002", .sender_mac = kOtherMac, .target_mac = kLanMac}))
          .empty());
  EXPECT_EQ(peer(kUntagged), kOtherMac);
}

TEST_F(ArpTest, AReplyToAQuestionWithoutSenderTeachesToo) {
  punt(Side::lan, kNoGateway,
       frame_of({.tag = "8100 0014", .operation = "0002", .sender = "c6336409", .target = "00000000"}));
  EXPECT_EQ(peer(kNoGateway), kHostMac);
}

TEST_F(ArpTest, WithAConfiguredAddressNobodyElseTeaches) {
  punt(Side::lan, kUntagged, frame_of({.sender_mac = kOtherMac, .sender = "cb007108"}));
  EXPECT_EQ(peer(kUntagged), kUnknownMac);
}

TEST_F(ArpTest, AConfiguredPeerIsKnownFromTheStartAndNeverLearnedOver) {
  EXPECT_EQ(peer(kFixedPeer), "02:00:00:00:00:77");
  punt(Side::lan, kFixedPeer, frame_of({.tag = "8100 001e", .sender = "c0000209"}));
  EXPECT_EQ(peer(kFixedPeer), "02:00:00:00:00:77");
}

TEST_F(ArpTest, AFrameThatFindsNoRoomIsCounted) {
  sink.full = true;
  punt(Side::lan, kUntagged, frame_of({}));
  EXPECT_EQ(count(Event::unsent), 1u);
  EXPECT_EQ(count(Event::arp_answered), 0u);
}

// ---- asking ----

TEST_F(ArpTest, AsksForAMissingPeerAtOnce) {
  const auto sent = tick({1, 0, 0, 0});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].first, Side::lan);
  EXPECT_EQ(sent[0].second,
            frame_of({.source = kLanMac, .sender_mac = kLanMac, .sender = "cb007101", .target = "cb007109"}));
  EXPECT_EQ(count(Event::arp_asked), 1u);
}

TEST_F(ArpTest, AsksWithTheSessionsVlanAndAsAProbeWithoutGateway) {
  const auto sent = tick({0, 0, 1, 0});
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].second, frame_of({.source = kLanMac,
                                      .tag = "8100 0014",
                                      .sender_mac = kLanMac,
                                      .sender = "00000000",
                                      .target = "c6336409"}));
}

TEST_F(ArpTest, AsksOnlyWhenFramesWereDropped) {
  EXPECT_TRUE(tick({0, 0, 0, 0}).empty());
  EXPECT_EQ(tick({5, 0, 0, 0}).size(), 1u);
  now += 5s;
  EXPECT_TRUE(tick({5, 0, 0, 0}).empty());
  EXPECT_EQ(tick({6, 0, 0, 0}).size(), 1u);
}

TEST_F(ArpTest, AsksAtMostOnceASecondASession) {
  EXPECT_EQ(tick({1, 0, 1, 0}).size(), 2u);
  now += 999ms;
  EXPECT_TRUE(tick({2, 0, 2, 0}).empty());
  now += 1ms;
  // Asked again even when the traffic has stopped meanwhile: the drops since the last question are new.
  EXPECT_EQ(tick({2, 0, 2, 0}).size(), 2u);
}

TEST_F(ArpTest, DoesNotAskForAKnownPeerNorWithoutAnAddress) {
  punt(Side::lan, kUntagged, frame_of({}));
  EXPECT_TRUE(tick({1, 1, 0, 1}).empty());
}

TEST_F(ArpTest, AskingSurvivesAShortListOfCounts) {
  EXPECT_TRUE(tick({}).empty());
  EXPECT_EQ(tick({1}).size(), 1u);
}

}  // namespace
}  // namespace narrows::control
