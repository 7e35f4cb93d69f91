// SPDX-License-Identifier: BSD-3-Clause
/// The LAN address of a packet; what strip_pppoe() does to a frame is tested in the pipeline.
#include "narrows/rewrite/strip_pppoe.h"

#include <gtest/gtest.h>

#include "packets.h"

namespace narrows::test {
namespace {

constexpr std::uint64_t kPeer = 0x020000000099;

std::uint64_t to_ipv4(const Octets& destination) {
  Octets packet = ipv4(tcp(kSyn));
  std::copy(destination.begin(), destination.end(), packet.begin() + 16);
  return rewrite::lan_destination(packet.data(), Family::ipv4, kPeer);
}

std::uint64_t to_ipv6(const Octets& destination) {
  return rewrite::lan_destination(ipv6_raw(kUdp, {}, destination).data(), Family::ipv6, kPeer);
}

TEST(LanDestination, Ipv4MulticastByRfc1112) {
  EXPECT_EQ(to_ipv4({224, 0, 0, 1}), 0x01005e000001u);
  EXPECT_EQ(to_ipv4({239, 255, 255, 250}), 0x01005e7ffffau);
  EXPECT_EQ(to_ipv4({232, 0x81, 2, 3}), 0x01005e010203u) << "23 bits only";
}

TEST(LanDestination, EveryOtherIpv4AddressIsThePeers) {
  for (unsigned first = 0; first < 256; ++first)
    EXPECT_EQ(to_ipv4({static_cast<std::uint8_t>(first), 1, 2, 3}),
              first / 16 == 14 ? 0x01005e010203u : kPeer)
        << first;
}

TEST(LanDestination, Ipv6MulticastByRfc2464) {
  EXPECT_EQ(to_ipv6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0x12, 0x34, 0x56}), 0x3333ff123456u);
  EXPECT_EQ(to_ipv6({0xff, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0xfd, 0xfc}), 0x3333fffefdfcu);
}

TEST(LanDestination, EveryOtherIpv6AddressIsThePeers) {
  for (unsigned first = 0; first < 255; ++first)
    EXPECT_EQ(to_ipv6(with8(kDestination6, 0, first)), kPeer) << first;
}

}  // namespace
}  // namespace narrows::test
