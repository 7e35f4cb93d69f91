// SPDX-License-Identifier: BSD-3-Clause
#include "discovery_line.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "random.h"

namespace narrows::ppp {
namespace {

using namespace discovery_test;
using Status = DiscoveryClient::Status;
using Failure = DiscoveryClient::Failure;

/// More rounds than are good for every build: NARROWS_TEST_ROUNDS times as many.
unsigned rounds(unsigned usual) {
  const char* const factor = std::getenv("NARROWS_TEST_ROUNDS");
  return usual * (factor == nullptr ? 1U : static_cast<unsigned>(std::atoi(factor)));
}

TEST(DiscoveryRandom, ABadLineEndsInASessionOrAClearFailure) {
  unsigned confirmed = 0;
  const unsigned total = rounds(600);
  for (unsigned seed = 0; seed < total; ++seed) {
    Line line(test::Random(seed), seed);
    line.refusals = seed % 3 == 0 ? 4 : 0;
    const Time first = line.now;
    line.client->start(line.now);
    while (line.client->next_deadline() != kNever) {
      for (int i = 0; i < 3; ++i) line.pass(seed % 12);
      const Time deadline = line.client->next_deadline();
      if (deadline == kNever) break;
      line.now = std::max(line.now, deadline + std::chrono::milliseconds(line.random() % 3000));
      line.client->poll(line.now);
      ASSERT_GT(line.client->next_deadline(), line.now);
      ASSERT_LT(line.now - first, 2min);
    }
    if (line.client->status() == Status::confirmed) {
      ++confirmed;
      const auto& session = line.client->session();
      EXPECT_TRUE(line.open.contains({session.ac_mac, session.id})) << seed;
      EXPECT_TRUE(session.max_payload == 0 || session.max_payload == 1500);
    } else {
      EXPECT_TRUE(seed % 12 != 0 || line.refusals != 0) << "nothing was lost";
      EXPECT_EQ(line.client->status(), Status::failed);
      EXPECT_NE(line.client->failure(), Failure::none);
    }
  }
  EXPECT_GT(confirmed, total * 2 / 3);
}

TEST(DiscoveryRandom, ChangedAndForeignPackets) {
  const unsigned total = rounds(400);
  for (unsigned seed = 0; seed < total; ++seed) {
    Line line(test::Random(seed), seed);
    std::vector<Octets> heard{packet(0x65, 1, tag(0x0101))};
    line.client->start(line.now);
    for (unsigned step = 0; step < 60; ++step) ASSERT_NO_FATAL_FAILURE(disturb(line, heard));
  }
}

}  // namespace
}  // namespace narrows::ppp
