// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cstdlib>

#include "random.h"
#include "stranger.h"

namespace narrows::ppp {
namespace {

/// Sequences to try; NARROWS_RANDOM_SEQUENCES asks for more.
unsigned sequences() {
  const char* text = std::getenv("NARROWS_RANDOM_SEQUENCES");
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 3000;
}

TEST(LinkRandom, AnySequenceLeavesItSound) {
  for (unsigned seed = 0; seed < sequences(); ++seed) {
    Stranger stranger(test::Random(seed), seed, make_fake);
    for (unsigned step = 0; step < (seed % 8 == 0 ? 400 : 40) && !stranger.is_over(); ++step) stranger.step();
    stranger.finish();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace narrows::ppp
