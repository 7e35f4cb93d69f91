// SPDX-License-Identifier: BSD-3-Clause
// Timers, limits, termination and rejects; the rest is in control_protocol_test.cpp.
#include "narrows/ppp/control_protocol.h"

#include <algorithm>
#include <string>

#include "control_protocol_fixture.h"

namespace narrows::ppp {
namespace {

class ControlProtocolLifeTest : public ControlProtocolFixture {};

TEST_F(ControlProtocolLifeTest, RetransmitsUnchangedAndBacksOff) {  // RFC 1661 §4.6, §5.1
  start();
  const Octets request = sent().at(0);
  Time expected = 150ms;
  for (int i = 1; i < 10; ++i) {
    const Time before = now_;
    toy_.poll(toy_.next_deadline() - Time{1});
    EXPECT_TRUE(sent().empty());
    wait();
    EXPECT_EQ(now_ - before, expected);
    EXPECT_EQ(sent(), (std::vector<Octets>{request})) << i;
    expected = std::min<Time>(expected * 2, 3s);
  }
  wait();  // Max-Configure requests were sent
  EXPECT_TRUE(sent().empty());
  EXPECT_TRUE(toy_.take_signals().finished);
  EXPECT_EQ(toy_.failure(), ControlProtocol::Failure::no_answer);
  EXPECT_EQ(toy_.next_deadline(), kNever);
}

TEST_F(ControlProtocolLifeTest, AReplyStartsTheTimerAnew) {  // RFC 1661 §4.4 (irc)
  start();
  const auto identifier = take_request();
  for (int i = 0; i < 6; ++i) wait();
  sent();
  receive(control(kConfNak, identifier, kGood));
  EXPECT_EQ(toy_.next_deadline() - now_, limits_.restart_first);
}

TEST_F(ControlProtocolLifeTest, ARequestAfterAnAnswerHasANewIdentifier) {  // RFC 1661 §5.1
  start();
  const auto identifier = take_request();
  receive(control(kConfAck, identifier, kOurs));
  wait();  // the peer's Configure-Request does not come
  EXPECT_EQ(sent(),
            (std::vector<Octets>{control(kConfReq, static_cast<std::uint8_t>(identifier + 1), kOurs)}));
}

TEST_F(ControlProtocolLifeTest, EndlessNaksAreGivenUp) {
  start();
  auto identifier = take_request();
  for (unsigned i = 0; i < limits_.max_refusals; ++i) {
    receive(control(kConfNak, identifier, option(kNumber, {1, static_cast<std::uint8_t>(i)})));
    identifier = take_request();
  }
  receive(control(kConfNak, identifier, option(kNumber, {2, 0})));
  EXPECT_EQ(sent().at(0)[0], kTermReq);
  EXPECT_EQ(toy_.failure(), ControlProtocol::Failure::no_agreement);
  wait();
  wait();
  EXPECT_EQ(toy_.state(), State::closed);
  EXPECT_TRUE(toy_.take_signals().finished);
}

TEST_F(ControlProtocolLifeTest, AcksWithRequestsThatNeverPleaseAreGivenUp) {
  start();
  std::size_t packets = 0;
  for (int i = 0; i < 1000 && toy_.state() >= State::req_sent; ++i) {
    for (const Octets& packet : sent()) {
      ++packets;
      if (packet[0] == kConfReq) receive(control(kConfAck, packet[1], data_of(packet)));
    }
    receive(control(kConfReq, static_cast<std::uint8_t>(i), kStrange));
    wait();
  }
  EXPECT_EQ(toy_.failure(), ControlProtocol::Failure::no_agreement);
  EXPECT_LT(packets, 100u);
}

TEST_F(ControlProtocolLifeTest, DisagreementWithoutEndIsNotSilence) {
  start();
  sent();
  receive(control(kConfReq, 1, kBad));
  for (int i = 0; i < 50 && toy_.next_deadline() != kNever; ++i) wait();
  EXPECT_EQ(toy_.failure(), ControlProtocol::Failure::no_agreement);
}

TEST_F(ControlProtocolLifeTest, WhatIsNotEnoughIsNotOpened) {
  toy_.complete = false;
  start();
  const auto identifier = take_request();
  receive(control(kConfReq, 70, kGood));
  receive(control(kConfAck, identifier, kOurs));
  EXPECT_FALSE(toy_.take_signals().up);
  EXPECT_FALSE(toy_.is_opened());
  EXPECT_EQ(toy_.failure(), ControlProtocol::Failure::no_agreement);
}

TEST_F(ControlProtocolLifeTest, ANewRequestWhileOpenedRenegotiates) {  // RFC 1661 §4.3: immediately
  open();
  receive(control(kConfReq, 71, kGood));
  EXPECT_TRUE(toy_.take_signals().down);
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[0][0], kConfReq);
  EXPECT_EQ(packets[1], control(kConfAck, 71, kGood));
  receive(control(kConfAck, packets[0][1], kOurs));
  EXPECT_TRUE(toy_.take_signals().up);
}

TEST_F(ControlProtocolLifeTest, ARepeatedRequestIsAcknowledgedAgainWithoutHarm) {
  start();
  const auto identifier = take_request();
  receive(control(kConfReq, 70, kGood));
  receive(control(kConfAck, identifier, kOurs));
  toy_.take_signals();
  sent();
  now_ += 2s;
  receive(control(kConfReq, 70, kGood));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfAck, 70, kGood)}));
  EXPECT_FALSE(toy_.take_signals().down);
  now_ += 2s;  // later it is a peer that has begun anew with the same number
  receive(control(kConfReq, 70, kGood));
  EXPECT_TRUE(toy_.take_signals().down);
}

TEST_F(ControlProtocolLifeTest, TerminateRequestIsAcknowledgedAndWaitedFor) {  // RFC 1661 §3.7, §5.5
  open();
  receive(control(kTermReq, 42, {'b', 'y', 0x1b, 'e', 0, 0xff}));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kTermAck, 42)}));
  EXPECT_TRUE(toy_.is_peer_terminated());
  EXPECT_EQ(toy_.terminate_message(), "by?e");
  const auto signals = toy_.take_signals();
  EXPECT_TRUE(signals.down);
  EXPECT_FALSE(signals.finished);
  receive(control(kTermReq, 43));  // our Ack was lost
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kTermAck, 43)}));
  EXPECT_EQ(toy_.next_deadline() - now_, limits_.terminate_restart);
  wait();
  EXPECT_TRUE(toy_.take_signals().finished);
  EXPECT_EQ(toy_.state(), State::stopped);
}

TEST_F(ControlProtocolLifeTest, AMessageIsBounded) {
  open();
  receive(control(kTermReq, 42, Octets(1400, 'x')));
  EXPECT_EQ(toy_.terminate_message(), std::string(128, 'x'));
}

TEST_F(ControlProtocolLifeTest, ClosesWithMaxTerminateRequests) {  // RFC 1661 §4.6, §5.5
  open();
  toy_.close(now_);
  const auto first = sent();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0][0], kTermReq);
  EXPECT_TRUE(toy_.take_signals().down);
  wait();
  EXPECT_EQ(sent().at(0)[0], kTermReq);
  wait();
  EXPECT_TRUE(sent().empty());
  EXPECT_TRUE(toy_.take_signals().finished);
  EXPECT_EQ(toy_.state(), State::closed);
}

TEST_F(ControlProtocolLifeTest, ATerminateAckClosesAtOnce) {  // RFC 1661 §3.7
  open();
  toy_.close(now_);
  const auto identifier = sent().at(0)[1];
  receive(control(kTermAck, identifier));
  EXPECT_TRUE(toy_.take_signals().finished);
}

TEST_F(ControlProtocolLifeTest, AnUnaskedTerminateAckRenegotiates) {  // RFC 1661 §4.3 (RTA)
  open();
  receive(control(kTermAck, 200));
  EXPECT_TRUE(toy_.take_signals().down);
  EXPECT_EQ(sent().at(0)[0], kConfReq);
}

TEST_F(ControlProtocolLifeTest, UnknownCodesAreRejected) {  // RFC 1661 §5.6
  open();
  const Octets strange = control(99, 5, {1, 2, 3});
  receive(strange + Octets{0, 0});
  receive(strange);
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[0], control(kCodeRej, packets[0][1], strange));
  EXPECT_NE(packets[0][1], packets[1][1]);  // "The Identifier field MUST be changed for each"
  EXPECT_TRUE(toy_.is_opened());
}

TEST_F(ControlProtocolLifeTest, ACodeRejectIsCutToThePeersMru) {  // RFC 1661 §5.6
  open();
  toy_.set_mtu(200);
  receive(control(99, 5, Octets(1000, 7)));
  EXPECT_EQ(sent().at(0), control(kCodeRej, 2, test::Octets{99, 5, 3, 236} + Octets(192, 7)));
}

TEST_F(ControlProtocolLifeTest, ACodeRejectOfAStrangeCodeDoesNoHarm) {  // RFC 1661 §4.3 (RXJ+)
  open();
  receive(control(kCodeRej, 1, {14, 1, 0, 4}));
  EXPECT_TRUE(toy_.is_opened());
  receive(control(kCodeRej, 1));
  EXPECT_TRUE(toy_.is_opened());
  EXPECT_EQ(toy_.ignored(), 1u);
}

TEST_F(ControlProtocolLifeTest, ACodeRejectOfABasicCodeEndsIt) {  // RFC 1661 §4.3 (RXJ-), §5.6
  for (std::uint8_t code = 1; code <= 7; ++code) {
    RecordingSink sink;
    Toy toy(sink, limits_);
    toy.open(now_);
    toy.up(now_);
    toy.receive(control(kCodeRej, 1, {code, 1, 0, 4}), now_);
    EXPECT_EQ(toy.state(), State::stopped) << int{code};
    EXPECT_TRUE(toy.take_signals().finished);
    EXPECT_EQ(toy.failure(), ControlProtocol::Failure::no_agreement);
  }
}

TEST_F(ControlProtocolLifeTest, AProtocolRejectEndsIt) {  // RFC 1661 §5.7
  start();
  sent();
  toy_.protocol_rejected(now_);
  EXPECT_EQ(toy_.state(), State::stopped);
  EXPECT_TRUE(toy_.take_signals().finished);
  EXPECT_EQ(toy_.next_deadline(), kNever);
  EXPECT_TRUE(sent().empty());
}

TEST_F(ControlProtocolLifeTest, ThePeerMayBeginAfterAll) {  // RFC 1661 §4.1, column Stopped
  start();
  for (int i = 0; i < 50 && toy_.next_deadline() != kNever; ++i) wait();
  sent();
  toy_.take_signals();
  receive(control(kConfReq, 70, kGood));
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[1][0], kConfAck);
  receive(control(kConfAck, packets[0][1], kOurs));
  EXPECT_TRUE(toy_.is_opened());
  EXPECT_EQ(toy_.failure(), ControlProtocol::Failure::none);
}

TEST_F(ControlProtocolLifeTest, NothingIsHeardWhileTheLowerLayerIsDown) {
  toy_.open(now_);
  receive(control(kConfReq, 70, kGood));
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(toy_.ignored(), 1u);
  start();
  toy_.down(now_);
  EXPECT_EQ(toy_.next_deadline(), kNever);
  sent();
  toy_.up(now_);
  EXPECT_EQ(sent().size(), 1u);
  EXPECT_EQ(toy_.resets, 2);
}

TEST_F(ControlProtocolLifeTest, AClosedProtocolAnswersWithTerminateAck) {  // RFC 1661 §4.1, column Closed
  open();
  toy_.close(now_);
  receive(control(kTermAck, 1));
  ASSERT_EQ(toy_.state(), State::closed);
  sent();
  for (const std::uint8_t code : {kConfReq, kConfAck, kConfNak, kConfRej}) {
    receive(control(code, 33));
    EXPECT_EQ(sent(), (std::vector<Octets>{control(kTermAck, 33)})) << int{code};
  }
}

}  // namespace
}  // namespace narrows::ppp
