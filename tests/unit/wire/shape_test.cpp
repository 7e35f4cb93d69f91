// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/shape.h"

#include <gtest/gtest.h>

#include "frames.h"
#include "packets.h"

namespace narrows::wire {
namespace {

using namespace narrows::test;

/// The octets of `frame` that agree with `shape`, as a kernel has to find them.
std::uint64_t agreement(const Shape& shape, Octets frame) {
  frame.resize(kShapeOctets);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kShapeOctets; ++i)
    bits |= std::uint64_t{(frame[i] & shape.mask[i]) == shape.expected[i]} << i;
  return bits;
}

bool has_all(const Shape& shape, const Octets& frame, std::uint64_t wanted) {
  return (agreement(shape, frame) & wanted) == wanted;
}

MacAddress mac(const Octets& octets) {
  MacAddress address;
  std::copy(octets.begin(), octets.end(), address.octets.begin());
  return address;
}

const Shape kLan = make_shape({.destination = mac(kLanMac), .source = mac(kPeerMac)});

TEST(Shape, PlainFramesAgree) {
  const Octets frame = ethernet(kLanMac, kPeerMac, 0x0800, ipv4(tcp(kAck)));
  EXPECT_TRUE(has_all(kLan, frame, kLan.required));
  EXPECT_TRUE(has_all(kLan, frame, kLan.tcp));
  EXPECT_FALSE(has_all(kLan, frame, kLan.opens_connection));
  EXPECT_EQ(kLan.ip_offset, 14);
  EXPECT_EQ(kLan.second_look, 0u);
}

TEST(Shape, OthersDoNot) {
  const Octets ip = ipv4(tcp(kAck));
  for (const Octets& frame :
       {ethernet(kWanMac, kPeerMac, 0x0800, ip), ethernet(kLanMac, kAcMac, 0x0800, ip),
        ethernet(kLanMac, kPeerMac, 0x86dd, ip), ethernet(kLanMac, kPeerMac, 0x0800, ipv6(tcp(kAck))),
        ethernet(kLanMac, kPeerMac, 0x0800, ipv4(tcp(kAck), Octets(4, 1))),
        ethernet(kLanMac, kPeerMac, 0x0800, ipv4(tcp(kAck), {}, kMoreFragments)),
        ethernet(kLanMac, kPeerMac, 0x0800, ipv4(tcp(kAck), {}, 0x1fff))})
    EXPECT_FALSE(has_all(kLan, frame, kLan.required)) << testing::PrintToString(frame);
  EXPECT_TRUE(
      has_all(kLan, ethernet(kLanMac, kPeerMac, 0x0800, ipv4(tcp(kAck), {}, kDontFragment)), kLan.required));
}

TEST(Shape, OpensConnection) {
  const auto with_flags = [](std::uint8_t flags) {
    return has_all(kLan, ethernet(kLanMac, kPeerMac, 0x0800, ipv4(tcp(flags))), kLan.opens_connection);
  };
  EXPECT_TRUE(with_flags(kSyn));
  EXPECT_TRUE(with_flags(kSyn | kAck | 0xc0));
  EXPECT_FALSE(with_flags(kAck));
  EXPECT_FALSE(with_flags(kSyn | 0x04));
  const Octets udp_with_such_an_octet = ethernet(kLanMac, kPeerMac, 0x0800, ipv4(tcp(kSyn), {}, 0, kUdp));
  EXPECT_FALSE(has_all(kLan, udp_with_such_an_octet, kLan.opens_connection));
}

TEST(Shape, PppoeWithTags) {
  const Shape shape = make_shape({.destination = mac(kWanMac),
                                  .source = mac(kAcMac),
                                  .tags = 2,
                                  .vlans = VlanStack(100, 7),
                                  .pppoe = true,
                                  .session_id = 0x1234});
  const auto frame = [](unsigned outer, unsigned inner, unsigned id) {
    return ethernet(kWanMac, kAcMac, 0x88a8,
                    tag(outer, be16(0x8100) + tag(inner, be16(0x8864) + pppoe(id, 0x21, ipv4(tcp(kSyn))))));
  };
  EXPECT_EQ(shape.ip_offset, 30);
  EXPECT_TRUE(has_all(shape, frame(100, 7, 0x1234), shape.required | shape.opens_connection));
  EXPECT_TRUE(has_all(shape, frame(0xe000 | 100, 7, 0x1234), shape.required))
      << "priority bits do not matter";
  EXPECT_FALSE(has_all(shape, frame(101, 7, 0x1234), shape.required));
  EXPECT_FALSE(has_all(shape, frame(100, 8, 0x1234), shape.required));
  EXPECT_FALSE(has_all(shape, frame(100, 7, 0x1235), shape.required));
}

TEST(Shape, SecondLook) {
  const Shape gateway = make_shape({.second_look = Ipv4Address{0xc6336402}});  // kDestination4
  const Octets frame = ethernet(kLanMac, kPeerMac, 0x0800, ipv4(tcp(kAck)));
  EXPECT_TRUE(has_all(gateway, frame, gateway.second_look));
  EXPECT_FALSE(has_all(gateway, with8(frame, 33, 3), gateway.second_look));

  const Shape groups = make_shape({.groups_need_second_look = true});
  EXPECT_TRUE(has_all(groups, with8(frame, 30, 0xe0), groups.second_look));
  EXPECT_TRUE(has_all(groups, with8(frame, 30, 0xef), groups.second_look));
  EXPECT_FALSE(has_all(groups, with8(frame, 30, 0xdf), groups.second_look));
  EXPECT_FALSE(has_all(groups, with8(frame, 30, 0xf0), groups.second_look));
}

TEST(Shape, OneToTryGoesByEthertypes) {
  const auto tried = [](Octets frame) -> const Shape& {
    frame.resize(kShapeOctets);
    return shape_to_try(any_shapes(), frame.data());
  };
  EXPECT_EQ(tried(ethernet(kLanMac, kPeerMac, 0x0800, {})).ip_offset, 14);
  EXPECT_EQ(tried(ethernet(kLanMac, kPeerMac, 0x86dd, {})).family, Family::ipv6);
  EXPECT_EQ(tried(ethernet(kLanMac, kPeerMac, 0x8100, tag(7, be16(0x86dd)))).ip_offset, 18);
  const Shape& inside = tried(ethernet(kWanMac, kAcMac, 0x8100, tag(7, be16(0x8864) + pppoe(1, 0x57, {}))));
  EXPECT_EQ(inside.ip_offset, 26);
  EXPECT_EQ(inside.family, Family::ipv6);
  EXPECT_TRUE(inside.pppoe);
  EXPECT_EQ(tried(ethernet(kWanMac, kAcMac, 0x8864, pppoe(1, 0xc021, {}))).ip_offset, 0);
  EXPECT_EQ(tried(ethernet(kLanMac, kPeerMac, 0x0806, {})).ip_offset, 0);
  EXPECT_EQ(tried(ethernet(kLanMac, kPeerMac, 0x8100,
                           tag(1, be16(0x8100) + tag(2, be16(0x8100) + tag(3, be16(0x0800))))))
                .ip_offset,
            0);
}

}  // namespace
}  // namespace narrows::wire
