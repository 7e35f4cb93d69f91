// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/openssl_random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace narrows::ppp {
namespace {

TEST(OpensslRandom, FillsAllOfItDifferentlyEachTime) {
  OpensslRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    std::vector<std::uint8_t> octets(16);
    random.fill(octets);
    seen.emplace(octets.begin(), octets.end());
  }
  EXPECT_EQ(seen.size(), 100U);

  std::vector<std::uint8_t> many((1 << 17) + 100);
  random.fill(many);
  EXPECT_LT(std::count(many.end() - 100, many.end(), 0), 20);
  random.fill({});
}

}  // namespace
}  // namespace narrows::ppp
