// SPDX-License-Identifier: BSD-3-Clause
// Both ends of an authentication on a line that loses, doubles, reorders and changes packets.
#include <gtest/gtest.h>

#include <cstdlib>

#include "authentication_fixture.h"
#include "line_noise.h"

namespace narrows::ppp {
namespace {

using namespace authentication_test;

constexpr std::array<AuthMethod, 3> kMethods{AuthMethod::chap_md5, AuthMethod::mschapv2, AuthMethod::pap};

/// More rounds than are good for every build: NARROWS_TEST_ROUNDS times as many.
unsigned rounds(unsigned usual) {
  const char* const factor = std::getenv("NARROWS_TEST_ROUNDS");
  return usual * (factor == nullptr ? 1U : static_cast<unsigned>(std::atoi(factor)));
}

void pass(BothEnds& ends, test::Random& random, unsigned losses) {
  const auto to = [&](Authentication& end) {
    return [&](const SentPacket& each) {
      end.receive(static_cast<std::uint16_t>(each.protocol), each.information, ends.now);
    };
  };
  test::pass_badly(ends.from_peer.take(), random, losses, to(*ends.authenticator));
  test::pass_badly(ends.from_authenticator.take(), random, losses, to(*ends.peer));
}

TEST(AuthenticationRandom, LossDoublesAndOrderDoNotChangeTheVerdict) {
  unsigned silent = 0;
  const unsigned total = rounds(300);
  for (unsigned seed = 0; seed < total; ++seed) {
    const bool right = seed % 2 == 0;
    BothEnds ends(kMethods[seed % 3], "user", right ? "secret" : "wrong", knows("user", "secret"), kNever,
                  seed);
    test::Random random(seed);
    const Time first = ends.now;
    ends.start();
    do {
      for (int i = 0; i < 3; ++i) pass(ends, random, 5);
    } while (ends.wait());
    ASSERT_LT(ends.now - first, 2min);
    for (const auto* const end : {ends.peer.get(), ends.authenticator.get()}) {
      // Ten tries in a row may be lost.
      silent += end->status() == Status::silent ? 1U : 0U;
      EXPECT_TRUE(end->status() == Status::silent ||
                  end->status() == (right ? Status::succeeded : Status::refused))
          << seed;
    }
  }
  EXPECT_LT(silent, 2 + total / 100);
}

TEST(AuthenticationRandom, NobodyGetsInWithoutThePassword) {
  const unsigned total = rounds(300);
  for (unsigned seed = 0; seed < total; ++seed) {
    const bool right = seed % 2 == 0;
    BothEnds ends(kMethods[seed % 3], "user", right ? "secret" : "wrong", knows("user", "secret"), 60s, seed);
    test::Random random(seed);
    std::vector<Octets> heard{packet(1, 1, counted(Octets(16))), packet(3, 1)};
    ends.start();
    for (unsigned step = 0; step < 60; ++step) {
      for (auto* const list : {&ends.from_peer, &ends.from_authenticator})
        for (const auto& each : list->sent) {
          ASSERT_EQ(each.protocol, seed % 3 == 2 ? kPap : kChap);
          ASSERT_EQ(test::get16(each.information, 2), each.information.size());
          heard.push_back(each.information);
        }
      const auto noise =
          random() % 8 == 0 ? random.octets(random() % 100) : test::mutated(random.one_of(heard), random);
      const std::uint16_t protocol = random() % 8 == 0 ? 0xc021 : seed % 3 == 2 ? 0xc023 : 0xc223;
      // Acks, Successes and right passwords are not guessed, so only the end that decides is held to it.
      ends.authenticator->receive(protocol, noise, ends.now);
      ends.peer->receive(protocol, noise, ends.now);
      if (random() % 2 == 0) pass(ends, random, 5);
      if (random() % 4 == 0) ends.now += std::chrono::seconds(random() % 5);
      if (random() % 128 == 0) ends.now += 1h;
      for (auto* const end : {ends.peer.get(), ends.authenticator.get()}) {
        end->poll(ends.now);
        ASSERT_GT(end->next_deadline(), ends.now);
        for (const char each : end->message() + end->peer_name()) EXPECT_TRUE(each >= ' ' && each <= '~');
        EXPECT_LE(end->message().size(), 128U);
      }
      ASSERT_TRUE(right || ends.authenticator->status() != Status::succeeded) << seed;
      // The peer of MS-CHAPv2 decides as well: nobody here can prove to know "wrong".
      ASSERT_TRUE(right || seed % 3 != 1 || ends.peer->status() != Status::succeeded) << seed;
    }
  }
}

}  // namespace
}  // namespace narrows::ppp
