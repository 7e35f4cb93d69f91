// SPDX-License-Identifier: BSD-3-Clause
// Link once more: authentication, network protocols and echoes, each going its own way.
#include "link_fixture.h"
#include "narrows/ppp/link.h"

namespace narrows::ppp {
namespace {

class LinkLayersTest : public LinkFixture {};

TEST_F(LinkLayersTest, RefusedCredentialsEndTheLink) {  // RFC 1661 §3.5
  start();
  open_lcp(kAsksPap);
  receive(kPap, control(kFakeNo, 1, octets_of("unknown user")));
  EXPECT_EQ(link_->phase(), Phase::terminate);
  const Octets request = take(kLcp, kTermReq);
  link_->close(now_);  // changes nothing
  receive(kLcp, control(kTermAck, request[1]));
  EXPECT_EQ(link_->end(), LinkEnd::authentication_refused);
  EXPECT_EQ(link_->end_message(), "unknown user");
}

TEST_F(LinkLayersTest, TheReasonStaysWhenThePeerTerminatesToo) {
  start();
  open_lcp(kAsksPap);
  receive(kPap, control(kFakeNo, 1, octets_of("unknown user")));
  receive(kLcp, control(kTermReq, 3, octets_of("bye")));
  pass(5s);
  EXPECT_EQ(link_->end(), LinkEnd::authentication_refused);
  EXPECT_EQ(link_->end_message(), "unknown user");
}

TEST_F(LinkLayersTest, AConcentratorThatNeverAsksIsGivenUp) {
  start();
  open_lcp(kAsksChap);
  for (int i = 0; i < 7; ++i) {  // alive, but not at it
    pass(9s);
    if (!link_->end()) receive(kLcp, control(kEchoReq, 1, {0, 0, 0, 0}));
  }
  EXPECT_EQ(link_->end(), LinkEnd::authentication_silent);
}

TEST_F(LinkLayersTest, ARechallengeIsAnsweredInTheNetworkPhase) {  // RFC 1994 §2
  open();
  receive(kChap, control(kFakeChallenge, 9));
  EXPECT_EQ(take(kChap, kFakePassword)[1], 9);
  receive(kChap, control(kFakeYes, 9));
  EXPECT_TRUE(link_->ipv4());
  receive(kChap, control(kFakeChallenge, 10));
  receive(kChap, control(kFakeNo, 10, octets_of("expired")));
  EXPECT_FALSE(link_->ipv4());
  pass(5s);
  EXPECT_EQ(link_->end(), LinkEnd::authentication_refused);
  EXPECT_EQ(link_->end_message(), "expired");
}

TEST_F(LinkLayersTest, APeerThatRejectsItsOwnAuthenticationIsGivenUp) {  // RFC 1661 §5.7
  start();
  open_lcp(kAsksPap);
  receive(kLcp, control(kProtRej, 1, {0xc0, 0x23, 1, 1, 0, 4}));
  pass(5s);
  EXPECT_EQ(link_->end(), LinkEnd::no_agreement);
}

TEST_F(LinkLayersTest, RejectedIpv6LeavesIpv4Alone) {  // RFC 1661 §3.6, §5.7
  start();
  open_lcp();
  const auto [v4, v6] = take_network_requests();
  receive(kLcp, control(kProtRej, 1, Octets{0x80, 0x57} + v6));
  open_ipcp(v4);
  EXPECT_TRUE(link_->ipv4());
  sink_.take();
  settings_.echo_interval = Time{0};
  pass(120s);
  EXPECT_TRUE(sink_.take(kIpv6cp).empty());  // "MUST stop sending packets of the indicated protocol"
}

TEST_F(LinkLayersTest, RejectedIpv4LeavesIpv6Alone) {
  start();
  open_lcp();
  const auto [v4, v6] = take_network_requests();
  receive(kLcp, control(kProtRej, 1, Octets{0x80, 0x21} + v4));
  open_ipv6cp(v6);
  EXPECT_TRUE(link_->ipv6());
  EXPECT_FALSE(link_->ipv4());
  EXPECT_FALSE(link_->end());
}

TEST_F(LinkLayersTest, ARejectedDataProtocolTakesItsFamilyDown) {  // RFC 1661 §5.7
  open();
  receive(kLcp, control(kProtRej, 1, {0x00, 0x21, 0x45}));
  EXPECT_FALSE(link_->ipv4());
  EXPECT_TRUE(link_->ipv6());
  receive(kLcp, control(kProtRej, 2, {0x00, 0x57, 0x60}));
  EXPECT_FALSE(link_->ipv6());
}

TEST_F(LinkLayersTest, SilentIpv6LeavesIpv4Alone) {
  settings_.echo_interval = Time{0};
  start();
  open_lcp();
  const auto [v4, v6] = take_network_requests();
  open_ipcp(v4);
  pass(120s);
  EXPECT_TRUE(link_->ipv4());
  EXPECT_FALSE(link_->end());
  // And it may come after all.
  receive(kIpv6cp, control(kConfReq, 1, option(1, {2, 0, 0, 0, 0, 0, 0, 9})));
  acknowledge(kIpv6cp, take(kIpv6cp, kConfReq));
  EXPECT_TRUE(link_->ipv6());
}

TEST_F(LinkLayersTest, RefusedIpv4LeavesIpv6Alone) {
  start();
  open_lcp();
  const auto [v4, v6] = take_network_requests();
  open_ipv6cp(v6);
  receive(kIpcp, control(kConfRej, v4[1], option(3, {0, 0, 0, 0})));
  pass(5s);
  EXPECT_FALSE(link_->ipv4());
  EXPECT_TRUE(link_->ipv6());
  EXPECT_FALSE(link_->end());
}

TEST_F(LinkLayersTest, NeitherFamilyIsNoNetwork) {
  settings_.echo_interval = Time{0};
  start();
  open_lcp();
  sink_.take();
  receive(kLcp, control(kProtRej, 1, {0x80, 0x57}));
  EXPECT_EQ(link_->phase(), Phase::network);
  receive(kLcp, control(kProtRej, 2, {0x80, 0x21}));
  EXPECT_EQ(link_->phase(), Phase::terminate);
  pass(5s);
  EXPECT_EQ(link_->end(), LinkEnd::no_network);
}

TEST_F(LinkLayersTest, SilenceOfBothIsNoNetwork) {
  settings_.echo_interval = Time{0};
  start();
  open_lcp();
  pass(60s);
  EXPECT_EQ(link_->end(), LinkEnd::no_network);
}

TEST_F(LinkLayersTest, EndlessNaksOfBothAreNoAgreement) {
  start();
  open_lcp();
  for (int i = 0; i < 100 && !link_->end(); ++i) {
    for (const Sent& each : sink_.take()) {
      if (each.information[0] != kConfReq) continue;
      const auto counter = static_cast<std::uint8_t>(i);
      const Octets suggestion =
          each.protocol == kIpcp ? option(3, {10, 0, 0, counter}) : option(1, {0, 0, 0, 0, 0, 0, 1, counter});
      receive(each.protocol, control(kConfNak, each.information[1], suggestion));
    }
    pass(100ms);
  }
  pass(10s);
  EXPECT_EQ(link_->end(), LinkEnd::no_agreement);
}

TEST_F(LinkLayersTest, AFamilyMayGoWithoutTheOther) {  // RFC 1661 §3.6: closed at any time
  open();
  receive(kIpv6cp, control(kTermReq, 8));
  EXPECT_EQ(take(kIpv6cp, kTermAck)[1], 8);
  EXPECT_FALSE(link_->ipv6());
  EXPECT_TRUE(link_->ipv4());
  pass(5s);
  EXPECT_FALSE(link_->end());
  receive(kIpcp, control(kTermReq, 8));
  pass(5s);
  EXPECT_EQ(link_->end(), LinkEnd::no_network);
}

TEST_F(LinkLayersTest, AFamilyGivenUpIsTriedAgainAfterRenegotiation) {
  start();
  open_lcp();
  const auto [v4, v6] = take_network_requests();
  open_ipv6cp(v6);
  receive(kIpcp, control(kConfRej, v4[1], option(3, {0, 0, 0, 0})));
  pass(5s);
  receive(kLcp, control(kConfReq, 9, kMagicOption));
  acknowledge(kLcp, take(kLcp, kConfReq));
  open_network();
}

TEST_F(LinkLayersTest, ChangedAddressesAreSeen) {
  open();
  receive(kIpcp, control(kConfReq, 9, option(3, {203, 0, 113, 2})));
  EXPECT_FALSE(link_->ipv4());
  EXPECT_TRUE(link_->ipv6());
  acknowledge(kIpcp, take(kIpcp, kConfReq));
  ASSERT_TRUE(link_->ipv4());
  EXPECT_EQ(link_->ipv4()->peer, (wire::Ipv4Address{0xcb007102}));
  EXPECT_EQ(link_->ipv4()->own, (wire::Ipv4Address{0xc6336407}));
}

TEST_F(LinkLayersTest, EchoesMeasureTheRoundTrip) {
  open();
  pass(10s);
  const Octets echo = take(kLcp, kEchoReq);
  EXPECT_EQ(data_of(echo), own_magic_);
  EXPECT_EQ(link_->echo_round_trip(), Time{0});
  now_ += 12ms;
  receive(kLcp, control(kEchoRep, echo[1], kPeerMagic));
  EXPECT_EQ(link_->echo_round_trip(), 12ms);
  receive(kLcp, control(kEchoRep, echo[1], kPeerMagic));  // doubled
  EXPECT_EQ(link_->ignored(), 1u);
}

TEST_F(LinkLayersTest, ASilentPeerIsLostAfterThreeEchoes) {
  open();
  const Time start = now_;
  pass(39s);
  EXPECT_EQ(sink_.take(kLcp).size(), 3u);
  EXPECT_FALSE(link_->end());
  now_ = link_->next_deadline();
  link_->poll(now_);
  EXPECT_EQ(link_->end(), LinkEnd::echo_lost);
  EXPECT_EQ(now_ - start, 40s);
  EXPECT_EQ(sink_.take(kLcp).at(0)[0], kTermReq);
  EXPECT_FALSE(link_->ipv4());
}

TEST_F(LinkLayersTest, DataIsLifeEnough) {
  open();
  for (int i = 0; i < 20; ++i) {
    pass(9s);
    link_->note_life(now_);
  }
  EXPECT_TRUE(sink_.sent.empty());
  EXPECT_FALSE(link_->end());
}

TEST_F(LinkLayersTest, APeerThatRejectsEchoesIsNotAskedAgain) {  // RFC 1661 §4.3 (RXJ+)
  open();
  pass(10s);
  const Octets echo = take(kLcp, kEchoReq);
  receive(kLcp, control(kCodeRej, 1, echo));
  pass(200s);
  EXPECT_TRUE(sink_.sent.empty());
  EXPECT_FALSE(link_->end());
}

TEST_F(LinkLayersTest, StrangersEchoRepliesAreNotLife) {
  open();
  for (int i = 0; i < 60 && !link_->end(); ++i) {
    pass(1s);
    receive(kLcp, control(kEchoRep, static_cast<std::uint8_t>(i), {1, 2, 3, 4}));
  }
  EXPECT_EQ(link_->end(), LinkEnd::echo_lost);
}

TEST_F(LinkLayersTest, AConcentratorWithoutAddressesRejectsIpcp) {
  settings_ = LinkSettings{};
  settings_.is_concentrator = true;
  start();
  open_lcp();
  for (const Sent& each : sink_.take()) EXPECT_NE(each.protocol, kIpcp);
  const Octets request = control(kConfReq, 1, option(3, {0, 0, 0, 0}));
  receive(kIpcp, request);
  EXPECT_EQ(data_of(take(kLcp, kProtRej)), test::be16(kIpcp) + request);
}

}  // namespace
}  // namespace narrows::ppp
