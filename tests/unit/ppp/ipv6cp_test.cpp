// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/ipv6cp.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ppp_fixture.h"

namespace narrows::ppp {
namespace {

constexpr std::uint8_t kIdentifier = 1;
constexpr std::uint8_t kCompression = 2;

const Octets kZero(8, 0);
const Octets kPeer{0x02, 0x11, 0x22, 0xff, 0xfe, 0x33, 0x44, 0x55};
const Octets kSuggested{0, 0, 0, 0, 0, 0, 0, 1};

class FixedRandom : public Random {
 public:
  explicit FixedRandom(std::uint8_t octet) : octet_(octet) {}
  void fill(std::span<std::uint8_t> octets) override {
    for (auto& octet : octets) octet = octet_;
  }

 private:
  std::uint8_t octet_;
};

class Ipv6cpTest : public testing::Test {
 protected:
  void start() {
    ipv6cp_.open(now_);
    ipv6cp_.up(now_);
    take_request();
  }
  void receive(const Octets& packet) { ipv6cp_.receive(packet, now_); }
  std::vector<Octets> sent() { return sink_.take(kIpv6cp); }
  void take_request() {
    const auto packets = sent();
    ASSERT_FALSE(packets.empty());
    request_ = packets.back();
    ASSERT_EQ(request_[0], kConfReq);
  }
  void acknowledge() { receive(control(kConfAck, request_[1], data_of(request_))); }
  Octets answer(const Octets& options) {
    receive(control(kConfReq, 70, options));
    const auto packets = sent();
    EXPECT_EQ(packets.size(), 1u);
    return packets.empty() ? Octets{} : packets.back();
  }
  Octets own() { return option_data(data_of(request_), kIdentifier); }

  NegotiationLimits limits_;
  RecordingSink sink_;
  RepeatableRandom random_;
  Ipv6cp ipv6cp_{limits_, sink_, random_};
  Time now_ = 100s;
  Octets request_;
};

bool same(const Ipv6cp::Identifier& identifier, const Octets& octets) {
  return std::equal(identifier.begin(), identifier.end(), octets.begin(), octets.end());
}

TEST_F(Ipv6cpTest, AsksForARandomLocalIdentifier) {  // RFC 5072 §4.1: "u" bit 0, not zero
  start();
  ASSERT_EQ(data_of(request_), option(kIdentifier, own()));
  EXPECT_NE(own(), kZero);
  for (unsigned seed = 0; seed < 50; ++seed) {
    RepeatableRandom random(seed);
    RecordingSink sink;
    Ipv6cp other(limits_, sink, random);
    other.open(now_);
    other.up(now_);
    EXPECT_EQ(option_data(data_of(sink.sent.at(0).information), kIdentifier)[0] & 0x02, 0) << seed;
  }
}

TEST_F(Ipv6cpTest, ZeroIsNeverChosen) {  // RFC 5072 §4.1
  FixedRandom random(0);
  Ipv6cp other(limits_, sink_, random);
  other.open(now_);
  other.up(now_);
  take_request();
  EXPECT_EQ(own(), kSuggested);
}

TEST_F(Ipv6cpTest, ADifferentIdentifierIsAcknowledged) {  // RFC 5072 §4.1: "MUST be acknowledged"
  start();
  EXPECT_EQ(answer(option(kIdentifier, kPeer)), control(kConfAck, 70, option(kIdentifier, kPeer)));
  acknowledge();
  EXPECT_TRUE(ipv6cp_.is_opened());
  EXPECT_TRUE(same(ipv6cp_.own(), own()));
  EXPECT_TRUE(same(ipv6cp_.peer(), kPeer));
}

TEST_F(Ipv6cpTest, ZeroIsNakedWithASuggestion) {  // RFC 5072 §4.1: not zero, not our own
  start();
  const Octets nak = answer(option(kIdentifier, kZero));
  ASSERT_EQ(nak[0], kConfNak);
  const Octets suggestion = option_data(data_of(nak), kIdentifier);
  EXPECT_EQ(suggestion.size(), 8u);
  EXPECT_NE(suggestion, kZero);
  EXPECT_NE(suggestion, own());
  EXPECT_EQ(answer(option(kIdentifier, kZero)), nak);  // the same again
}

TEST_F(Ipv6cpTest, OurOwnIsNakedWithAnother) {  // RFC 5072 §4.1: "MUST be sent specifying a different"
  start();
  const Octets nak = answer(option(kIdentifier, own()));
  ASSERT_EQ(nak[0], kConfNak);
  EXPECT_NE(option_data(data_of(nak), kIdentifier), own());
  EXPECT_NE(option_data(data_of(nak), kIdentifier), kZero);
}

TEST_F(Ipv6cpTest, AWrongLengthIsNaked) {  // RFC 1661 §6
  start();
  for (const std::size_t octets : {0u, 7u, 9u})
    EXPECT_EQ(answer(option(kIdentifier, Octets(octets, 1)))[0], kConfNak) << octets;
}

TEST_F(Ipv6cpTest, ZeroOnBothSidesEndsTheNegotiationOfIt) {  // RFC 5072 §4.1
  start();
  receive(control(kConfRej, request_[1], data_of(request_)));
  take_request();
  EXPECT_EQ(answer(option(kIdentifier, kZero)), control(kConfRej, 70, option(kIdentifier, kZero)));
}

TEST_F(Ipv6cpTest, TheSuggestionOfANakIsTaken) {  // RFC 5072 §4.1: "MUST be sent with the identifier"
  start();
  receive(control(kConfNak, request_[1], option(kIdentifier, kSuggested)));
  take_request();
  EXPECT_EQ(own(), kSuggested);
  answer(option(kIdentifier, kPeer));
  acknowledge();
  EXPECT_TRUE(same(ipv6cp_.own(), kSuggested));
}

TEST_F(Ipv6cpTest, ASuggestionWithTheUniversalBitIsTakenAsItIs) {
  start();
  receive(control(kConfNak, request_[1], option(kIdentifier, kPeer)));
  take_request();
  EXPECT_EQ(own(), kPeer);
}

TEST_F(Ipv6cpTest, OurOwnSuggestionComingBackIsACollision) {  // RFC 5072 §4.1: "MUST be chosen" anew
  start();
  const Octets before = own();
  const Octets nak = answer(option(kIdentifier, own()));
  receive(control(kConfNak, request_[1], data_of(nak)));
  take_request();
  EXPECT_NE(own(), before);
  EXPECT_NE(own(), option_data(data_of(nak), kIdentifier));
}

TEST_F(Ipv6cpTest, UselessSuggestionsAreNotTaken) {
  start();
  for (const Octets& useless : {kZero, Octets{1, 2, 3}}) {
    receive(control(kConfNak, request_[1], option(kIdentifier, useless)));
    take_request();
    EXPECT_EQ(own().size(), 8u);
    EXPECT_NE(own(), kZero);
  }
}

TEST_F(Ipv6cpTest, ThePeersOwnAsASuggestionIsNotTaken) {
  start();
  answer(option(kIdentifier, kPeer));
  receive(control(kConfNak, request_[1], option(kIdentifier, kPeer)));
  take_request();
  EXPECT_NE(own(), kPeer);
}

TEST_F(Ipv6cpTest, ARejectedIdentifierIsNotAskedForAgain) {  // RFC 5072 §4.1: "MUST NOT contain"
  start();
  receive(control(kConfRej, request_[1], data_of(request_)));
  take_request();
  EXPECT_TRUE(data_of(request_).empty());
  receive(control(kConfNak, request_[1], option(kIdentifier, kSuggested)));
  EXPECT_TRUE(sent().empty());
  answer(option(kIdentifier, kPeer));
  acknowledge();
  EXPECT_TRUE(ipv6cp_.is_opened());
  EXPECT_FALSE(same(ipv6cp_.own(), kZero));
}

TEST_F(Ipv6cpTest, CompressionIsRejected) {  // RFC 5072 §4
  start();
  EXPECT_EQ(answer(option(kIdentifier, kPeer) + option(kCompression, {0, 0x4f})),
            control(kConfRej, 70, option(kCompression, {0, 0x4f})));
}

TEST_F(Ipv6cpTest, APeerThatDoesNotTellIsAccepted) {
  start();
  EXPECT_EQ(answer({}), control(kConfAck, 70));
  acknowledge();
  EXPECT_TRUE(same(ipv6cp_.peer(), kZero));
}

TEST_F(Ipv6cpTest, LearnsNoProtocolRejectCodes) {  // RFC 5072 §3: only codes 1 to 7
  start();
  receive(control(kEchoReq, 1, {0, 0, 0, 0}));
  EXPECT_EQ(sent().at(0)[0], kCodeRej);
}

}  // namespace
}  // namespace narrows::ppp
