// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/arp.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace narrows::wire {
namespace {

constexpr std::array<std::uint8_t, 28> kRequest{0,   1, 8,   0, 6, 4, 0, 1, 2, 0, 0,   0, 0,   1,
                                                203, 0, 113, 9, 0, 0, 0, 0, 0, 0, 203, 0, 113, 1};

TEST(Arp, ReadsARequest) {
  const auto message = parse_arp(kRequest);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->operation, kArpRequest);
  EXPECT_EQ(to_string(message->sender_mac), "02:00:00:00:00:01");
  EXPECT_EQ(to_string(message->sender), "203.0.113.9");
  EXPECT_EQ(to_string(message->target), "203.0.113.1");
}

TEST(Arp, WritesWhatItReads) {
  const ArpHeader header = make_arp(parse_arp(kRequest).value());
  EXPECT_EQ(std::memcmp(&header, kRequest.data(), kRequest.size()), 0);
}

TEST(Arp, NeedsAllOctets) {
  for (std::size_t octets = 0; octets < kRequest.size(); ++octets)
    EXPECT_FALSE(parse_arp(std::span(kRequest).first(octets))) << octets;
}

TEST(Arp, OnlyTheReplyToAProbeIsForNoAddress) {
  auto message = kRequest;
  std::fill(message.begin() + 24, message.end(), std::uint8_t{0});
  EXPECT_FALSE(parse_arp(message));
  message[7] = 2;
  EXPECT_TRUE(parse_arp(message));
}

}  // namespace
}  // namespace narrows::wire
