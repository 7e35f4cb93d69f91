// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/make_ipv4.h"

#include <gtest/gtest.h>

#include "packets.h"
#include "random.h"

namespace narrows::rewrite {
namespace {

using namespace narrows::test;

constexpr UdpEndpoint kFrom{{0xc0000201}, 67};  // as kSource4 and kDestination4
constexpr UdpEndpoint kTo{{0xc6336402}, 68};

TEST(MakeIpv4, HeaderByHand) {
  const auto header = make_ipv4_header({0xc0, 1, kFrom.address, kTo.address, 8});
  Octets expected = Octets{0x45, 0xc0, 0, 28, 0, 0, 0x40, 0, 64, 1, 0, 0} + kSource4 + kDestination4;
  put16(expected, 10, 0xffff & ~ones_complement_sum(expected));
  const auto* octets = reinterpret_cast<const std::uint8_t*>(&header);
  EXPECT_EQ(Octets(octets, octets + sizeof(header)), expected);
}

TEST(MakeIpv4, UdpOfEveryLength) {
  for (std::size_t octets = 0; octets < 600; ++octets) {
    const auto payload = counting(octets);
    Octets datagram = Octets{0, 67, 0, 68} + be16(static_cast<unsigned>(8 + octets)) + be16(0) + payload;
    put16(datagram, 6, l4_checksum(kUdp, datagram, true));
    const auto packet = make_udp_ipv4(kFrom, kTo, payload);
    ASSERT_EQ(packet.size(), 28 + octets);
    EXPECT_EQ(Octets(packet.begin() + 20, packet.end()), datagram);
    EXPECT_EQ(ones_complement_sum(first_octets(packet, 20)), 0xffffu);
    EXPECT_EQ(get16(packet, 2), packet.size());
  }
}

// RFC 768: a checksum that comes to zero is sent as all ones.
TEST(MakeIpv4, UdpChecksumIsNeverZero) {
  bool met = false;
  for (unsigned value = 0; value < 0x10000; ++value) {
    const auto checksum = get16(make_udp_ipv4(kFrom, kTo, be16(value)), 26);
    ASSERT_NE(checksum, 0u) << value;
    met = met || checksum == 0xffff;
  }
  EXPECT_TRUE(met);
}

}  // namespace
}  // namespace narrows::rewrite
