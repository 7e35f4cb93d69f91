// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/ipv6_address.h"

#include <gtest/gtest.h>

namespace narrows::wire {
namespace {

TEST(Ipv6Address, ReadsAndWrites) {
  const Ipv6Octets octets{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
  EXPECT_EQ(parse_ipv6_address("2001:db8::9"), octets);
  EXPECT_EQ(parse_ipv6_address("2001:0DB8:0:0:0:0:0:9"), octets);
  EXPECT_EQ(to_string(octets), "2001:db8::9");
  EXPECT_EQ(to_string(Ipv6Octets{}), "::");
}

TEST(Ipv6Address, NothingElse) {
  for (const auto* text : {"", "2001:db8", "2001:db8::9/64", "fe80::1%eth0", "192.0.2.1", "[::1]", "::g"})
    EXPECT_FALSE(parse_ipv6_address(text)) << text;
}

}  // namespace
}  // namespace narrows::wire
