// SPDX-License-Identifier: BSD-3-Clause
// PAP, both ends: RFC 1334 §2.
#include <gtest/gtest.h>

#include "authentication_fixture.h"

namespace narrows::ppp {
namespace {

using namespace authentication_test;

class PapPeerTest : public testing::Test {
 protected:
  void start() {
    peer = make_authenticatee(AuthMethod::pap, credentials, sink, random);
    peer->start(now);
  }
  void receive(const Octets& information, unsigned protocol = kPap) {
    peer->receive(static_cast<std::uint16_t>(protocol), information, now);
  }

  Time now = 5s;
  Credentials credentials{"user@isp", "secret"};
  PacketList sink;
  ScriptedRandom random{Octets{0xfe}};
  std::unique_ptr<Authentication> peer;
};

// RFC 1334 §2.2.1.
TEST_F(PapPeerTest, TheRequest) {
  start();
  EXPECT_EQ(sink.take(),
            (std::vector<SentPacket>{{kPap, Octets{1,   0xfe, 0,   20, 8,   'u', 's', 'e', 'r', '@',
                                                   'i', 's',  'p', 6,  's', 'e', 'c', 'r', 'e', 't'}}}));
  EXPECT_EQ(peer->status(), Status::running);
}

// RFC 1334 §2.2.1: MUST be repeated until a valid reply or the retry counter expires; the Identifier MUST
// change each time.
TEST_F(PapPeerTest, TheRequestIsRepeatedWithAnotherIdentifier) {
  start();
  const Octets first = sink.take_one();
  for (unsigned i = 1; i < 10; ++i) {
    const Time wait = peer->next_deadline() - now;
    EXPECT_EQ(wait, i == 1 ? 1s : i == 2 ? 2s : 3s);
    peer->poll(peer->next_deadline() - 1ns);
    EXPECT_TRUE(sink.sent.empty());
    peer->poll(now = peer->next_deadline());
    auto next = sink.take_one();
    EXPECT_EQ(next[1], static_cast<std::uint8_t>(0xfe + i));
    next[1] = first[1];
    EXPECT_EQ(next, first);
  }
  peer->poll(now = peer->next_deadline());
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(peer->status(), Status::silent);
  EXPECT_EQ(peer->next_deadline(), kNever);
  receive(packet(2, 0xfe, counted("late")));
  EXPECT_EQ(peer->status(), Status::silent);
}

TEST_F(PapPeerTest, Acknowledged) {
  start();
  receive(packet(2, 0xfe, counted("Hello\x01")));
  EXPECT_EQ(peer->status(), Status::succeeded);
  EXPECT_EQ(peer->message(), "Hello?");
  EXPECT_EQ(peer->next_deadline(), kNever);
  EXPECT_EQ(peer->ignored(), 0U);
}

TEST_F(PapPeerTest, Refused) {
  start();
  receive(packet(3, 0xfe, counted("Login incorrect")));
  EXPECT_EQ(peer->status(), Status::refused);
  EXPECT_EQ(peer->message(), "Login incorrect");
  peer->poll(now + 1h);
  EXPECT_EQ(sink.sent.size(), 1U) << "no second try with the same password";
}

// RFC 1334 §2.2.2: the reply has the Identifier of the request that caused it.
TEST_F(PapPeerTest, TheIdentifierIsOneThatWasSent) {
  start();
  for (unsigned identifier = 0; identifier < 256; ++identifier) {
    if (identifier != 0xfe) receive(packet(2, identifier, counted("")));
  }
  EXPECT_EQ(peer->status(), Status::running);
  EXPECT_EQ(peer->ignored(), 255U);
  peer->poll(now = peer->next_deadline());
  peer->poll(now = peer->next_deadline());
  receive(packet(2, 0xff, counted("slow")));
  EXPECT_EQ(peer->status(), Status::succeeded);
}

TEST_F(PapPeerTest, AVerdictIsForGood) {
  start();
  receive(packet(2, 0xfe, counted("")));
  receive(packet(3, 0xfe, counted("")));
  EXPECT_EQ(peer->status(), Status::succeeded);
  random = ScriptedRandom(Octets{0xfe});
  start();
  receive(packet(3, 0xfe, counted("")));
  receive(packet(2, 0xfe, counted("")));
  EXPECT_EQ(peer->status(), Status::refused);
  EXPECT_EQ(peer->ignored(), 1U);
}

TEST_F(PapPeerTest, MessageLengths) {
  start();
  const auto id = sink.take_one()[1];
  receive(packet(2, id, Octets{5, 'a'}));
  receive(packet(2, id, Octets{1}));
  EXPECT_EQ(peer->status(), Status::running);
  EXPECT_EQ(peer->ignored(), 2U);
  receive(packet(2, id, Octets{1, 'a', 'b'}));
  EXPECT_EQ(peer->message(), "a");
  random = ScriptedRandom(Octets{1});
  start();
  receive(packet(3, 1));
  EXPECT_EQ(peer->status(), Status::refused) << "without a message";
  random = ScriptedRandom(Octets{1});
  start();
  receive(packet(3, 1, counted(std::string(255, 'x'))));
  EXPECT_EQ(peer->message(), std::string(128, 'x'));
}

TEST_F(PapPeerTest, AnythingElseIsIgnored) {
  start();
  const auto good = packet(2, 0xfe, counted("x"));
  receive(good, kChap);
  for (std::size_t octets = 0; octets < good.size(); ++octets)
    receive(Octets(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(octets)));
  for (const unsigned code : {0U, 1U, 4U, 255U}) receive(packet(code, 0xfe, counted("x")));
  EXPECT_EQ(peer->ignored(), 1U + good.size() + 4U);
  EXPECT_EQ(peer->status(), Status::running);
  receive(good + Octets(30));  // PPP padding
  EXPECT_EQ(peer->status(), Status::succeeded);
}

TEST_F(PapPeerTest, LongestNameAndPassword) {
  credentials = {std::string(255, 'n'), std::string(255, 'p')};
  start();
  EXPECT_EQ(sink.take_one().size(), 4U + 2 * 256);
  for (const auto& too_long :
       {Credentials{std::string(256, 'n'), "p"}, Credentials{"n", std::string(256, 'p')}}) {
    credentials = too_long;
    start();
    EXPECT_TRUE(sink.sent.empty());
    EXPECT_EQ(peer->status(), Status::refused);
    EXPECT_NE(peer->message(), "");
  }
}

class PapAuthenticatorTest : public testing::Test {
 protected:
  PapAuthenticatorTest() { authenticator->start(now); }
  Octets request(const std::string& name, const std::string& password, unsigned identifier = 9) {
    authenticator->receive(kPap, packet(1, identifier, counted(name) + counted(password)), now);
    return sink.take_one();
  }

  Time now = 5s;
  PacketList sink;
  ScriptedRandom random;
  std::unique_ptr<Authentication> authenticator =
      make_authenticator(AuthMethod::pap, "ac", knows("user", "secret"), kNever, sink, random);
};

TEST_F(PapAuthenticatorTest, TheRightPassword) {
  EXPECT_EQ(request("user", "secret"), packet(2, 9, counted("Welcome")));
  EXPECT_EQ(authenticator->status(), Status::succeeded);
  EXPECT_EQ(authenticator->peer_name(), "user");
  EXPECT_EQ(authenticator->next_deadline(), kNever);
}

TEST_F(PapAuthenticatorTest, AnUnknownNameIsAnsweredLikeAWrongPassword) {
  const auto wrong = request("user", "secret2");
  EXPECT_EQ(wrong[0], 3);
  EXPECT_EQ(authenticator->status(), Status::refused);
  authenticator = make_authenticator(AuthMethod::pap, "ac", knows("user", "secret"), kNever, sink, random);
  EXPECT_EQ(request("nobody", "secret"), wrong);
  authenticator = make_authenticator(AuthMethod::pap, "ac", knows("user", "secret"), kNever, sink, random);
  EXPECT_EQ(request("nobody", ""), wrong);
  EXPECT_EQ(authenticator->status(), Status::refused);
}

// RFC 1334 §2.2.1: a repeated request MUST get the same reply code.
TEST_F(PapAuthenticatorTest, TheSameReplyToEveryFurtherRequest) {
  EXPECT_EQ(request("user", "wrong", 1)[0], 3);
  EXPECT_EQ(request("user", "secret", 2), packet(3, 2, counted("Authentication failed")));
  EXPECT_EQ(authenticator->status(), Status::refused);

  authenticator = make_authenticator(AuthMethod::pap, "ac", knows("user", "secret"), kNever, sink, random);
  EXPECT_EQ(request("user", "secret", 1)[0], 2);
  EXPECT_EQ(request("user", "wrong", 2), packet(2, 2, counted("Welcome")));
  EXPECT_EQ(authenticator->status(), Status::succeeded);
}

TEST_F(PapAuthenticatorTest, NobodyAsks) {
  EXPECT_EQ(authenticator->next_deadline(), now + 30s);
  authenticator->poll(now + 30s - 1ns);
  EXPECT_EQ(authenticator->status(), Status::running);
  authenticator->poll(now + 30s);
  EXPECT_EQ(authenticator->status(), Status::silent);
  EXPECT_TRUE(sink.sent.empty());
}

TEST_F(PapAuthenticatorTest, FalseLengths) {
  for (const auto& data : {Octets{}, Octets{4, 'u', 's', 'e', 'r'}, Octets{9, 'u', 's', 'e', 'r'},
                           Octets{4, 'u', 's', 'e', 'r', 7, 's', 'e', 'c', 'r', 'e', 't'}})
    authenticator->receive(kPap, packet(1, 1, data), now);
  EXPECT_EQ(authenticator->ignored(), 4U);
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(authenticator->status(), Status::running);
}

TEST(Pap, BothEnds) {
  BothEnds good(AuthMethod::pap, "user", "secret", knows("user", "secret"));
  good.start();
  good.exchange();
  EXPECT_EQ(good.peer->status(), Status::succeeded);
  EXPECT_EQ(good.authenticator->status(), Status::succeeded);
  BothEnds bad(AuthMethod::pap, "user", "Secret", knows("user", "secret"));
  bad.start();
  bad.exchange();
  EXPECT_EQ(bad.peer->status(), Status::refused);
  EXPECT_EQ(bad.peer->message(), "Authentication failed");
  EXPECT_EQ(bad.authenticator->status(), Status::refused);
}

}  // namespace
}  // namespace narrows::ppp
