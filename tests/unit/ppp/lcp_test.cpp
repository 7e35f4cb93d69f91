// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/lcp.h"

#include <gtest/gtest.h>

#include "ppp_fixture.h"

namespace narrows::ppp {
namespace {

using config::AuthMethod;

constexpr std::uint8_t kMru = 1;
constexpr std::uint8_t kAccm = 2;
constexpr std::uint8_t kAuth = 3;
constexpr std::uint8_t kMagic = 5;
constexpr std::uint8_t kPfc = 7;
constexpr std::uint8_t kAcfc = 8;

const Octets kPeerMagic{0xaa, 0xbb, 0xcc, 0xdd};
const Octets kAsksPap = option(kAuth, {0xc0, 0x23});
const Octets kAsksMd5 = option(kAuth, {0xc2, 0x23, 5});
const Octets kAsksMschapV2 = option(kAuth, {0xc2, 0x23, 0x81});

LinkSettings client() {
  LinkSettings settings;
  settings.credentials = Credentials{"user", "secret"};
  settings.accepts = {AuthMethod::chap_md5, AuthMethod::pap};
  return settings;
}

class LcpTest : public testing::Test {
 protected:
  void start(const LinkSettings& settings) {
    settings_ = settings;
    lcp_.open(now_);
    lcp_.up(now_);
    take_request();
  }
  void receive(const Octets& packet) { lcp_.receive(packet, now_); }
  std::vector<Octets> sent() { return sink_.take(kLcp); }
  /// Notes the Configure-Request that was sent last.
  void take_request() {
    const auto packets = sent();
    ASSERT_FALSE(packets.empty());
    request_ = packets.back();
    ASSERT_EQ(request_[0], kConfReq);
  }
  void acknowledge() { receive(control(kConfAck, request_[1], data_of(request_))); }
  void open(const LinkSettings& settings, const Octets& peer = option(kMagic, kPeerMagic)) {
    start(settings);
    receive(control(kConfReq, 70, peer));
    acknowledge();
    ASSERT_TRUE(lcp_.is_opened());
    sent();
  }
  Octets own_magic() { return option_data(data_of(request_), kMagic); }
  /// The answer to a Configure-Request with these options.
  Octets answer(const Octets& options) {
    receive(control(kConfReq, 70, options));
    const auto packets = sent();
    EXPECT_EQ(packets.size(), 1u);
    return packets.empty() ? Octets{} : packets.back();
  }

  LinkSettings settings_;
  RecordingSink sink_;
  RepeatableRandom random_;
  Lcp lcp_{settings_, sink_, random_};
  Time now_ = 100s;
  Octets request_;
};

TEST_F(LcpTest, AsksForMruAndMagicAndNothingElse) {  // RFC 2516 §7, RFC 1661 §6.4
  start(client());
  EXPECT_EQ(data_of(request_), option(kMru, {0x05, 0xd4}) + option(kMagic, own_magic()));
  EXPECT_EQ(own_magic().size(), 4u);
  EXPECT_NE(own_magic(), Octets(4, 0));
}

TEST_F(LcpTest, TheDefaultMruIsNotAskedFor) {  // RFC 1661 §5.1; RFC 4638 §3
  LinkSettings settings = client();
  settings.mru_octets = 1500;
  start(settings);
  EXPECT_TRUE(option_data(data_of(request_), kMru).empty());
}

TEST_F(LcpTest, AConcentratorAsksWhoThePeerIs) {  // RFC 1661 §3.5, §6.2
  for (const auto& [method, expected] :
       {std::pair(AuthMethod::pap, kAsksPap), std::pair(AuthMethod::chap_md5, kAsksMd5),
        std::pair(AuthMethod::mschapv2, kAsksMschapV2)}) {
    LinkSettings settings;
    settings.asks = method;
    RecordingSink sink;
    Lcp lcp(settings, sink, random_);
    lcp.open(now_);
    lcp.up(now_);
    EXPECT_EQ(option(kAuth, option_data(data_of(sink.sent.at(0).information), kAuth)), expected);
  }
}

TEST_F(LcpTest, MtuIsThePeersMruButNeverAboveOurs) {  // RFC 1661 §6.1, RFC 2516 §7
  open(client(), {});
  EXPECT_EQ(lcp_.mtu_octets(), 1492);
  receive(control(kConfReq, 71, option(kMru, {0x05, 0xae})));
  EXPECT_EQ(lcp_.mtu_octets(), 1454);
  receive(control(kConfReq, 72, option(kMru, {0x23, 0x28})));
  EXPECT_EQ(lcp_.mtu_octets(), 1492);
  receive(control(kConfReq, 73, option(kMru, {0x05, 0xae})));
  receive(control(kConfReq, 74, {}));  // left out: the default again
  EXPECT_EQ(lcp_.mtu_octets(), 1492);
}

TEST_F(LcpTest, AUselessMruIsNaked) {
  start(client());
  EXPECT_EQ(answer(option(kMru, {0, 127})), control(kConfNak, 70, option(kMru, {0x05, 0xd4})));
  EXPECT_EQ(answer(option(kMru, {0x05})), control(kConfNak, 70, option(kMru, {0x05, 0xd4})));
  EXPECT_EQ(answer(option(kMru, {0, 128}))[0], kConfAck);
}

TEST_F(LcpTest, TakesASmallerMruButNoLargerOne) {
  start(client());
  receive(control(kConfNak, request_[1], option(kMru, {0x05, 0xdc})));
  take_request();
  EXPECT_EQ(option_data(data_of(request_), kMru), (Octets{0x05, 0xd4}));
  receive(control(kConfNak, request_[1], option(kMru, {0x05, 0xae})));
  take_request();
  EXPECT_EQ(option_data(data_of(request_), kMru), (Octets{0x05, 0xae}));
}

TEST_F(LcpTest, APromptForAnMruIsFollowed) {  // RFC 1661 §5.3: options appended to a Configure-Nak
  LinkSettings settings = client();
  settings.mru_octets = 1500;
  start(settings);
  receive(control(kConfNak, request_[1], option(kMru, {0x05, 0xd4})));
  take_request();
  EXPECT_EQ(option_data(data_of(request_), kMru), (Octets{0x05, 0xd4}));
}

TEST_F(LcpTest, RejectedOptionsAreLeftOut) {  // RFC 1661 §5.4
  start(client());
  receive(control(kConfRej, request_[1], data_of(request_)));
  take_request();
  EXPECT_TRUE(data_of(request_).empty());
  receive(control(kConfNak, request_[1], option(kMru, {0x05, 0xae})));  // not asked for any more
  EXPECT_TRUE(sent().empty());
}

TEST_F(LcpTest, CompressionAndTheRestAreRejected) {  // RFC 1661 §6.5, §6.6; RFC 2516 §7
  start(client());
  const Octets refused = option(kAccm, {0, 0, 0, 0}) + option(kPfc, {}) + option(kAcfc, {}) +
                         option(4, {0xc0, 0x25, 0, 0, 0, 0}) + option(13, {6}) + option(17, {5, 0xdc});
  EXPECT_EQ(answer(option(kMru, {0x05, 0xd4}) + refused), control(kConfRej, 70, refused));
}

TEST_F(LcpTest, TheAuthenticationAskedForIsAccepted) {  // RFC 1661 §6.2
  start(client());
  EXPECT_EQ(answer(kAsksMd5)[0], kConfAck);
  EXPECT_EQ(lcp_.peer_asks(), AuthMethod::chap_md5);
  EXPECT_EQ(answer(kAsksPap)[0], kConfAck);
  EXPECT_EQ(lcp_.peer_asks(), AuthMethod::pap);
  EXPECT_EQ(answer({})[0], kConfAck);
  EXPECT_FALSE(lcp_.peer_asks());
}

TEST_F(LcpTest, OtherAuthenticationIsNakedWithTheMostWanted) {  // RFC 1661 §5.3, §6.2
  start(client());
  for (const Octets& asked : {kAsksMschapV2, option(kAuth, {0xc2, 0x23}), option(kAuth, {0xc2, 0x23, 0x80}),
                              option(kAuth, {0xc0, 0x23, 0}), option(kAuth, {0xc2})})
    EXPECT_EQ(answer(asked), control(kConfNak, 70, kAsksMd5));
  // The sixth would be a Configure-Reject anyway (Max-Failure).
}

TEST_F(LcpTest, WithoutCredentialsAuthenticationIsRejected) {  // RFC 1661 §5.4
  LinkSettings settings;
  settings.accepts = {AuthMethod::pap};
  start(settings);
  EXPECT_EQ(answer(kAsksPap), control(kConfRej, 70, kAsksPap));
}

TEST_F(LcpTest, AConcentratorGivesUpWhenThePeerRefusesToBeAsked) {
  LinkSettings settings;
  settings.asks = AuthMethod::pap;
  start(settings);
  receive(control(kConfNak, request_[1], kAsksMd5));
  take_request();
  EXPECT_EQ(option_data(data_of(request_), kAuth), (Octets{0xc0, 0x23}));
  receive(control(kConfRej, request_[1], kAsksPap));
  EXPECT_EQ(lcp_.failure(), ControlProtocol::Failure::no_agreement);
}

TEST_F(LcpTest, MagicZeroIsNakedNeverRejected) {  // RFC 1661 §6.4
  start(client());
  for (int i = 0; i < 8; ++i) {  // also beyond Max-Failure
    const Octets nak = answer(option(kMagic, {0, 0, 0, 0}));
    ASSERT_EQ(nak[0], kConfNak);
    EXPECT_NE(option_data(data_of(nak), kMagic), Octets(4, 0));
  }
  EXPECT_EQ(answer(option(kMagic, {1, 2}))[0], kConfNak);
  EXPECT_FALSE(lcp_.is_looped());
}

TEST_F(LcpTest, OurOwnMagicIsNakedWithAnotherAndCounted) {  // RFC 1661 §6.4
  start(client());
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(lcp_.is_looped());
    const Octets nak = answer(option(kMagic, own_magic()));
    EXPECT_EQ(nak[0], kConfNak);
    EXPECT_NE(option_data(data_of(nak), kMagic), own_magic());
  }
  EXPECT_TRUE(lcp_.is_looped());
}

TEST_F(LcpTest, AnotherMagicEndsTheSuspicion) {
  start(client());
  for (int round = 0; round < 3; ++round) {
    answer(option(kMagic, own_magic()));
    answer(option(kMagic, own_magic()));
    answer(option(kMagic, kPeerMagic));
  }
  EXPECT_FALSE(lcp_.is_looped());
}

TEST_F(LcpTest, ANakedMagicIsChosenAnew) {  // RFC 1661 §6.4
  start(client());
  const Octets before = own_magic();
  receive(control(kConfNak, request_[1], option(kMagic, kPeerMagic)));
  take_request();
  EXPECT_NE(own_magic(), before);
  EXPECT_NE(own_magic(), kPeerMagic);
}

TEST_F(LcpTest, ALoopedLineIsFoundOut) {  // RFC 1661 §6.4: everything comes back
  start(client());
  receive(request_);
  for (int i = 0; i < 20 && !lcp_.is_looped(); ++i)
    for (const Octets& packet : sent()) receive(packet);
  EXPECT_TRUE(lcp_.is_looped());
  EXPECT_FALSE(lcp_.is_opened());
}

TEST_F(LcpTest, AnswersEchoesWithItsOwnMagic) {  // RFC 1661 §5.8
  open(client());
  receive(control(kEchoReq, 9, kPeerMagic + Octets{1, 2, 3}) + Octets{0, 0});
  EXPECT_EQ(sent(), (std::vector<Octets>{control(kEchoRep, 9, own_magic() + Octets{1, 2, 3})}));
  EXPECT_TRUE(lcp_.take_arrival().echo_request);
  EXPECT_FALSE(lcp_.take_arrival().echo_request);
}

TEST_F(LcpTest, WithoutMagicEchoesCarryZero) {  // RFC 1661 §5.8
  start(client());
  receive(control(kConfRej, request_[1], option(kMagic, own_magic())));
  take_request();
  receive(control(kConfReq, 70));
  acknowledge();
  sent();
  receive(control(kEchoReq, 9, {0, 0, 0, 0}));
  lcp_.send_echo();
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[0], control(kEchoRep, 9, {0, 0, 0, 0}));
  EXPECT_EQ(data_of(packets[1]), Octets(4, 0));
  receive(control(kEchoRep, packets[1][1], {0, 0, 0, 0}));
  EXPECT_EQ(lcp_.take_arrival().echo_reply, packets[1][1]);
}

TEST_F(LcpTest, AnEchoIsCutToThePeersMru) {  // RFC 1661 §5
  open(client(), option(kMru, {0, 200}));
  receive(control(kEchoReq, 9, Octets(1000, 5)));
  EXPECT_EQ(sent().at(0).size(), 200u);
}

TEST_F(LcpTest, EchoesBeforeOpenedAreDiscarded) {  // RFC 1661 §5.8
  start(client());
  receive(control(kEchoReq, 9, kPeerMagic));
  receive(control(kEchoRep, 9, kPeerMagic));
  EXPECT_TRUE(sent().empty());
  EXPECT_FALSE(lcp_.take_arrival().echo_request);
  EXPECT_EQ(lcp_.ignored(), 2u);
}

TEST_F(LcpTest, ShortEchoesAreDiscarded) {
  open(client());
  for (std::size_t octets = 0; octets < 4; ++octets) receive(control(kEchoReq, 9, Octets(octets, 1)));
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(lcp_.ignored(), 4u);
}

TEST_F(LcpTest, ARepliesMagicMustBeThePeers) {  // RFC 1661 §6.4
  open(client());
  lcp_.send_echo();
  const Octets echo = sent().at(0);
  EXPECT_EQ(echo, control(kEchoReq, echo[1], own_magic()));
  receive(control(kEchoRep, echo[1], {1, 2, 3, 4}));
  EXPECT_FALSE(lcp_.take_arrival().echo_reply);
  receive(control(kEchoRep, echo[1], kPeerMagic));
  EXPECT_EQ(lcp_.take_arrival().echo_reply, echo[1]);
}

TEST_F(LcpTest, EchoIdentifiersChange) {  // RFC 1661 §5.8
  open(client());
  const auto first = lcp_.send_echo();
  EXPECT_NE(lcp_.send_echo(), first);
}

TEST_F(LcpTest, OurOwnEchoesComingBackAreALoop) {  // RFC 1661 §6.4
  open(client());
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(lcp_.is_looped());
    lcp_.send_echo();
    receive(sent().at(0));
  }
  EXPECT_TRUE(lcp_.is_looped());
  EXPECT_TRUE(sent().empty());  // and are not answered
}

TEST_F(LcpTest, DiscardIdentificationAndTimeRemainingAreTakenSilently) {  // RFC 1661 §5.9, RFC 1570 §2
  open(client());
  for (const std::uint8_t code : Octets{11, 12, 13}) receive(control(code, 1, kPeerMagic + Octets{'h', 'i'}));
  EXPECT_TRUE(sent().empty());
  EXPECT_TRUE(lcp_.is_opened());
}

TEST_F(LcpTest, IdentificationIsTakenInAnyState) {  // RFC 1570 §2.1
  start(client());
  receive(control(12, 1, {0, 0, 0, 0}));
  EXPECT_TRUE(sent().empty());
}

TEST_F(LcpTest, AProtocolRejectNamesItsProtocol) {  // RFC 1661 §5.7
  open(client());
  receive(control(kProtRej, 1, {0x80, 0x57, 1, 1, 0, 4}));
  EXPECT_EQ(lcp_.take_arrival().rejected_protocol, kIpv6cp);
  EXPECT_TRUE(lcp_.is_opened());
  receive(control(kProtRej, 1, {0x80}));
  EXPECT_FALSE(lcp_.take_arrival().rejected_protocol);
}

TEST_F(LcpTest, AProtocolRejectOfLcpEndsIt) {  // RFC 1661 §4.3 (RXJ-)
  open(client());
  receive(control(kProtRej, 1, {0xc0, 0x21}));
  EXPECT_EQ(lcp_.state(), State::stopping);
  EXPECT_EQ(sent().at(0)[0], kTermReq);
}

TEST_F(LcpTest, AProtocolRejectBeforeOpenedIsDiscarded) {  // RFC 1661 §5.7
  start(client());
  receive(control(kProtRej, 1, {0x80, 0x57}));
  EXPECT_FALSE(lcp_.take_arrival().rejected_protocol);
  EXPECT_EQ(lcp_.ignored(), 1u);
}

TEST_F(LcpTest, RejectsProtocolsWithNewIdentifiersAndWithinTheMru) {  // RFC 1661 §5.7
  open(client(), option(kMru, {0, 200}));
  lcp_.send_protocol_reject(0x80fd, Octets{1, 2, 3});
  lcp_.send_protocol_reject(0x80fd, Octets(1000, 4));
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[0], control(kProtRej, packets[0][1], {0x80, 0xfd, 1, 2, 3}));
  EXPECT_NE(packets[0][1], packets[1][1]);
  EXPECT_EQ(packets[1], control(kProtRej, packets[1][1], Octets{0x80, 0xfd} + Octets(194, 4)));
}

TEST_F(LcpTest, ARejectedEchoIsTold) {  // RFC 1661 §4.3 (RXJ+): "MUST stop sending the offending packet type"
  open(client());
  receive(control(kCodeRej, 1, {kEchoReq, 1, 0, 8}));
  EXPECT_TRUE(lcp_.take_arrival().echo_refused);
  receive(control(kCodeRej, 2, {12, 1, 0, 8}));
  EXPECT_FALSE(lcp_.take_arrival().echo_refused);
}

TEST_F(LcpTest, ANewLowerLayerForgetsWhatWasAgreed) {
  open(client(), option(kMru, {0x05, 0xae}) + kAsksPap);
  const Octets before = own_magic();
  lcp_.down(now_);
  lcp_.up(now_);
  take_request();
  EXPECT_NE(own_magic(), before);
  EXPECT_EQ(lcp_.mtu_octets(), 1492);
  EXPECT_FALSE(lcp_.peer_asks());
}

}  // namespace
}  // namespace narrows::ppp
