// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/control_protocol.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "ppp_fixture.h"

namespace narrows::ppp {
namespace {

constexpr std::uint16_t kProtocol = 0x80fd;
constexpr std::uint8_t kNumber = 1;   // both ends may ask for it; only 7 is good from the peer
constexpr std::uint8_t kNeeded = 2;   // we cannot do without
constexpr std::uint8_t kWished = 3;   // the peer should ask for it

/// A protocol with three options of one 16-bit number each.
class Toy final : public ControlProtocol {
 public:
  explicit Toy(PacketSink& sink, const NegotiationLimits& limits) : ControlProtocol(kProtocol, limits, sink) {}

  bool asks_needed = false;
  bool wishes = false;
  bool complete = true;
  std::uint16_t number = 5;
  bool number_refused = false;
  Octets agreed;
  int resets = 0;

 protected:
  void reset() override { ++resets; }
  void write_request(OptionWriter& request) override {
    if (!number_refused) request.put_integer(kNumber, number);
    if (asks_needed) request.put_integer(kNeeded, std::uint16_t{1});
  }
  Judgement judge(const Option& each, OptionWriter& nak) override {
    if (each.type == kWished) return Judgement::ack;
    if (each.type != kNumber) return Judgement::reject;
    if (integer_of<std::uint16_t>(each) == std::uint16_t{7}) return Judgement::ack;
    nak.put_integer(kNumber, std::uint16_t{7});
    return Judgement::nak;
  }
  void add_wishes(const std::bitset<256>& present, OptionWriter& nak) override {
    if (wishes && !present.test(kWished)) nak.put_integer(kWished, std::uint16_t{9});
  }
  void agree(const OptionList& options) override {
    agreed.assign(options.octets().begin(), options.octets().end());
  }
  bool take_nak(const Option& each) override {
    if (each.type != kNumber) return false;
    number = integer_of<std::uint16_t>(each).value_or(number);
    return true;
  }
  bool take_reject(const Option& each) override {
    number_refused = number_refused || each.type == kNumber;
    return each.type != kNeeded;
  }
  [[nodiscard]] bool is_complete() const override { return complete; }
};

const Octets kOurs = option(kNumber, {0, 5});
const Octets kGood = option(kNumber, {0, 7});
const Octets kBad = option(kNumber, {0, 8});
const Octets kStrange = option(99, {1, 2, 3});

class ControlProtocolTest : public testing::Test {
 protected:
  void start() {
    toy_.open(now_);
    toy_.up(now_);
  }
  void receive(const Octets& packet) { toy_.receive(packet, now_); }
  std::vector<Octets> sent() { return sink_.take(kProtocol); }
  /// The identifier of the Configure-Request that was sent last, which is taken.
  std::uint8_t take_request() {
    const auto packets = sent();
    if (packets.empty() || packets.back()[0] != kConfReq) ADD_FAILURE() << "no Configure-Request";
    return packets.empty() ? 0 : packets.back()[1];
  }
  void open() {
    start();
    const auto identifier = take_request();
    receive(control(kConfReq, 70, kGood));
    receive(control(kConfAck, identifier, kOurs));
    sent();
    toy_.take_signals();
    ASSERT_EQ(toy_.state(), State::opened);
    now_ += 10s;  // beyond all retransmissions
  }
  /// Goes to the next deadline and does what is due.
  void wait() {
    now_ = toy_.next_deadline();
    toy_.poll(now_);
  }

  NegotiationLimits limits_;
  RecordingSink sink_;
  Toy toy_{sink_, limits_};
  Time now_ = 100s;
};

TEST_F(ControlProtocolTest, OpensWithRequestAndAckBothWays) {  // RFC 1661 §5.1, §5.2
  start();
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfReq, 1, kOurs)}));
  receive(control(kConfReq, 70, kGood + Octets{}));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfAck, 70, kGood)}));
  EXPECT_EQ(toy_.agreed, kGood);
  EXPECT_FALSE(toy_.take_signals().up);
  receive(control(kConfAck, 1, kOurs));
  EXPECT_TRUE(toy_.take_signals().up);
  EXPECT_TRUE(toy_.is_opened());
  EXPECT_EQ(toy_.next_deadline(), kNever);
  EXPECT_TRUE(sent().empty());
}

TEST_F(ControlProtocolTest, PaddingBehindThePacketIsNotOptions) {  // RFC 1661 §5
  start();
  sent();
  receive(control(kConfReq, 70, kGood) + Octets{0, 0, 0, 0});
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfAck, 70, kGood)}));
}

TEST_F(ControlProtocolTest, BadValuesAreNakedWithBetterOnes) {  // RFC 1661 §5.3
  start();
  sent();
  receive(control(kConfReq, 70, kBad));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfNak, 70, kGood)}));
  EXPECT_TRUE(toy_.agreed.empty());
}

TEST_F(ControlProtocolTest, AnOptionOfWrongLengthIsNaked) {  // RFC 1661 §6
  start();
  sent();
  receive(control(kConfReq, 70, option(kNumber, {7})));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfNak, 70, kGood)}));
}

TEST_F(ControlProtocolTest, StrangeOptionsAreRejectedAsTheyAre) {  // RFC 1661 §5.4: in order, unchanged
  start();
  sent();
  receive(control(kConfReq, 70, option(200, {}) + kBad + kStrange));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfRej, 70, option(200, {}) + kStrange)}));
}

TEST_F(ControlProtocolTest, ARejectIsCutToWholeOptionsThatFit) {  // RFC 1661 §2: within the peer's MRU
  start();
  sent();
  toy_.set_mtu(128);
  Octets many;
  for (int i = 0; i < 100; ++i) many = many + kStrange;
  receive(control(kConfReq, 70, many));
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].size(), 4u + 24 * 5);
}

TEST_F(ControlProtocolTest, AnOptionTwiceMakesThePacketInvalid) {  // RFC 1661 §6
  start();
  sent();
  receive(control(kConfReq, 70, kGood + kGood));
  receive(control(kConfReq, 70, kBad + kGood));
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(toy_.ignored(), 2u);
}

TEST_F(ControlProtocolTest, MissingOptionsAreAppendedToANak) {  // RFC 1661 §5.3
  toy_.wishes = true;
  start();
  sent();
  receive(control(kConfReq, 70, kBad));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfNak, 70, kGood + option(kWished, {0, 9}))}));
  receive(control(kConfReq, 71, kGood));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfNak, 71, option(kWished, {0, 9}))}));
  receive(control(kConfReq, 72, kGood + option(kWished, {0, 1})));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfAck, 72, kGood + option(kWished, {0, 1}))}));
}

TEST_F(ControlProtocolTest, NaksBecomeRejectsAfterMaxFailure) {  // RFC 1661 §4.6
  toy_.wishes = true;
  start();
  sent();
  for (std::uint8_t i = 0; i < 5; ++i) {
    receive(control(kConfReq, i, kBad));
    ASSERT_EQ(sent().at(0)[0], kConfNak) << int{i};
  }
  receive(control(kConfReq, 9, kBad));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfRej, 9, kBad)}));
  receive(control(kConfReq, 10, {}));  // and wishes are no longer appended
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfAck, 10)}));
  receive(control(kConfReq, 11, kBad));  // an Ack begins a new count
  EXPECT_EQ(sent().at(0)[0], kConfNak);
}

TEST_F(ControlProtocolTest, OptionsBeyondThePacketDiscardIt) {  // RFC 1661 §6
  start();
  sent();
  for (const Octets& options :
       {Octets{1, 0}, Octets{1, 1}, Octets{1}, Octets{1, 3}, Octets{1, 255, 0, 7}, kGood + Octets{1, 4, 0}}) {
    receive(control(kConfReq, 70, options));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(toy_.state(), State::req_sent);
  }
  EXPECT_EQ(toy_.ignored(), 6u);
}

TEST_F(ControlProtocolTest, TruncatedPacketsAreDiscarded) {  // RFC 1661 §5
  start();
  sent();
  const Octets whole = control(kConfReq, 70, kGood);
  for (std::size_t octets = 0; octets < whole.size(); ++octets)
    toy_.receive(std::span(whole).first(octets), now_);
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(toy_.ignored(), whole.size());
}

TEST_F(ControlProtocolTest, AnAckMustBeOfTheLastRequestAndTheSame) {  // RFC 1661 §5.2
  start();
  const auto identifier = take_request();
  for (const Octets& packet :
       {control(kConfAck, static_cast<std::uint8_t>(identifier + 1), kOurs), control(kConfAck, identifier),
        control(kConfAck, identifier, kGood), control(kConfAck, identifier, kOurs + kStrange)}) {
    receive(packet);
    EXPECT_EQ(toy_.state(), State::req_sent);
  }
  EXPECT_EQ(toy_.ignored(), 4u);
  receive(control(kConfAck, identifier, kOurs));
  EXPECT_EQ(toy_.state(), State::ack_rcvd);
  receive(control(kConfAck, identifier, kOurs));  // doubled by the line: not a crossed connection
  EXPECT_EQ(toy_.state(), State::ack_rcvd);
  EXPECT_EQ(toy_.ignored(), 5u);
}

TEST_F(ControlProtocolTest, ANakIsFollowedWithANewIdentifier) {  // RFC 1661 §5.1, §5.3
  start();
  const auto identifier = take_request();
  receive(control(kConfNak, static_cast<std::uint8_t>(identifier + 1), option(kNumber, {0, 6})));
  EXPECT_TRUE(sent().empty());
  receive(control(kConfNak, identifier, option(kNumber, {0, 6})));
  EXPECT_EQ(sent(), (std::vector<Octets>{
                        control(kConfReq, static_cast<std::uint8_t>(identifier + 1), option(kNumber, {0, 6}))}));
  receive(control(kConfNak, identifier, option(kNumber, {0, 9})));  // stale now
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(toy_.number, 6);
}

TEST_F(ControlProtocolTest, ANakOfAnotherLengthIsUnderstood) {  // RFC 1661 §5.3
  start();
  const auto identifier = take_request();
  receive(control(kConfNak, identifier, option(kNumber, {1, 2, 3})));
  EXPECT_EQ(sent().size(), 1u);
  EXPECT_EQ(toy_.number, 5);
}

TEST_F(ControlProtocolTest, ANakOfNothingAskedForIsIgnored) {
  start();
  const auto identifier = take_request();
  receive(control(kConfNak, identifier));
  receive(control(kConfNak, identifier, kStrange));
  receive(control(kConfNak, identifier, Octets{1, 9}));
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(toy_.ignored(), 3u);
}

TEST_F(ControlProtocolTest, ARejectedOptionIsNotAskedForAgain) {  // RFC 1661 §5.4
  start();
  const auto identifier = take_request();
  receive(control(kConfRej, identifier, kOurs));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfReq, static_cast<std::uint8_t>(identifier + 1))}));
}

TEST_F(ControlProtocolTest, ARejectMustBePartOfTheRequest) {  // RFC 1661 §5.4
  start();
  const auto identifier = take_request();
  for (const Octets& options : {Octets{}, kStrange, kGood, kOurs + kOurs, kOurs + kStrange, kStrange + kOurs})
    receive(control(kConfRej, identifier, options));
  receive(control(kConfRej, static_cast<std::uint8_t>(identifier + 1), kOurs));
  EXPECT_TRUE(sent().empty());
  EXPECT_FALSE(toy_.number_refused);
  EXPECT_EQ(toy_.ignored(), 7u);
}

TEST_F(ControlProtocolTest, ARejectKeepsTheOrderOfTheRequest) {  // RFC 1661 §5.4
  toy_.asks_needed = true;
  start();
  const auto identifier = take_request();
  receive(control(kConfRej, identifier, option(kNeeded, {0, 1}) + kOurs));
  EXPECT_EQ(toy_.ignored(), 1u);
}

TEST_F(ControlProtocolTest, WithoutANeededOptionItIsGivenUp) {
  toy_.asks_needed = true;
  start();
  const auto identifier = take_request();
  receive(control(kConfRej, identifier, option(kNeeded, {0, 1})));
  EXPECT_EQ(sent().at(0)[0], kTermReq);
  EXPECT_EQ(toy_.failure(), ControlProtocol::Failure::no_agreement);
}

TEST_F(ControlProtocolTest, RetransmitsUnchangedAndBacksOff) {  // RFC 1661 §4.6, §5.1
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

TEST_F(ControlProtocolTest, AReplyStartsTheTimerAnew) {  // RFC 1661 §4.4 (irc)
  start();
  const auto identifier = take_request();
  for (int i = 0; i < 6; ++i) wait();
  sent();
  receive(control(kConfNak, identifier, kGood));
  EXPECT_EQ(toy_.next_deadline() - now_, limits_.restart_first);
}

TEST_F(ControlProtocolTest, ARequestAfterAnAnswerHasANewIdentifier) {  // RFC 1661 §5.1
  start();
  const auto identifier = take_request();
  receive(control(kConfAck, identifier, kOurs));
  wait();  // the peer's Configure-Request does not come
  EXPECT_EQ(sent(),
            (std::vector<Octets>{control(kConfReq, static_cast<std::uint8_t>(identifier + 1), kOurs)}));
}

TEST_F(ControlProtocolTest, EndlessNaksAreGivenUp) {
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

TEST_F(ControlProtocolTest, AcksWithRequestsThatNeverPleaseAreGivenUp) {
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

TEST_F(ControlProtocolTest, DisagreementWithoutEndIsNotSilence) {
  start();
  sent();
  receive(control(kConfReq, 1, kBad));
  while (toy_.next_deadline() != kNever) wait();
  EXPECT_EQ(toy_.failure(), ControlProtocol::Failure::no_agreement);
}

TEST_F(ControlProtocolTest, WhatIsNotEnoughIsNotOpened) {
  toy_.complete = false;
  start();
  const auto identifier = take_request();
  receive(control(kConfReq, 70, kGood));
  receive(control(kConfAck, identifier, kOurs));
  EXPECT_FALSE(toy_.take_signals().up);
  EXPECT_FALSE(toy_.is_opened());
  EXPECT_EQ(toy_.failure(), ControlProtocol::Failure::no_agreement);
}

TEST_F(ControlProtocolTest, ANewRequestWhileOpenedRenegotiates) {  // RFC 1661 §4.3: immediately
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

TEST_F(ControlProtocolTest, ARepeatedRequestIsAcknowledgedAgainWithoutHarm) {
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

TEST_F(ControlProtocolTest, TerminateRequestIsAcknowledgedAndWaitedFor) {  // RFC 1661 §3.7, §5.5
  open();
  receive(control(kTermReq, 42, {'b', 'y', 'e', 0, 0x1b, 0xff}));
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kTermAck, 42)}));
  EXPECT_TRUE(toy_.is_peer_terminated());
  EXPECT_EQ(toy_.terminate_message(), "bye");
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

TEST_F(ControlProtocolTest, AMessageIsBounded) {
  open();
  receive(control(kTermReq, 42, Octets(1400, 'x')));
  EXPECT_EQ(toy_.terminate_message(), std::string(128, 'x'));
}

TEST_F(ControlProtocolTest, ClosesWithMaxTerminateRequests) {  // RFC 1661 §4.6, §5.5
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

TEST_F(ControlProtocolTest, ATerminateAckClosesAtOnce) {  // RFC 1661 §3.7
  open();
  toy_.close(now_);
  const auto identifier = sent().at(0)[1];
  receive(control(kTermAck, identifier));
  EXPECT_TRUE(toy_.take_signals().finished);
}

TEST_F(ControlProtocolTest, AnUnaskedTerminateAckRenegotiates) {  // RFC 1661 §4.3 (RTA)
  open();
  receive(control(kTermAck, 200));
  EXPECT_TRUE(toy_.take_signals().down);
  EXPECT_EQ(sent().at(0)[0], kConfReq);
}

TEST_F(ControlProtocolTest, UnknownCodesAreRejected) {  // RFC 1661 §5.6
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

TEST_F(ControlProtocolTest, ACodeRejectIsCutToThePeersMru) {  // RFC 1661 §5.6
  open();
  toy_.set_mtu(200);
  receive(control(99, 5, Octets(1000, 7)));
  EXPECT_EQ(sent().at(0), control(kCodeRej, 2, test::Octets{99, 5, 3, 236} + Octets(192, 7)));
}

TEST_F(ControlProtocolTest, ACodeRejectOfAStrangeCodeDoesNoHarm) {  // RFC 1661 §4.3 (RXJ+)
  open();
  receive(control(kCodeRej, 1, {14, 1, 0, 4}));
  EXPECT_TRUE(toy_.is_opened());
  receive(control(kCodeRej, 1));
  EXPECT_TRUE(toy_.is_opened());
  EXPECT_EQ(toy_.ignored(), 1u);
}

TEST_F(ControlProtocolTest, ACodeRejectOfABasicCodeEndsIt) {  // RFC 1661 §4.3 (RXJ-), §5.6
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

TEST_F(ControlProtocolTest, AProtocolRejectEndsIt) {  // RFC 1661 §5.7
  start();
  sent();
  toy_.protocol_rejected(now_);
  EXPECT_EQ(toy_.state(), State::stopped);
  EXPECT_TRUE(toy_.take_signals().finished);
  EXPECT_EQ(toy_.next_deadline(), kNever);
  EXPECT_TRUE(sent().empty());
}

TEST_F(ControlProtocolTest, ThePeerMayBeginAfterAll) {  // RFC 1661 §4.1, column Stopped
  start();
  while (toy_.next_deadline() != kNever) wait();
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

TEST_F(ControlProtocolTest, NothingIsHeardWhileTheLowerLayerIsDown) {
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

TEST_F(ControlProtocolTest, AClosedProtocolAnswersWithTerminateAck) {  // RFC 1661 §4.1, column Closed
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
