// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/control_protocol.h"

#include "control_protocol_fixture.h"

namespace narrows::ppp {
namespace {

class ControlProtocolTest : public ControlProtocolFixture {};

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
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kConfReq, static_cast<std::uint8_t>(identifier + 1),
                                                 option(kNumber, {0, 6}))}));
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

}  // namespace
}  // namespace narrows::ppp
