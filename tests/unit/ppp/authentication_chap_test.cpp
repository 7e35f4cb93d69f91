// SPDX-License-Identifier: BSD-3-Clause
// CHAP, the end that is asked: RFC 1994. The digests were computed by Python's hashlib.
#include <gtest/gtest.h>

#include <numeric>

#include "authentication_fixture.h"

namespace narrows::ppp {
namespace {

using namespace authentication_test;

class ChapPeerTest : public testing::Test {
 protected:
  ChapPeerTest() {
    std::iota(value.begin(), value.end(), std::uint8_t{0});
    start();
  }
  void start() {
    peer = make_authenticatee(AuthMethod::chap_md5, credentials, sink, random);
    peer->start(now);
  }
  void receive(const Octets& information, unsigned protocol = kChap) {
    peer->receive(static_cast<std::uint16_t>(protocol), information, now);
  }
  [[nodiscard]] Octets challenge(unsigned identifier = 0x2a) const {
    return packet(1, identifier, counted(value) + octets("ac"));
  }

  Time now = 5s;
  Credentials credentials{"user", "secret"};
  PacketList sink;
  ScriptedRandom random;
  Octets value = Octets(16);
  std::unique_ptr<Authentication> peer;
  // md5(2a "secret" 00…0f)
  const Octets response = packet(2, 0x2a, counted(hex("03dc98c5a832692b49df73cf48fcb4e9")) + octets("user"));
};

// RFC 1994 §4.1: digest of identifier, secret, challenge; the Challenge's identifier; the name behind.
TEST_F(ChapPeerTest, TheResponse) {
  EXPECT_TRUE(sink.sent.empty()) << "the other end begins";
  receive(challenge());
  EXPECT_EQ(sink.take(), (std::vector<SentPacket>{{kChap, response}}));
  EXPECT_EQ(peer->status(), Status::running);
}

// RFC 1994 §4.1: a challenge of any length, of one octet or more.
TEST_F(ChapPeerTest, ChallengesOfEveryLength) {
  receive(packet(1, 0xff, counted(Octets{0xaa})));
  EXPECT_EQ(sink.take_one(),
            packet(2, 0xff, counted(hex("11538961d4dd5e94a52cd4cded48e116")) + octets("user")));
  credentials = {"u", ""};
  receive(packet(1, 0, counted(Octets(255, 0x55)) + octets("ac")));
  EXPECT_EQ(sink.take_one(), packet(2, 0, counted(hex("427c8d5d95d77153a717fedf642c0663")) + octets("u")));
}

TEST_F(ChapPeerTest, FalseLengths) {
  receive(packet(1, 1));
  receive(packet(1, 1, Octets{0}));
  receive(packet(1, 1, Octets{0, 'a', 'c'}));
  receive(packet(1, 1, Octets{3, 1, 2}));
  EXPECT_EQ(peer->ignored(), 4U);
  const auto whole = challenge();
  for (std::size_t octets = 0; octets < whole.size(); ++octets)
    receive(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(octets)));
  EXPECT_EQ(peer->ignored(), 4U + whole.size());
  EXPECT_TRUE(sink.sent.empty());
}

TEST_F(ChapPeerTest, Succeeded) {
  receive(challenge());
  receive(packet(3, 0x2a, octets("Welcome\r\n")));
  EXPECT_EQ(peer->status(), Status::succeeded);
  EXPECT_EQ(peer->message(), "Welcome");
  EXPECT_EQ(peer->next_deadline(), kNever);
  EXPECT_EQ(peer->ignored(), 0U);
}

TEST_F(ChapPeerTest, Refused) {
  receive(challenge());
  receive(packet(4, 0x2a, octets("wrong \x7fpassword") + Octets(200, '!')));
  EXPECT_EQ(peer->status(), Status::refused);
  EXPECT_EQ(peer->message().substr(0, 17), "wrong ?password!!");
  EXPECT_EQ(peer->message().size(), 128U);
  sink.take();
  receive(challenge(0x2b));
  receive(packet(3, 0x2a));
  EXPECT_EQ(peer->status(), Status::refused);
  EXPECT_EQ(peer->ignored(), 2U);
  EXPECT_TRUE(sink.sent.empty());
}

// RFC 1994 §4.2: Success and Failure have the Identifier of the Response.
TEST_F(ChapPeerTest, AVerdictOnAnotherResponseIsNone) {
  receive(packet(3, 0x2a));
  receive(challenge());
  for (unsigned identifier = 0; identifier < 256; ++identifier) {
    if (identifier == 0x2a) continue;
    receive(packet(3, identifier));
    receive(packet(4, identifier));
  }
  EXPECT_EQ(peer->status(), Status::running);
  EXPECT_EQ(peer->ignored(), 1U + 2 * 255);
  receive(packet(3, 0x2a));
  EXPECT_EQ(peer->status(), Status::succeeded);
}

// RFC 1994 §4.1: whenever a Challenge is received, a Response MUST be sent.
TEST_F(ChapPeerTest, EveryChallengeIsAnswered) {
  receive(challenge());
  sink.take();
  receive(challenge());
  EXPECT_EQ(sink.take_one(), response);
  receive(packet(3, 0x2a));
  receive(challenge());
  EXPECT_EQ(sink.take_one(), response) << "the Success may have been sent to somebody else";
  EXPECT_EQ(peer->status(), Status::succeeded);
  receive(packet(3, 0x2a));
  EXPECT_EQ(peer->ignored(), 0U);
}

TEST_F(ChapPeerTest, TheLatestChallengeCounts) {
  receive(challenge(1));
  receive(challenge(2));
  EXPECT_EQ(sink.sent.size(), 2U);
  receive(packet(4, 1));
  EXPECT_EQ(peer->status(), Status::running);
  receive(packet(3, 2));
  EXPECT_EQ(peer->status(), Status::succeeded);
}

// RFC 1994 §2: challenges at random times while the link is up.
TEST_F(ChapPeerTest, Rechallenge) {
  receive(challenge(1));
  receive(packet(3, 1));
  now += 1h;
  sink.take();
  receive(challenge());
  EXPECT_EQ(sink.take_one(), response);
  EXPECT_EQ(peer->status(), Status::succeeded) << "until it is refused";
  receive(packet(3, 0x2a));
  EXPECT_EQ(peer->status(), Status::succeeded);
  receive(challenge(7));
  receive(packet(4, 7, octets("expired")));
  EXPECT_EQ(peer->status(), Status::refused);
  EXPECT_EQ(peer->message(), "expired");
}

// RFC 1994 §4.2: the Success may be lost; the authenticator answers a repeated Response as before.
TEST_F(ChapPeerTest, TheResponseIsRepeated) {
  receive(challenge());
  sink.take();
  for (int i = 1; i < 10; ++i) {
    EXPECT_EQ(peer->next_deadline(), now + 3s);
    peer->poll(peer->next_deadline() - 1ns);
    EXPECT_TRUE(sink.sent.empty());
    peer->poll(now = peer->next_deadline());
    EXPECT_EQ(sink.take_one(), response);
  }
  peer->poll(now = peer->next_deadline());
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(peer->status(), Status::silent);
  EXPECT_EQ(peer->next_deadline(), kNever);
}

TEST_F(ChapPeerTest, ARechallengeWithoutAVerdictDoesNotEndTheLink) {
  receive(challenge(1));
  receive(packet(3, 1));
  receive(challenge(2));
  for (int i = 0; i < 10; ++i) peer->poll(now = peer->next_deadline());
  EXPECT_EQ(peer->status(), Status::succeeded);
  EXPECT_EQ(peer->next_deadline(), kNever);
  receive(packet(4, 2));
  EXPECT_EQ(peer->status(), Status::succeeded) << "nothing is awaited any more";
}

TEST_F(ChapPeerTest, NobodyChallenges) {
  EXPECT_EQ(peer->next_deadline(), now + 30s);
  peer->poll(now + 30s);
  EXPECT_EQ(peer->status(), Status::silent);
  EXPECT_TRUE(sink.sent.empty());
}

TEST_F(ChapPeerTest, ChallengesWithoutEndEnd) {
  const Time first = now;
  for (unsigned i = 0; peer->status() == Status::running && now < first + 1h; ++i) {
    receive(challenge(i));
    now += 1s;
    peer->poll(now);
  }
  EXPECT_EQ(peer->status(), Status::silent);
  EXPECT_EQ(now, first + 60s);
}

TEST_F(ChapPeerTest, AnythingElseIsIgnored) {
  receive(challenge(), kPap);
  for (const unsigned code : {0U, 2U, 5U, 255U}) receive(packet(code, 1, counted(value)));
  EXPECT_EQ(peer->ignored(), 5U);
  EXPECT_TRUE(sink.sent.empty());
  receive(challenge() + Octets(20));  // PPP padding is no name
  EXPECT_EQ(sink.take_one(), response);
}

TEST_F(ChapPeerTest, ANameBeyondAnyPacket) {
  credentials.name = std::string(257, 'n');
  start();
  EXPECT_EQ(peer->status(), Status::refused);
  EXPECT_NE(peer->message(), "");
}

}  // namespace
}  // namespace narrows::ppp
