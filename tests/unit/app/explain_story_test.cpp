// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/explain_story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "line_noise.h"
#include "narrows/app/explain_reasons.h"
#include "packets.h"
#include "random.h"
#include "sessions.h"

namespace narrows::app {
namespace {

using pipeline::Check;
using test::Octets;
using test::operator+;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

config::Config one_session() {
  config::Config config;
  config.lan.mac = test::mac(test::kLanMac);
  config.wan.mac = test::mac(test::kWanMac);
  config.sessions.resize(1);
  config.sessions[0].name = "isp";
  config.sessions[0].fixed = {0x1234, test::mac(test::kAcMac)};
  return config;
}

FrameStory story_of(Side side, const Octets& octets) {
  FrameStory story;
  story.side = side;
  story.octets = octets;
  story.captured_octets = octets.size();
  story.account.session = 0;
  return story;
}

FrameStory from_lan(const Octets& ip) {
  return story_of(Side::lan,
                  test::ethernet(test::kLanMac, test::kPeerMac, ip[0] >> 4 == 4 ? 0x0800 : 0x86dd, ip));
}

FrameStory from_wan(const Octets& pppoe) {
  return story_of(Side::wan, test::ethernet(test::kWanMac, test::kAcMac, 0x8864, pppoe));
}

std::string words(const FrameStory& story, Check check, bool held, std::uint32_t actual = 0,
                  std::uint32_t demanded = 0) {
  return words_of({check, held, actual, demanded}, story, one_session());
}

std::vector<std::string> texts(const FrameStory& story) {
  std::vector<std::string> all;
  for (const auto& line : tell(story, one_session()))
    all.push_back(std::string(name_of(line.kind)) + " " + line.text);
  return all;
}

TEST(ExplainStory, EveryCheckHasANameOfItsOwnAndWordsForBothOutcomes) {
  std::set<std::string_view> names;
  const auto story = from_lan(test::ipv4(test::tcp(test::kSyn)));
  for (std::size_t i = 0; i < pipeline::kChecks; ++i) {
    const auto check = static_cast<Check>(i);
    EXPECT_TRUE(names.insert(name_of(check)).second) << name_of(check);
    for (const bool held : {false, true})
      EXPECT_NE(words(story, check, held, 40, 1492), "") << name_of(check);
  }
}

TEST(ExplainStory, EveryReasonHasACure) {
  for (std::size_t reason = 0; reason < stats::kDropReasons; ++reason)
    EXPECT_GT(cure_of(static_cast<stats::DropReason>(reason)).size(), 20u);
}

TEST(ExplainStory, SaysWhatContradictsInAnIpHeader) {
  const Octets good = test::ipv4(test::tcp(test::kSyn));
  const auto fault = [&](std::size_t at, unsigned value) {
    Octets bad = good;
    test::put16(bad, at, value);
    const auto story = story_of(Side::lan, test::ethernet(test::kLanMac, test::kPeerMac, 0x0800, bad));
    return words(story, Check::ip, false, 40);
  };
  EXPECT_EQ(fault(0, 0x5500), "IPv4: version 5, must be 4");
  EXPECT_EQ(fault(0, 0x4400), "IPv4: header of 16 octets, must be at least 20");
  EXPECT_EQ(fault(2, 19), "IPv4: total length 19 is less than the header's 20");
  EXPECT_EQ(fault(2, 41), "IPv4: total length 41, but 40 octets are there");
  EXPECT_EQ(words(from_lan(good), Check::ip, false, 19),
            "IPv4: 19 octets are there, a header has at least 20");
  EXPECT_EQ(words(from_lan(good), Check::ip, true, 46),
            "IPv4: version 4, header 20, total length 40 fits the 46 octets there");
  const auto six = from_lan(test::ipv6(test::tcp(test::kSyn)));
  EXPECT_EQ(words(six, Check::ip, false, 50),
            "IPv6: payload length 20 and header of 40, but 50 octets are there");
}

TEST(ExplainStory, NamesActualAndDemandedValues) {
  const auto lan = from_lan(test::ipv4(test::tcp(test::kSyn)));
  EXPECT_EQ(words(lan, Check::destination, true), "Ethernet to me (02:00:00:00:00:01)");
  EXPECT_EQ(words(lan, Check::vlans, true), "session isp (untagged LAN)");
  EXPECT_EQ(words(lan, Check::mtu, true, 60, 1492), "60 octets fit the MTU of 1492");
  const auto wan = from_wan(test::pppoe(0x1235, 0x0021, {}, 9, 0x21));
  EXPECT_EQ(words(wan, Check::pppoe_version, false), "PPPoE version and type 0x21, must be 0x11");
  EXPECT_EQ(words(wan, Check::pppoe_code, false), "PPPoE code 0x09, must be 0x00 in a session frame");
  EXPECT_EQ(
      words(wan, Check::session, false),
      "no session has id 0x1235, from 02:00:00:00:00:ac, untagged; isp is id 0x1234 of 02:00:00:00:00:ac");
  EXPECT_EQ(words(from_wan({0x11, 0}), Check::pppoe_length, false),
            "PPPoE header: 2 octets are there, 6 are needed");
}

TEST(ExplainStory, TellsASynThatWasLowered) {
  FrameStory story = from_lan(test::ipv4(test::tcp(test::kSyn, Octets{1} + test::mss_option(1460))));
  story.account.ip_offset = 14;
  story.account.syn = {.family = Family::ipv4, .tcp_offset = 34, .tcp_octets = 28, .max_mss = 1452};
  Octets out = test::ipv4(test::tcp(test::kSyn, Octets{1} + test::mss_option(1452)));
  story.forwarded = {
      {Side::wan, test::ethernet(test::kAcMac, test::kWanMac, 0x8864, test::pppoe(0x1234, 0x0021, out))}};
  const auto lines = texts(story);
  EXPECT_THAT(lines, Contains("SYN option MSS 1460 at offset 21 of the TCP header (odd) → lowered to 1452"));
  EXPECT_THAT(lines, Contains(HasSubstr("SYN TCP checksum ")));
  EXPECT_THAT(lines,
              Contains("fate forwarded to wan, PPPoE header of session 0x1234 put on, untagged (70 octets)"));
  story.account.syn->max_mss = config::kNoMssLimit;
  EXPECT_THAT(texts(story), Contains(HasSubstr("left, no limit is set for it")));
}

TEST(ExplainStory, TellsADropWithItsReasonAndItsCure) {
  FrameStory story = from_lan(test::ipv4(test::tcp(test::kSyn)));
  story.fate = FateKind::dropped;
  story.reason = stats::DropReason::too_big;
  story.account.add({Check::may_be_cut, false, 1500, 1492});
  const auto lines = texts(story);
  EXPECT_THAT(lines, Contains(HasSubstr("FAIL 1500 octets do not fit the MTU of 1492")));
  EXPECT_THAT(lines, Contains(HasSubstr("fate dropped, counted as too_big")));
  EXPECT_THAT(lines, Contains(HasSubstr("no ICMP error is sent")));
  EXPECT_EQ(lines.back(), "cure " + std::string(cure_of(stats::DropReason::too_big)));
}

TEST(ExplainStory, SaysThatTheHeaderChecksumIsWrong) {
  Octets ip = test::ipv4(test::tcp(test::kAck));
  EXPECT_THAT(texts(from_lan(ip)), Not(Contains(HasSubstr("header checksum"))));
  ip[10] ^= 1;
  EXPECT_THAT(texts(from_lan(ip)), Contains(HasSubstr("note the IPv4 header checksum is wrong")));
}

TEST(ExplainStory, PassesOnWhatTheCaptureSays) {
  FrameStory story = from_lan(test::ipv4(test::tcp(test::kAck)));
  story.comment = "dropped: punt_full (ring full)";
  EXPECT_THAT(texts(story), Contains(HasSubstr("when it was captured: dropped: punt_full")));
  EXPECT_THAT(texts(story), Contains(HasSubstr("more came for the control thread")));
}

/// Whatever the octets and whichever check: words, and no octet beyond the frame is read (under ASan).
TEST(ExplainStory, HasWordsForAnyFrame) {
  test::Random random(3);
  const std::vector<FrameStory> good{from_lan(test::ipv4(test::tcp(test::kSyn, test::mss_option(1460)))),
                                     from_lan(test::ipv6(test::tcp(test::kSyn))),
                                     from_wan(test::pppoe(0x1234, 0x0021, test::ipv4(test::tcp(test::kSyn)))),
                                     from_wan(test::pppoe(0x1234, 0xc021, {9, 1, 0, 8, 0, 0, 0, 0}))};
  for (unsigned round = 0; round < 3000; ++round) {
    FrameStory story = random.one_of(good);
    story.octets = test::mutated(story.octets, random);
    if (story.octets.size() < 14) continue;  // of such only the header is looked at
    story.octets.shrink_to_fit();
    story.captured_octets = random() % (story.octets.size() + 1);
    story.fate = static_cast<FateKind>(random() % 3);
    story.reason = stats::DropReason::bad_ip;
    EXPECT_FALSE(tell(story, one_session()).empty());
    EXPECT_NE(head_of(story, one_session()), "");
  }
}

}  // namespace
}  // namespace narrows::app
