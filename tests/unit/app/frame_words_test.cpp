// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/frame_words.h"

#include <gtest/gtest.h>

#include "line_noise.h"
#include "packets.h"
#include "random.h"

namespace narrows::app {
namespace {

using test::Octets;
using test::operator+;

Octets plain(unsigned ethertype, const Octets& payload) {
  return test::ethernet(test::kLanMac, test::kPeerMac, ethertype, payload);
}

TEST(FrameWords, SayWhatAFrameIs) {
  const Octets arp = Octets{0, 1, 8, 0, 6, 4, 0, 1} + test::kPeerMac + Octets{192, 0, 2, 5} + Octets(6) +
                     Octets{192, 0, 2, 1};
  EXPECT_EQ(words_of_frame(plain(0x0806, arp)), "ARP request for 192.0.2.1 from 192.0.2.5");
  EXPECT_EQ(words_of_frame(plain(0x0800, test::ipv4(test::tcp(test::kSyn | test::kAck)))),
            "TCP SYN-ACK port 4660 to 80, 192.0.2.1 to 198.51.100.2");
  EXPECT_EQ(words_of_frame(plain(0x86dd, test::ipv6_raw(test::kUdp, test::udp({})))),
            "UDP port 4660 to 53, 2001:db8::1 to 2001:db8::2");
  EXPECT_EQ(words_of_frame(plain(0x0800, test::ipv4({3, 4, 0, 0, 0, 0, 0x05, 0xd4}, {}, 0, 1))),
            "ICMP destination unreachable, fragmentation needed (type 3 code 4), MTU 1492, 192.0.2.1 to "
            "198.51.100.2");
  EXPECT_EQ(words_of_frame(plain(0x8863, {0x11, 9, 0, 0, 0, 0})), "PPPoE discovery, PADI");
  EXPECT_EQ(words_of_frame(plain(0x8863, {0x11, 0xa7, 0, 7, 0, 0})),
            "PPPoE discovery, PADT of session 0x0007");
  EXPECT_EQ(words_of_frame(plain(0x8864, test::pppoe(7, 0xc021, {9, 1, 0, 4}))),
            "LCP Echo-Request, PPPoE session 0x0007");
  EXPECT_EQ(words_of_frame(plain(0x8864, test::pppoe(7, 0xc223, {1, 1, 0, 4}))),
            "CHAP code 1, PPPoE session 0x0007");
  EXPECT_EQ(words_of_frame(plain(0x88cc, {})), "ethertype 0x88cc");
  EXPECT_EQ(words_of_frame({}), "shorter than its Ethernet header");
}

TEST(FrameWords, FindThePacket) {
  const Octets ip = test::ipv4(test::tcp(test::kAck));
  const auto lan = find_packet(plain(0x0800, ip));
  ASSERT_TRUE(lan);
  EXPECT_EQ(lan->offset, 14u);
  EXPECT_EQ(lan->octets, ip.size());
  const auto wan = find_packet(plain(0x8864, test::pppoe(7, 0x0021, ip) + Octets(9)));
  ASSERT_TRUE(wan);
  EXPECT_EQ(wan->offset, 22u);
  EXPECT_EQ(wan->octets, ip.size()) << "padding is none of it";
  EXPECT_FALSE(find_packet(plain(0x8864, test::pppoe(7, 0xc021, ip))));
  EXPECT_FALSE(find_packet(plain(0x0806, ip)));
}

TEST(FrameWords, OfTags) {
  EXPECT_EQ(words_of(wire::VlanStack()), "untagged");
  EXPECT_EQ(words_of(wire::VlanStack(10)), "VLAN 10");
  EXPECT_EQ(words_of(wire::VlanStack(100, 7)), "VLANs 100.7");
}

TEST(FrameWords, OfAnyOctets) {
  test::Random random(1);
  const std::vector<Octets> good{plain(0x0800, test::ipv4(test::tcp(test::kSyn))),
                                 plain(0x86dd, test::ipv6(test::tcp(test::kSyn))), plain(0x0806, Octets(28)),
                                 plain(0x8863, {0x11, 9, 0, 0, 0, 0}),
                                 plain(0x8864, test::pppoe(7, 0xc021, {9, 1, 0, 4}))};
  for (unsigned round = 0; round < 5000; ++round) {
    Octets octets = test::mutated(random.one_of(good), random);
    octets.shrink_to_fit();
    EXPECT_NE(words_of_frame(octets), "");
  }
}

}  // namespace
}  // namespace narrows::app
