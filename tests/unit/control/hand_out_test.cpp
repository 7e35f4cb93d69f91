// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/hand_out.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "random.h"

namespace narrows::control {
namespace {

wire::Ipv4Address ip(std::string_view text) {
  return wire::parse_ipv4_address(text).value();
}

/// "203.0.113.10/30": gateway and prefix.
std::string network(std::string_view address, std::string_view gateway = {},
                    config::HandOutMask mask = config::HandOutMask::subnet) {
  const auto configured = gateway.empty() ? std::nullopt : std::optional(ip(gateway));
  const auto found = network_of({ip(address), configured, {}, 1492, mask});
  return fmt::format("{}/{}", wire::to_string(found.gateway), found.prefix);
}

TEST(HandOut, TheSmallestSubnetInWhichTheAddressIsAHost) {
  EXPECT_EQ(network("203.0.113.9"), "203.0.113.10/30");
  EXPECT_EQ(network("203.0.113.10"), "203.0.113.9/30");
  EXPECT_EQ(network("203.0.113.11"), "203.0.113.9/29");
  EXPECT_EQ(network("203.0.113.12"), "203.0.113.9/29");
  EXPECT_EQ(network("203.0.113.8"), "203.0.113.1/28");
  EXPECT_EQ(network("203.0.113.255"), "203.0.112.1/22");
  EXPECT_EQ(network("203.0.113.0"), "203.0.112.1/23");
  EXPECT_EQ(network("10.255.255.255"), "10.255.255.254/32") << "none that is no larger than a /8";
  EXPECT_EQ(network("10.0.0.0"), "10.0.0.1/32");
}

TEST(HandOut, AConfiguredGatewayWidensTheSubnet) {
  EXPECT_EQ(network("203.0.113.9", "203.0.113.10"), "203.0.113.10/30");
  EXPECT_EQ(network("203.0.113.9", "203.0.113.1"), "203.0.113.1/28");
  EXPECT_EQ(network("203.0.113.9", "203.0.113.8"), "203.0.113.8/28") << "as a host, not as the first address";
  EXPECT_EQ(network("203.0.113.9", "203.0.113.254"), "203.0.113.254/24");
  EXPECT_EQ(network("203.0.113.9", "203.255.0.1"), "203.255.0.1/8");
  EXPECT_EQ(network("203.0.113.9", "192.168.1.1"), "192.168.1.1/32") << "too far off: by a route";
}

TEST(HandOut, AGatewayThatIsTheAddressItselfIsReplaced) {
  EXPECT_EQ(network("203.0.113.9", "203.0.113.9"), "203.0.113.10/30");
}

TEST(HandOut, WithTheHostMaskTheGatewayIsTheSame) {
  EXPECT_EQ(network("203.0.113.9", {}, config::HandOutMask::host), "203.0.113.10/32");
  EXPECT_EQ(network("203.0.113.9", "203.0.113.1", config::HandOutMask::host), "203.0.113.1/32");
}

TEST(HandOut, Masks) {
  EXPECT_EQ(wire::to_string(HandOutNetwork{{}, 30}.mask()), "255.255.255.252");
  EXPECT_EQ(wire::to_string(HandOutNetwork{{}, 8}.mask()), "255.0.0.0");
  EXPECT_EQ(wire::to_string(HandOutNetwork{{}, 32}.mask()), "255.255.255.255");
}

/// Held against a search that tries every subnet by its definition.
TEST(HandOut, EveryAddressAndGatewayAreDifferentHostsOfTheSubnet) {
  test::Random random(3442);
  for (int round = 0; round < 20000; ++round) {
    const wire::Ipv4Address address{0xcb000000 | (random() & 0xffffff & (random() | random()))};
    const auto near = address.value ^ (random() % 2 == 0 ? random() & 0xff : random() & 0xffffff);
    const auto gateway = random() % 2 == 0 ? std::optional(wire::Ipv4Address{near}) : std::nullopt;
    const auto found = network_of({address, gateway, {}, 1492, config::HandOutMask::subnet});
    EXPECT_NE(found.gateway, address);
    if (found.prefix == 32) continue;
    const auto is_host = [](std::uint32_t value, unsigned prefix) {
      const std::uint64_t size = std::uint64_t{1} << (32 - prefix);
      return value % size != 0 && value % size != size - 1;
    };
    const auto same = [](std::uint32_t a, std::uint32_t b, unsigned prefix) {
      return a >> (32 - prefix) == b >> (32 - prefix);
    };
    EXPECT_TRUE(is_host(address.value, found.prefix) && is_host(found.gateway.value, found.prefix) &&
                same(address.value, found.gateway.value, found.prefix))
        << wire::to_string(address) << " " << wire::to_string(found.gateway) << "/" << found.prefix;
    for (unsigned prefix = found.prefix + 1; prefix <= 30; ++prefix)
      EXPECT_FALSE(is_host(address.value, prefix) &&
                   (!gateway || gateway == address ||
                    (is_host(gateway->value, prefix) && same(address.value, gateway->value, prefix))))
          << wire::to_string(address) << " fits a /" << prefix;
  }
}

}  // namespace
}  // namespace narrows::control
