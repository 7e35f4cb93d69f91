// SPDX-License-Identifier: BSD-3-Clause
// MS-CHAPv2, both ends: RFC 2759. Digests that are not the RFC's were computed by OpenSSL's command line and
// Python.
#include <gtest/gtest.h>

#include <cstdlib>

#include "authentication_fixture.h"

namespace narrows::ppp {
namespace {

using namespace authentication_test;

// RFC 2759 §9.2.
const Octets kAuthenticatorChallenge = hex("5B5D7C7D7B3F2F3E3C2C602132262628");
const Octets kPeerChallenge = hex("21402324255E262A28295F2B3A337C7E");
const Octets kNtResponse = hex("82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF");
constexpr const char* kProof = "S=407A5589115FD0D6209F510FE9C04566932CDA56";

/// RFC 2759 §4: peer challenge, 8 zeros, NT response, flags 0.
Octets value(const Octets& nt_response) {
  return kPeerChallenge + Octets(8) + nt_response + Octets{0};
}

class MsChapPeerTest : public testing::Test {
 protected:
  /// @return the Response to the RFC's challenge.
  Octets respond() {
    random = ScriptedRandom(kPeerChallenge);
    peer = make_authenticatee(AuthMethod::mschapv2, credentials, sink, random);
    peer->start(now);
    receive(packet(1, 7, counted(kAuthenticatorChallenge) + octets("ac")));
    return sink.take_one();
  }
  void receive(const Octets& information) { peer->receive(kChap, information, now); }
  Status verdict(unsigned code, const std::string& text) {
    respond();
    receive(packet(code, 7, octets(text)));
    return peer->status();
  }

  Time now = 5s;
  Credentials credentials{"User", "clientPass"};
  PacketList sink;
  ScriptedRandom random;
  std::unique_ptr<Authentication> peer;
};

TEST_F(MsChapPeerTest, TheResponseOfTheRfc) {
  EXPECT_EQ(respond(), packet(2, 7, counted(value(kNtResponse)) + octets("User")));
}

// RFC 2759 §4: the domain is sent but not hashed.
TEST_F(MsChapPeerTest, ADomainIsNotHashed) {
  credentials.name = "DOMAIN\\User";
  EXPECT_EQ(respond(), packet(2, 7, counted(value(kNtResponse)) + octets("DOMAIN\\User")));
  receive(packet(3, 7, octets(kProof)));
  EXPECT_EQ(peer->status(), Status::succeeded);
}

// RFC 2759 §8.3: the password is Unicode.
TEST_F(MsChapPeerTest, PasswordsInUtf8AreHashedAsUtf16) {
  credentials.password = "p\xc3\xa4ss\xe2\x82\xac\xf0\x9d\x84\x9e";
  EXPECT_EQ(
      respond(),
      packet(2, 7, counted(value(hex("d682a704cea28fc35116a3211da69f98926834e92d0fe57d"))) + octets("User")));
  receive(packet(3, 7, octets("S=6334D102D87F6E514337766106CA51E9F9D47D83 M=hi")));
  EXPECT_EQ(peer->status(), Status::succeeded);
}

TEST_F(MsChapPeerTest, WhatIsNoUtf8IsTakenOctetByOctet) {
  credentials.password = "\xff\x61";
  EXPECT_EQ(
      respond(),
      packet(2, 7, counted(value(hex("61ca85c0ed313380239710130f4bb8803989511e48b44fbf"))) + octets("User")));
  // Overlong, surrogate, beyond Unicode, cut off: as many characters as octets, so all differ and none
  // crashes.
  for (const char* password : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xe2\x82", "\x80", "\xf8"}) {
    credentials.password = password;
    respond();
    BothEnds ends(AuthMethod::mschapv2, "User", password, knows("User", password));
    ends.start();
    ends.exchange();
    EXPECT_EQ(ends.peer->status(), Status::succeeded);
  }
}

// RFC 2759 §5: the peer checks the authenticator's answer.
TEST_F(MsChapPeerTest, TheAuthenticatorMustProveItself) {
  EXPECT_EQ(verdict(3, kProof), Status::succeeded);
  EXPECT_EQ(peer->message(), "");
  EXPECT_EQ(verdict(3, std::string(kProof) + " M=Welcome"), Status::succeeded);
  EXPECT_EQ(peer->message(), "Welcome");
  EXPECT_EQ(verdict(3, "S=407a5589115fd0d6209f510fe9c04566932cda56 M=lower case"), Status::succeeded);
  EXPECT_EQ(verdict(3, ""), Status::not_genuine);
  EXPECT_EQ(verdict(3, "M=Welcome"), Status::not_genuine);
  EXPECT_EQ(verdict(3, "S="), Status::not_genuine);
  EXPECT_EQ(verdict(3, std::string(kProof, 41)), Status::not_genuine);
  EXPECT_EQ(verdict(3, "S=407A5589115FD0D6209F510FE9C04566932CDA5G"), Status::not_genuine);
  EXPECT_EQ(verdict(3, "S=0000000000000000000000000000000000000000 M=x"), Status::not_genuine);
  EXPECT_EQ(peer->message(), "x");
  EXPECT_EQ(peer->next_deadline(), kNever);
}

TEST_F(MsChapPeerTest, EveryDigitOfTheProofCounts) {
  for (std::size_t at = 2; at < 42; ++at) {
    std::string wrong = kProof;
    wrong[at] = wrong[at] == '3' ? '4' : '3';
    EXPECT_EQ(verdict(3, wrong), Status::not_genuine) << at;
  }
}

// RFC 2759 §6.
TEST_F(MsChapPeerTest, FailuresAreReadAndNotRetried) {
  const std::string challenge = "C=00112233445566778899AABBCCDDEEFF V=3";
  const std::vector<std::pair<std::string, std::string>> rows{
      {"E=691 R=1 " + challenge + " M=Wrong M=password", "Wrong M=password (E=691)"},
      {"E=691 R=0 " + challenge, "authentication failure (E=691)"},
      {"E=646 R=0 " + challenge + " M=", "not at this hour (E=646)"},
      {"E=647 R=0 " + challenge, "account disabled (E=647)"},
      {"E=648 R=0 " + challenge, "password expired (E=648)"},
      {"E=649 R=0 " + challenge, "no permission to dial in (E=649)"},
      {"E=709 R=0 " + challenge, "error changing the password (E=709)"},
      {"E=4294967295 R=0", "refused (E=4294967295)"},
      {"E=99999999999 R=0 M=big", "big (E=0)"},
      {"E=", "refused (E=0)"},
      {"M=only words", "only words"},
      {"go \x1b away", "go ? away"},
      {"", ""},
  };
  for (const auto& [text, message] : rows) {
    EXPECT_EQ(verdict(4, text), Status::refused) << text;
    EXPECT_EQ(peer->message(), message);
    EXPECT_EQ(peer->next_deadline(), kNever);
    EXPECT_TRUE(sink.sent.empty()) << "R=1 does not mean that the same password will do";
  }
  verdict(4, "E=4294967295 M=" + std::string(500, 'x'));
  EXPECT_LE(peer->message().size(), 128U);
}

// RFC 2759 §3: the challenge has 16 octets.
TEST_F(MsChapPeerTest, ChallengesHave16Octets) {
  respond();
  for (std::size_t octets = 1; octets < 256; ++octets)
    if (octets != 16) receive(packet(1, 8, counted(Octets(octets))));
  EXPECT_EQ(peer->ignored(), 254U);
  EXPECT_TRUE(sink.sent.empty());
}

TEST_F(MsChapPeerTest, ARepeatedChallengeGetsTheSameResponseAndANewOneAnother) {
  const auto first = respond();
  receive(packet(1, 7, counted(kAuthenticatorChallenge) + octets("ac")));
  EXPECT_EQ(sink.take_one(), first) << "so that a Success to either is right";
  receive(packet(1, 8, counted(kAuthenticatorChallenge)));
  EXPECT_NE(Octets(sink.sent.at(0).information.begin() + 5, sink.sent.at(0).information.begin() + 21),
            kPeerChallenge);
}

TEST_F(MsChapPeerTest, ARechallengeIsCheckedToo) {
  EXPECT_EQ(verdict(3, kProof), Status::succeeded);
  receive(packet(1, 8, counted(kAuthenticatorChallenge)));
  receive(packet(3, 8, octets(kProof)));  // of the exchange before
  EXPECT_EQ(peer->status(), Status::not_genuine);
}

class MsChapAuthenticatorTest : public testing::Test {
 protected:
  MsChapAuthenticatorTest() {
    authenticator->start(now);
    EXPECT_EQ(sink.take_one(), packet(1, 7, counted(kAuthenticatorChallenge) + octets("ac")));
  }
  void receive(const Octets& data) { authenticator->receive(kChap, packet(2, 7, data), now); }

  Time now = 5s;
  PacketList sink;
  ScriptedRandom random{Octets{6} + kAuthenticatorChallenge};
  std::unique_ptr<Authentication> authenticator =
      make_authenticator(AuthMethod::mschapv2, "ac", knows("User", "clientPass"), kNever, sink, random);
};

TEST_F(MsChapAuthenticatorTest, TheSuccessOfTheRfc) {
  receive(counted(value(kNtResponse)) + octets("User"));
  EXPECT_EQ(sink.take_one(), packet(3, 7, octets(std::string(kProof) + " M=Welcome")));
  EXPECT_EQ(authenticator->status(), Status::succeeded);
}

// RFC 2759 §6: E, R, C of exactly 32 digits, V, M.
TEST_F(MsChapAuthenticatorTest, TheFailure) {
  auto wrong = kNtResponse;
  wrong[23] ^= 1;
  receive(counted(value(wrong)) + octets("User"));
  const auto failure = sink.take_one();
  const std::string text(failure.begin() + 4, failure.end());
  EXPECT_EQ(failure[0], 4);
  EXPECT_EQ(text.substr(0, 12), "E=691 R=0 C=");
  EXPECT_EQ(text.find_first_not_of("0123456789ABCDEF", 12), 44U);
  EXPECT_EQ(text.substr(44), " V=3 M=Authentication failed");
  EXPECT_EQ(authenticator->status(), Status::refused);
}

TEST_F(MsChapAuthenticatorTest, ResponsesHave49Octets) {
  for (std::size_t octets = 1; octets < 256; ++octets)
    if (octets != 49) receive(counted(Octets(octets)) + Octets{'U'});
  EXPECT_EQ(authenticator->ignored(), 254U);
  EXPECT_TRUE(sink.sent.empty());
}

TEST(MsChap, BothEnds) {
  for (const auto& [name, password, expected] :
       std::vector<std::tuple<std::string, std::string, Status>>{{"User", "clientPass", Status::succeeded},
                                                                 {"User", "clientpass", Status::refused},
                                                                 {"user", "clientPass", Status::refused},
                                                                 {"nobody", "", Status::refused}}) {
    BothEnds ends(AuthMethod::mschapv2, name, password, knows("User", "clientPass"), 60s);
    ends.start();
    ends.exchange();
    EXPECT_EQ(ends.peer->status(), expected) << name;
    EXPECT_EQ(ends.authenticator->status(), expected) << name;
    EXPECT_EQ(ends.peer->message(),
              expected == Status::succeeded ? "Welcome" : "Authentication failed (E=691)");
    EXPECT_EQ(ends.wait(), expected == Status::succeeded);
    ends.exchange();
    EXPECT_EQ(ends.peer->status(), expected);
  }
}

/// Whether both ends say at once that they cannot, with the reason. Of a process that has not loaded
/// OpenSSL's legacy provider yet.
bool both_ends_explain() {
  const Credentials credentials{"User", "clientPass"};
  PacketList sink;
  ScriptedRandom random;
  const auto peer = make_authenticatee(AuthMethod::mschapv2, credentials, sink, random);
  const auto authenticator =
      make_authenticator(AuthMethod::mschapv2, "ac", knows("", ""), kNever, sink, random);
  bool explained = true;
  for (Authentication* end : {peer.get(), authenticator.get()}) {
    end->start(0s);
    explained = explained && end->status() == Status::refused &&
                end->message().find("legacy provider") != std::string::npos && end->next_deadline() == kNever;
  }
  BothEnds md5(AuthMethod::chap_md5, "User", "x", knows("User", "x"));
  md5.start();
  md5.exchange();
  return explained && sink.sent.empty() && md5.peer->status() == Status::succeeded;
}

TEST(MsChapDeathTest, WithoutTheLegacyProviderItSaysSo) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";  // a new process, which loads it anew
  EXPECT_EXIT(
      {
        setenv("OPENSSL_MODULES", "/nonexistent", 1);
        std::exit(both_ends_explain() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace narrows::ppp
