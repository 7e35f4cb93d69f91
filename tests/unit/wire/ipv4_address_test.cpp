// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/ipv4_address.h"

#include <gtest/gtest.h>

namespace narrows::wire {
namespace {

TEST(Ipv4Address, OfHosts) {
  for (const auto text : {"1.0.0.0", "10.0.0.1", "126.255.255.255", "128.0.0.0", "223.255.255.255"})
    EXPECT_TRUE(is_host_address(parse_ipv4_address(text).value())) << text;
  for (const auto text :
       {"0.0.0.0", "0.255.255.255", "127.0.0.1", "224.0.0.0", "240.0.0.1", "255.255.255.255"})
    EXPECT_FALSE(is_host_address(parse_ipv4_address(text).value())) << text;
}

}  // namespace
}  // namespace narrows::wire
