// SPDX-License-Identifier: BSD-3-Clause
// CHAP, the end that asks: RFC 1994.
#include <gtest/gtest.h>

#include <set>

#include "authentication_fixture.h"

namespace narrows::ppp {
namespace {

using namespace authentication_test;

class ChapAuthenticatorTest : public testing::Test {
 protected:
  void start(Time rechallenge = kNever, std::uint8_t first_of_value = 0) {
    Octets script{0x29};  // identifier before the first
    for (std::uint8_t i = 0; i < 16; ++i) script.push_back(static_cast<std::uint8_t>(first_of_value + i));
    random = ScriptedRandom(script);
    authenticator =
        make_authenticator(AuthMethod::chap_md5, "ac", knows("user", "secret"), rechallenge, sink, random);
    authenticator->start(now);
    challenge = sink.take_one();
  }
  void receive(const Octets& information) { authenticator->receive(kChap, information, now); }
  [[nodiscard]] static Octets response(const std::string& name = "user", unsigned identifier = 0x2a) {
    return packet(2, identifier, counted(hex("03dc98c5a832692b49df73cf48fcb4e9")) + octets(name));
  }

  Time now = 5s;
  PacketList sink;
  ScriptedRandom random;
  Octets challenge;
  std::unique_ptr<Authentication> authenticator;
};

TEST_F(ChapAuthenticatorTest, TheChallenge) {
  start();
  EXPECT_EQ(challenge, packet(1, 0x2a, counted(hex("000102030405060708090a0b0c0d0e0f")) + octets("ac")));
}

TEST_F(ChapAuthenticatorTest, TheRightResponse) {
  start();
  receive(response());
  EXPECT_EQ(sink.take_one(), packet(3, 0x2a, octets("Welcome")));
  EXPECT_EQ(authenticator->status(), Status::succeeded);
  EXPECT_EQ(authenticator->peer_name(), "user");
  EXPECT_EQ(authenticator->next_deadline(), kNever);
}

TEST_F(ChapAuthenticatorTest, AnUnknownNameIsAnsweredLikeAWrongPassword) {
  start();
  auto wrong = response();
  wrong[20] ^= 1;
  receive(wrong);
  const auto failure = sink.take_one();
  EXPECT_EQ(failure, packet(4, 0x2a, octets("Authentication failed")));
  EXPECT_EQ(authenticator->status(), Status::refused);
  start();
  receive(response("nobody"));
  EXPECT_EQ(sink.take_one(), failure);
  EXPECT_EQ(authenticator->status(), Status::refused);
}

// A name that is not known has no password, not an empty one: md5(2a 00…0f).
TEST_F(ChapAuthenticatorTest, AnUnknownNameHasNotTheEmptyPassword) {
  BothEnds ends(AuthMethod::chap_md5, "nobody", "", knows("user", "secret"));
  ends.start();
  ends.exchange();
  EXPECT_EQ(ends.peer->status(), Status::refused);
}

// RFC 1994 §4.1: challenges MUST be sent until a response or until the counter expires; identifier and value
// MUST be changed each time.
TEST_F(ChapAuthenticatorTest, EachChallengeIsAnother) {
  start();
  std::set<std::string> values{std::string(challenge.begin() + 5, challenge.begin() + 21)};
  for (unsigned i = 1; i < 10; ++i) {
    EXPECT_EQ(authenticator->next_deadline(), now + 3s);
    authenticator->poll(now = authenticator->next_deadline());
    const auto next = sink.take_one();
    EXPECT_EQ(next[1], 0x2a + i);
    values.emplace(next.begin() + 5, next.begin() + 21);
  }
  EXPECT_EQ(values.size(), 10U);
  authenticator->poll(now = authenticator->next_deadline());
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(authenticator->status(), Status::silent);
  EXPECT_EQ(authenticator->next_deadline(), kNever);
}

// RFC 1994 §4.2: a repeated response to the current challenge MUST get the same reply code.
TEST_F(ChapAuthenticatorTest, ARepeatedResponseGetsTheSameReply) {
  start();
  auto wrong = response();
  wrong[20] ^= 1;
  receive(wrong);
  receive(response());
  ASSERT_EQ(sink.sent.size(), 2U);
  EXPECT_EQ(sink.sent[0], sink.sent[1]);
  EXPECT_EQ(authenticator->status(), Status::refused);
  sink.take();

  start();
  receive(response());
  receive(wrong);
  EXPECT_EQ(sink.sent.at(0), sink.sent.at(1));
  EXPECT_EQ(authenticator->status(), Status::succeeded);
}

TEST_F(ChapAuthenticatorTest, AResponseToAnotherChallengeIsIgnored) {
  start();
  for (unsigned identifier = 0; identifier < 256; ++identifier)
    if (identifier != 0x2a) receive(response("user", identifier));
  EXPECT_EQ(authenticator->ignored(), 255U);
  authenticator->poll(now = authenticator->next_deadline());
  sink.take();
  receive(response());
  EXPECT_TRUE(sink.sent.empty()) << "too late";
  EXPECT_EQ(authenticator->status(), Status::running);
}

// What was heard of another dial, with the identifier that fits: RFC 1994 §4.1, values are unique for this.
TEST_F(ChapAuthenticatorTest, AResponseThatWasRecordedOpensNoOtherSession) {
  start();
  receive(response());
  ASSERT_EQ(authenticator->status(), Status::succeeded);
  sink.take();
  start(kNever, 1);
  ASSERT_EQ(challenge[1], 0x2a);
  receive(response());
  EXPECT_EQ(sink.take_one(), packet(4, 0x2a, octets("Authentication failed")));
  EXPECT_EQ(authenticator->status(), Status::refused);
}

TEST_F(ChapAuthenticatorTest, FalseLengthsAndCodes) {
  start();
  receive(packet(2, 0x2a));
  receive(packet(2, 0x2a, Octets{0}));
  receive(packet(2, 0x2a, Octets{17} + Octets(16)));
  receive(packet(2, 0x2a, counted(Octets(15)) + octets("user")));
  receive(packet(2, 0x2a, counted(Octets(49)) + octets("user")));
  for (const unsigned code : {0U, 1U, 3U, 4U, 5U}) receive(packet(code, 0x2a, counted(Octets(16))));
  EXPECT_EQ(authenticator->ignored(), 10U);
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(authenticator->status(), Status::running);
}

// RFC 1994 §2: repeated at random intervals while the link is up.
TEST_F(ChapAuthenticatorTest, Rechallenges) {
  BothEnds ends(AuthMethod::chap_md5, "user", "secret", knows("user", "secret"), 60s);
  ends.start();
  ends.exchange();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ends.authenticator->next_deadline(), ends.now + 60s);
    ASSERT_TRUE(ends.wait());
    ASSERT_EQ(ends.from_authenticator.sent.size(), 1U);
    EXPECT_EQ(ends.authenticator->status(), Status::succeeded);
    ends.exchange();
    EXPECT_EQ(ends.peer->status(), Status::succeeded);
    EXPECT_EQ(ends.authenticator->status(), Status::succeeded);
  }
  ends.credentials.password = "changed";
  ends.wait();
  ends.exchange();
  EXPECT_EQ(ends.peer->status(), Status::refused);
  EXPECT_EQ(ends.authenticator->status(), Status::refused);
  EXPECT_FALSE(ends.wait());
}

TEST_F(ChapAuthenticatorTest, ARechallengeUnansweredEndsIt) {
  start(60s);
  receive(response());
  for (int i = 0; i < 11; ++i) authenticator->poll(now = authenticator->next_deadline());
  EXPECT_EQ(sink.sent.size(), 11U) << "a Success, ten Challenges";
  EXPECT_EQ(authenticator->status(), Status::silent);
}

TEST_F(ChapAuthenticatorTest, NobodyElseMayAnswerARechallenge) {
  const auto everybody = [](const std::string&) { return std::optional<std::string>("secret"); };
  BothEnds ends(AuthMethod::chap_md5, "user", "secret", everybody, 60s);
  ends.start();
  ends.exchange();
  ends.credentials.name = "other";
  ends.wait();
  ends.exchange();
  EXPECT_EQ(ends.authenticator->status(), Status::refused);
  EXPECT_EQ(ends.authenticator->peer_name(), "user");
}

TEST_F(ChapAuthenticatorTest, NoRechallengeAtAnIntervalOfNothing) {
  start(0s);
  receive(response());
  EXPECT_EQ(authenticator->next_deadline(), kNever);
}

TEST_F(ChapAuthenticatorTest, ThePeersNameIsFitForALog) {
  start();
  receive(response("us\ner"));
  EXPECT_EQ(authenticator->peer_name(), "us?er");
}

}  // namespace
}  // namespace narrows::ppp
