// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/link.h"

#include "link_fixture.h"

namespace narrows::ppp {
namespace {

class LinkTest : public LinkFixture {};

TEST_F(LinkTest, GoesThroughItsPhases) {  // RFC 1661 §3.2
  link_ = std::make_unique<Link>(settings_, sink_, random_, make_fake);
  EXPECT_EQ(link_->phase(), Phase::dead);
  EXPECT_EQ(link_->next_deadline(), kNever);
  link_->start(now_);
  EXPECT_EQ(link_->phase(), Phase::establish);
  for (const Sent& each : sink_.sent) EXPECT_EQ(each.protocol, kLcp);  // §3.1: LCP first
  open_lcp(kMagicOption + kAsksChap);
  EXPECT_EQ(link_->phase(), Phase::authenticate);
  EXPECT_TRUE(sink_.sent.empty());
  authenticate();
  EXPECT_EQ(link_->phase(), Phase::network);
  const auto [v4, v6] = take_network_requests();  // §3.6: each protocol by its own
  EXPECT_FALSE(link_->ipv4());
  open_ipcp(v4);
  ASSERT_TRUE(link_->ipv4());
  EXPECT_EQ(link_->ipv4()->own, (wire::Ipv4Address{0xc6336407}));
  EXPECT_EQ(link_->ipv4()->peer, (wire::Ipv4Address{0xcb007101}));
  EXPECT_EQ(link_->ipv4()->dns, (std::vector{wire::Ipv4Address{0xc0000235}}));
  EXPECT_FALSE(link_->ipv6());
  open_ipv6cp(v6);
  ASSERT_TRUE(link_->ipv6());
  EXPECT_EQ(link_->ipv6()->peer, (std::array<std::uint8_t, 8>{2, 0, 0, 0, 0, 0, 0, 9}));
  EXPECT_FALSE(link_->end());
  EXPECT_EQ(link_->ignored(), 0u);
}

TEST_F(LinkTest, WithoutAuthenticationGoesStraightToTheNetwork) {  // RFC 1661 §3.5: not mandatory
  start();
  open_lcp();
  EXPECT_EQ(link_->phase(), Phase::network);
  open_network();
}

TEST_F(LinkTest, OnlyLcpIsHeardWhileEstablishing) {  // RFC 1661 §3.4
  start();
  sink_.take();
  for (const std::uint16_t protocol :
       {kIpcp, kIpv6cp, kPap, kChap, std::uint16_t{0x80fd}, std::uint16_t{0x21}})
    receive(protocol, control(kConfReq, 1));
  EXPECT_TRUE(sink_.sent.empty());
  EXPECT_EQ(link_->ignored(), 6u);
}

TEST_F(LinkTest, OnlyLcpAndAuthenticationAreHeardWhileAuthenticating) {  // RFC 1661 §3.5
  start();
  open_lcp(kMagicOption + kAsksChap);
  for (const std::uint16_t protocol : {kIpcp, kIpv6cp, kPap, std::uint16_t{0x80fd}, std::uint16_t{0x21}})
    receive(protocol, control(kConfReq, 1));
  EXPECT_TRUE(sink_.sent.empty());
  EXPECT_EQ(link_->ignored(), 5u);
  EXPECT_EQ(link_->phase(), Phase::authenticate);
  receive(kLcp, control(kEchoReq, 1, kPeerMagic));
  EXPECT_EQ(sink_.sent.size(), 1u);
}

TEST_F(LinkTest, NothingButLcpIsHeardWhileTerminating) {  // RFC 1661 §3.7
  open();
  link_->close(now_);
  sink_.take();
  for (const std::uint16_t protocol : {kIpcp, kIpv6cp, kChap, std::uint16_t{0x80fd}})
    receive(protocol, control(kConfReq, 1));
  EXPECT_TRUE(sink_.sent.empty());
  EXPECT_EQ(link_->ignored(), 4u);
}

TEST_F(LinkTest, UnknownProtocolsAreRejected) {  // RFC 1661 §2, §3.6, §5.7
  open();
  for (const std::uint16_t protocol :
       {std::uint16_t{0x80fd}, std::uint16_t{0xc025}, std::uint16_t{0x0020}, std::uint16_t{0x0121}}) {
    receive(protocol, {1, 2, 3});
    EXPECT_EQ(data_of(take(kLcp, kProtRej)), (test::be16(protocol) + Octets{1, 2, 3}));
  }
  EXPECT_EQ(link_->ignored(), 0u);
}

TEST_F(LinkTest, ProtocolsOfOtherMethodsAreNotRejected) {
  open();
  receive(kPap, control(1, 1));
  EXPECT_TRUE(sink_.sent.empty());
  EXPECT_EQ(link_->ignored(), 1u);
}

TEST_F(LinkTest, DataPacketsAreNotRejected) {  // RFC 1661 §3.6: silently discarded before IPCP is Opened
  start();
  open_lcp();
  sink_.take();
  receive(0x21, {0x45});
  receive(0x57, {0x60});
  EXPECT_TRUE(sink_.sent.empty());
}

TEST_F(LinkTest, EndsWhenNobodyAnswers) {
  start();
  pass(60s);
  EXPECT_EQ(link_->end(), LinkEnd::no_answer);
  EXPECT_EQ(link_->phase(), Phase::dead);
  EXPECT_EQ(sink_.sent.size(), 10u);  // Max-Configure
  EXPECT_EQ(link_->next_deadline(), kNever);
}

TEST_F(LinkTest, EndsWhenLcpNeverConverges) {
  start();
  for (int i = 0; i < 100 && !link_->end(); ++i) {
    for (const Sent& each : sink_.take())
      if (each.information[0] == kConfReq)
        receive(kLcp, control(kConfNak, each.information[1], option(1, {5, static_cast<std::uint8_t>(i)})));
    pass(100ms);
  }
  pass(10s);
  EXPECT_EQ(link_->end(), LinkEnd::no_agreement);
}

TEST_F(LinkTest, EndsOnALoopedLine) {  // RFC 1661 §6.4
  start();
  for (int i = 0; i < 100 && !link_->end(); ++i) {
    for (const Sent& each : sink_.take()) receive(each.protocol, each.information);
    pass(100ms);
  }
  EXPECT_EQ(link_->end(), LinkEnd::looped_back);
}

TEST_F(LinkTest, EndsWhenAnOpenedLineIsLooped) {  // RFC 1661 §6.4
  open();
  sink_.take();
  for (int i = 0; i < 100 && !link_->end(); ++i) {
    ASSERT_NE(link_->next_deadline(), kNever);
    now_ = link_->next_deadline();
    link_->poll(now_);
    for (const Sent& each : sink_.take()) receive(each.protocol, each.information);
  }
  EXPECT_EQ(link_->end(), LinkEnd::looped_back);
}

TEST_F(LinkTest, APeersTerminateRequestEndsItAfterARestartTime) {  // RFC 1661 §3.7
  open();
  receive(kLcp, control(kTermReq, 5, octets_of("maintenance")));
  EXPECT_EQ(sink_.take(), (std::vector<Sent>{{kLcp, control(kTermAck, 5)}}));
  EXPECT_FALSE(link_->ipv4());
  EXPECT_FALSE(link_->ipv6());
  EXPECT_EQ(link_->phase(), Phase::terminate);
  EXPECT_FALSE(link_->end());
  pass(1s);
  EXPECT_EQ(link_->end(), LinkEnd::peer_terminated);
  EXPECT_EQ(link_->end_message(), "maintenance");
}

TEST_F(LinkTest, ClosesAtTheAck) {  // RFC 1661 §3.7
  open();
  link_->close(now_);
  const Octets request = take(kLcp, kTermReq);
  EXPECT_FALSE(link_->ipv4());
  EXPECT_FALSE(link_->end());
  receive(kLcp, control(kTermAck, request[1]));
  EXPECT_EQ(link_->end(), LinkEnd::closed);
}

TEST_F(LinkTest, ClosesInBoundedTimeWithoutAck) {
  open();
  link_->close(now_);
  link_->close(now_);
  pass(2s);
  EXPECT_EQ(link_->end(), LinkEnd::closed);
  EXPECT_EQ(sink_.take(kLcp).size(), 2u);  // Max-Terminate
}

TEST_F(LinkTest, ClosesFromAnyPhase) {
  link_ = std::make_unique<Link>(settings_, sink_, random_, make_fake);
  link_->close(now_);
  EXPECT_EQ(link_->end(), LinkEnd::closed);
  EXPECT_TRUE(sink_.sent.empty());
  start();
  link_->close(now_);
  pass(2s);
  EXPECT_EQ(link_->end(), LinkEnd::closed);
  start();
  open_lcp(kAsksChap);
  link_->close(now_);
  pass(2s);
  EXPECT_EQ(link_->end(), LinkEnd::closed);
}

TEST_F(LinkTest, NothingHappensAfterTheEnd) {
  open();
  link_->close(now_);
  pass(2s);
  sink_.take();
  const auto ignored = link_->ignored();
  receive(kLcp, control(kConfReq, 1));
  link_->start(now_);
  link_->close(now_);
  link_->note_life(now_);
  link_->poll(now_ + 1000s);
  EXPECT_TRUE(sink_.sent.empty());
  EXPECT_EQ(link_->ignored(), ignored + 1);
  EXPECT_EQ(link_->end(), LinkEnd::closed);
  EXPECT_EQ(link_->next_deadline(), kNever);
}

TEST_F(LinkTest, APeersRequestWhileOpenedRenegotiatesEverything) {  // RFC 1661 §4.3
  open();
  receive(kLcp, control(kConfReq, 9, kMagicOption + kAsksChap));
  EXPECT_FALSE(link_->ipv4());
  EXPECT_FALSE(link_->ipv6());
  EXPECT_EQ(link_->phase(), Phase::establish);
  acknowledge(kLcp, take(kLcp, kConfReq));
  EXPECT_EQ(link_->phase(), Phase::authenticate);
  sink_.take();
  authenticate();
  open_network();
}

TEST_F(LinkTest, MtuIsKnown) {
  start();
  open_lcp(option(1, {0x05, 0xae}));
  EXPECT_EQ(link_->mtu_octets(), 1454);
}

TEST_F(LinkTest, ACodeRejectOfABasicCodeEndsIt) {  // RFC 1661 §5.6
  open();
  receive(kLcp, control(kCodeRej, 1, {kConfReq, 1, 0, 4}));
  pass(5s);
  EXPECT_EQ(link_->end(), LinkEnd::no_agreement);
}

TEST_F(LinkTest, PollBeforeTheDeadlineDoesNothing) {
  open();
  const Time deadline = link_->next_deadline();
  link_->poll(deadline - Time{1});
  EXPECT_TRUE(sink_.sent.empty());
  EXPECT_EQ(link_->next_deadline(), deadline);
}

}  // namespace
}  // namespace narrows::ppp
