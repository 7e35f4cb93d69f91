// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/session/address_plan.h"

#include <gtest/gtest.h>

namespace narrows::session {
namespace {

TEST(AddressPlan, Ipv4FromTheFirstToTheLast) {
  const AddressPlan plan{0x0a0000fe, 4, AddressPlan::kNoPrefix, false};
  EXPECT_EQ(plan.find_ipv4({10, 0, 0, 0xfd}), kNone);
  EXPECT_EQ(plan.find_ipv4({10, 0, 0, 0xfe}), 0);
  EXPECT_EQ(plan.find_ipv4({10, 0, 1, 1}), 3);
  EXPECT_EQ(plan.find_ipv4({10, 0, 1, 2}), kNone);
  EXPECT_EQ(plan.find_ipv4({0, 0, 0, 0}), kNone);
}

TEST(AddressPlan, Ipv6ByTheFourthGroup) {
  const AddressPlan plan{0, 300, 0x20010db80007, false};
  std::array<std::uint8_t, 16> address{0x20, 1, 0x0d, 0xb8, 0, 7, 1, 43, 9, 9, 9, 9, 9, 9, 9, 9};
  EXPECT_EQ(plan.find_ipv6(address), 299);
  address[7] = 44;
  EXPECT_EQ(plan.find_ipv6(address), kNone) << "beyond the last";
  address[7] = 0;
  for (std::size_t octet = 0; octet < 6; ++octet) {
    auto other = address;
    other[octet] ^= 1;
    EXPECT_EQ(plan.find_ipv6(other), kNone) << octet;
  }
}

TEST(AddressPlan, WithoutAPrefixNoIpv6) {
  const AddressPlan plan{0, 65536, AddressPlan::kNoPrefix, false};
  std::array<std::uint8_t, 16> address{};
  EXPECT_EQ(plan.find_ipv6(address), kNone);
  address.fill(0xff);
  EXPECT_EQ(plan.find_ipv6(address), kNone);
}

}  // namespace
}  // namespace narrows::session
