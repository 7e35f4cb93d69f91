// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/explain_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "packets.h"
#include "sessions.h"

namespace narrows::app {
namespace {

using test::Octets;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FrameToExplain frame_by(std::string interface, const Octets& octets) {
  FrameToExplain frame;
  frame.number = 1;
  frame.octets = octets;
  frame.captured_octets = octets.size();
  frame.interface = std::move(interface);
  return frame;
}

Octets session_frame(const Octets& destination, const Octets& source, unsigned id) {
  return test::ethernet(destination, source, 0x8864,
                        test::pppoe(id, 0x0021, test::ipv4(test::tcp(test::kAck))));
}

config::Config dialled() {
  config::Config config;
  config.wan.mac = test::mac(test::kWanMac);
  config.sessions.resize(1);
  config.sessions[0].name = "isp";
  config.sessions[0].client.emplace();
  return config;
}

BoxFacts learn(std::vector<FrameToExplain> frames, const config::Config& config, const FactsSaid& said = {}) {
  place_frames(frames, config, said);
  return learn_facts(frames, config, said);
}

TEST(ExplainFacts, ReadWhatTheUserSaysOfASession) {
  const auto said = parse_session_said("my isp=0x12ab@02:00:00:00:00:ac");
  ASSERT_TRUE(said);
  EXPECT_EQ(said->first, "my isp");
  EXPECT_EQ(said->second.fixed.id, 0x12ab);
  EXPECT_EQ(said->second.fixed.ac_mac, test::mac(test::kAcMac));
  EXPECT_FALSE(said->second.down);
  EXPECT_EQ(parse_session_said("isp=17@02:00:00:00:00:ac")->second.fixed.id, 17);
  EXPECT_TRUE(parse_session_said("isp=down")->second.down);
  for (const char* wrong :
       {"", "isp", "=down", "isp=", "isp=up", "isp=0x1234", "isp=@02:00:00:00:00:ac",
        "isp=0@02:00:00:00:00:ac", "isp=0xffff@02:00:00:00:00:ac", "isp=65536@02:00:00:00:00:ac",
        "isp=1x@02:00:00:00:00:ac", "isp=1@02:00:00:00:00", "isp=1@ff:ff:ff:ff:ff:ff"})
    EXPECT_FALSE(parse_session_said(wrong)) << wrong;
}

TEST(ExplainFacts, PlaceFramesByTheirInterface) {
  config::Config config = dialled();
  config.lan.interface = "eth1";
  std::vector<FrameToExplain> frames;
  for (const char* name : {"lan in", "lan out", "wan in", "wan out", "wan", "eth1"})
    frames.push_back(frame_by(name, {}));
  place_frames(frames, config, {});
  std::vector<std::pair<Side, bool>> places;
  for (const auto& frame : frames) places.emplace_back(frame.side, frame.sent);
  EXPECT_THAT(places, ElementsAre(std::pair(Side::lan, false), std::pair(Side::lan, true),
                                  std::pair(Side::wan, false), std::pair(Side::wan, true),
                                  std::pair(Side::wan, false), std::pair(Side::lan, false)));
}

TEST(ExplainFacts, AskForThePortThatNobodySays) {
  std::vector<FrameToExplain> frames{frame_by("eth7", {})};
  try {
    place_frames(frames, dialled(), {});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("frame 1 does not say by which port it came (interface eth7): say --port lan"));
  }
  FactsSaid said;
  said.side = Side::wan;
  place_frames(frames, dialled(), said);
  EXPECT_EQ(frames[0].side, Side::wan);
}

TEST(ExplainFacts, TakeAPortsAddressFromWhatItSentElseFromWhatIsSentToIt) {
  config::Config config = dialled();
  config.wan.mac.reset();
  const auto to_us = frame_by("wan in", session_frame(test::kWanMac, test::kAcMac, 1));
  const auto to_other = frame_by("wan in", session_frame(test::kPeerMac, test::kAcMac, 1));
  const auto from_us = frame_by("wan out", session_frame(test::kAcMac, test::kLanMac, 1));
  const auto guessed = learn({to_us, to_other, to_us}, config);
  EXPECT_EQ(guessed.config.wan.mac, test::mac(test::kWanMac));
  EXPECT_THAT(guessed.assumptions, testing::Contains(HasSubstr("wan port's address is taken to be")));
  const auto known = learn({to_us, to_us, from_us}, config);
  EXPECT_EQ(known.config.wan.mac, test::mac(test::kLanMac));
  FactsSaid said;
  said.mac[index_of(Side::wan)] = test::mac(test::kPeerMac);
  EXPECT_EQ(learn({to_us, from_us}, config, said).config.wan.mac, test::mac(test::kPeerMac));
}

TEST(ExplainFacts, FramesOfThePortsOwnAddressWereSentByIt) {
  std::vector<FrameToExplain> frames{frame_by("wan", session_frame(test::kAcMac, test::kWanMac, 1)),
                                     frame_by("wan", session_frame(test::kWanMac, test::kAcMac, 1))};
  place_frames(frames, dialled(), {});
  static_cast<void>(learn_facts(frames, dialled(), {}));
  EXPECT_TRUE(frames[0].sent);
  EXPECT_FALSE(frames[1].sent);
}

TEST(ExplainFacts, ADialledSessionIsTheOneMostFramesAreOf) {
  const auto seven = frame_by("wan in", session_frame(test::kWanMac, test::kAcMac, 7));
  const auto eight = frame_by("wan out", session_frame(test::kAcMac, test::kWanMac, 8));
  const auto others = frame_by("wan in", session_frame(test::kPeerMac, test::kAcMac, 9));
  const auto facts = learn({seven, eight, eight, others, others, others}, dialled());
  EXPECT_FALSE(facts.config.sessions[0].client);
  EXPECT_EQ(facts.config.sessions[0].fixed, (config::StaticSession{8, test::mac(test::kAcMac)}));
}

TEST(ExplainFacts, ADialledSessionOfWhichNothingWasCapturedIsUp) {
  const auto facts =
      learn({frame_by("lan in", test::ethernet(test::kLanMac, test::kPeerMac, 0x0800, {}))}, dialled());
  EXPECT_FALSE(facts.config.sessions[0].client);
  EXPECT_NE(facts.config.sessions[0].fixed.id, 0);
  EXPECT_FALSE(facts.config.sessions[0].lan.peer_mac) << "hosts are learned, as the LAN was captured";
}

TEST(ExplainFacts, WhatTheUserSaysOfASessionCounts) {
  FactsSaid said;
  said.sessions["isp"].down = true;
  EXPECT_TRUE(learn({}, dialled(), said).config.sessions[0].client);
  said.sessions["isp"] = {false, {5, test::mac(test::kAcMac)}};
  EXPECT_EQ(learn({}, dialled(), said).config.sessions[0].fixed.id, 5);
  said.sessions["nobody"] = {};
  EXPECT_THROW(static_cast<void>(learn({}, dialled(), said)), std::runtime_error);
}

TEST(ExplainFacts, AWanCaptureTakesTheLanHostForKnown) {
  const auto facts = learn({frame_by("wan in", session_frame(test::kWanMac, test::kAcMac, 7))}, dialled());
  EXPECT_TRUE(facts.config.sessions[0].lan.peer_mac);
  const auto to_host = frame_by("lan out", test::ethernet(test::kPeerMac, test::kLanMac, 0x0800, {}));
  EXPECT_EQ(learn({to_host}, dialled()).config.sessions[0].lan.peer_mac, test::mac(test::kPeerMac));
}

TEST(ExplainFacts, TransparentNeedsNone) {
  config::Config config;
  config.mode = config::Mode::transparent;
  const auto facts = learn({frame_by("wan in", session_frame(test::kWanMac, test::kAcMac, 7))}, config);
  EXPECT_THAT(facts.assumptions, IsEmpty());
  EXPECT_FALSE(facts.config.wan.mac);
}

TEST(ExplainFacts, AConcentratorsClientsSayWhoseAddressIsWhose) {
  config::Config config;
  config.mode = config::Mode::concentrator;
  config.wan.mac = test::mac(test::kWanMac);
  config.concentrator.emplace();
  config.concentrator->first_ipv4 = wire::Ipv4Address{0xc0000200};  // 192.0.2.0; kSource4 is the next one
  config.concentrator->sessions = 3;
  config.sessions.resize(3);
  for (auto& session : config.sessions) session.name = "x";
  const auto facts = learn({frame_by("line in", session_frame(test::kWanMac, test::kAcMac, 7))}, config);
  ASSERT_EQ(facts.lines.size(), 1u);
  EXPECT_EQ(facts.lines[0].session, 1u);
  EXPECT_EQ(facts.lines[0].client, (config::StaticSession{7, test::mac(test::kAcMac)}));
  EXPECT_TRUE(facts.core_router);
}

}  // namespace
}  // namespace narrows::app
