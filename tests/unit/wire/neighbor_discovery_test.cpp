// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/neighbor_discovery.h"

#include <gtest/gtest.h>

#include <vector>

namespace narrows::wire {
namespace {

/// ff02::1:ff00:1 asked for fe80::1 by fe80::2, with a source link-layer option; no checksum.
std::vector<std::uint8_t> solicitation(const std::vector<std::uint8_t>& more_options = {}) {
  std::vector<std::uint8_t> ip{
      0x60, 0,    0, 0, 0, 32, 58, 255,                             //
      0xfe, 0x80, 0, 0, 0, 0,  0,  0,   0, 0, 0, 0, 0,    0, 0, 2,  // source
      0xff, 0x02, 0, 0, 0, 0,  0,  0,   0, 0, 0, 1, 0xff, 0, 0, 1,  // destination
      135,  0,    0, 0, 0, 0,  0,  0,                               //
      0xfe, 0x80, 0, 0, 0, 0,  0,  0,   0, 0, 0, 0, 0,    0, 0, 1,  // target
      1,    1,    2, 0, 0, 0,  0,  1,                               //
  };
  for (const auto octet : more_options) ip.push_back(octet);
  return ip;
}

TEST(NeighborDiscovery, ReadsASolicitation) {
  const auto ip = solicitation();
  ASSERT_TRUE(is_neighbor_solicitation(ip));
  const auto parsed = parse_neighbor_solicitation(ip);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->source[15], 2);
  EXPECT_EQ(parsed->target[15], 1);
  ASSERT_TRUE(parsed->source_mac);
  EXPECT_EQ(to_string(*parsed->source_mac), "02:00:00:00:00:01");
}

TEST(NeighborDiscovery, EveryLengthIsSafe) {
  const auto whole = solicitation();
  for (std::size_t octets = 0; octets < whole.size(); ++octets) {
    const std::vector<std::uint8_t> ip(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(octets));
    EXPECT_EQ(is_neighbor_solicitation(ip), octets > 40) << octets;
    // Cut at the option's edge it is whole again: options are optional.
    EXPECT_EQ(parse_neighbor_solicitation(ip).has_value(), octets == 64) << octets;
  }
}

TEST(NeighborDiscovery, SolicitedNodeAddresses) {
  Ipv6Octets address{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0x12, 0x34, 0x56};
  EXPECT_TRUE(is_solicited_node(address));
  for (std::size_t octet = 0; octet < 13; ++octet) {
    auto other = address;
    other[octet] ^= 0x10;
    EXPECT_FALSE(is_solicited_node(other)) << octet;
  }
}

TEST(NeighborDiscovery, OfSeveralOptionsTheLastCounts) {
  const auto ip = solicitation({1, 1, 2, 0, 0, 0, 0, 2});
  EXPECT_EQ(to_string(parse_neighbor_solicitation(ip).value().source_mac.value()), "02:00:00:00:00:02");
}

TEST(NeighborDiscovery, AnOptionForAnotherLinkLayerIsSteppedOver) {
  auto ip = solicitation(std::vector<std::uint8_t>(8, 0));
  ip[65] = 2;
  EXPECT_FALSE(parse_neighbor_solicitation(ip).value().source_mac);
}

}  // namespace
}  // namespace narrows::wire
