// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/ppp.h"

#include <gtest/gtest.h>

#include <vector>

namespace narrows::wire {
namespace {

TEST(PppControl, ReadsHeaderAndData) {
  const std::vector<std::uint8_t> octets{9, 7, 0, 8, 1, 2, 3, 4, 0xff, 0xff};
  const auto packet = parse_ppp_control(octets);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->code, kLcpEchoRequest);
  EXPECT_EQ(packet->identifier, 7);
  EXPECT_EQ(packet->data.data(), octets.data() + 4);
  EXPECT_EQ(packet->data.size(), 4u);
}

TEST(PppControl, LengthAgreesWithWhatIsThere) {
  for (const std::uint8_t length : std::vector<std::uint8_t>{0, 1, 3, 9, 255})
    EXPECT_FALSE(parse_ppp_control(std::vector<std::uint8_t>{9, 7, 0, length, 1, 2, 3, 4})) << int{length};
  for (const std::uint8_t length : std::vector<std::uint8_t>{4, 5, 8})
    EXPECT_TRUE(parse_ppp_control(std::vector<std::uint8_t>{9, 7, 0, length, 1, 2, 3, 4})) << int{length};
}

TEST(PppControl, EveryLengthIsSafe) {
  const std::vector<std::uint8_t> whole{9, 7, 0, 8, 1, 2, 3, 4};
  for (std::size_t octets = 0; octets < whole.size(); ++octets)
    EXPECT_FALSE(parse_ppp_control(
        std::vector<std::uint8_t>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(octets))))
        << octets;
}

}  // namespace
}  // namespace narrows::wire
