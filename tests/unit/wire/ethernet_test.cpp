// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/ethernet.h"

#include <gtest/gtest.h>

#include <array>

#include "guarded.h"
#include "packets.h"

namespace narrows::test {
namespace {

using wire::EthernetView;
using wire::parse_ethernet;
using wire::VlanStack;

EthernetView parse(const Octets& frame) {
  return parse_ethernet(frame.data(), frame.size());
}

Octets tagged(unsigned tpid, unsigned tci, unsigned ethertype, const Octets& payload = {}) {
  return ethernet(kLanMac, kPeerMac, tpid, tag(tci, be16(ethertype) + payload));
}

Octets twice_tagged(unsigned outer_tpid, unsigned outer, unsigned inner_tpid, unsigned inner,
                    unsigned ethertype) {
  return tagged(outer_tpid, outer, inner_tpid, tag(inner, be16(ethertype)));
}

TEST(Ethernet, Untagged) {
  const auto view = parse(ethernet(kLanMac, kPeerMac, 0x0800, {}));
  EXPECT_EQ(view.ethertype, 0x0800);
  EXPECT_EQ(view.payload_offset, 14);
  EXPECT_EQ(view.tags, 0);
  EXPECT_EQ(view.outer_tpid, 0);
  EXPECT_EQ(view.vlans, VlanStack());
}

TEST(Ethernet, EveryVlanIdUnderBothTpids) {
  for (const unsigned tpid : {0x8100u, 0x88a8u})
    for (unsigned id = 0; id < 4096; ++id) {
      const auto view = parse(tagged(tpid, id, 0x86dd));
      ASSERT_EQ(view.ethertype, 0x86dd);
      ASSERT_EQ(view.payload_offset, 18);
      ASSERT_EQ(view.tags, 1);
      ASSERT_EQ(view.outer_tpid, tpid);
      ASSERT_EQ(view.vlans, VlanStack(static_cast<std::uint16_t>(id)));
    }
}

TEST(Ethernet, APriorityTagIsNoVlan) {
  for (unsigned pcp = 0; pcp < 8; ++pcp)
    EXPECT_EQ(parse(tagged(0x8100, pcp << 13, 0x0800)).vlans, VlanStack()) << pcp;
}

TEST(Ethernet, PriorityAndDropBitsAreNoPartOfTheId) {
  for (unsigned bits = 0; bits < 16; ++bits)
    EXPECT_EQ(parse(tagged(0x8100, bits << 12 | 835, 0x8864)).vlans, VlanStack(835)) << bits;
}

TEST(Ethernet, TwoTagsOutermostFirst) {
  for (const unsigned outer_tpid : {0x8100u, 0x88a8u})
    for (const unsigned inner_tpid : {0x8100u, 0x88a8u}) {
      const auto view = parse(twice_tagged(outer_tpid, 0xe064, inner_tpid, 0xf007, 0x8864));
      EXPECT_EQ(view.ethertype, 0x8864);
      EXPECT_EQ(view.payload_offset, 22);
      EXPECT_EQ(view.tags, 2);
      EXPECT_EQ(view.outer_tpid, outer_tpid);
      EXPECT_EQ(view.vlans, VlanStack(100, 7));
    }
}

TEST(Ethernet, AThirdTagStaysWrapped) {
  const auto view = parse(twice_tagged(0x88a8, 1, 0x8100, 2, 0x8100) + tag(3, be16(0x0800)));
  EXPECT_EQ(view.ethertype, 0x8100);
  EXPECT_EQ(view.payload_offset, 22);
  EXPECT_EQ(view.tags, 2);
  EXPECT_EQ(view.vlans, VlanStack(1, 2));
}

TEST(Ethernet, OtherTpidsAreEthertypes) {
  for (const unsigned ethertype : {0x9100u, 0x9200u, 0x8101u, 0x88a9u, 0x05dcu, 0u, 0xffffu}) {
    const auto view = parse(tagged(ethertype, 5, 0x0800));
    EXPECT_EQ(view.ethertype, ethertype);
    EXPECT_EQ(view.payload_offset, 14);
    EXPECT_EQ(view.tags, 0);
  }
}

TEST(Ethernet, EveryTruncation) {
  struct Kind {
    Octets frame;
    std::size_t header_octets;
  };
  Guarded guarded;
  for (const auto& [frame, header_octets] :
       {Kind{ethernet(kLanMac, kPeerMac, 0x0800, Octets(4)), 14},
        Kind{tagged(0x8100, 7, 0x0800, Octets(4)), 18},
        Kind{twice_tagged(0x88a8, 7, 0x8100, 8, 0x0800) + Octets(4), 22}})
    for (std::size_t octets = 0; octets <= frame.size(); ++octets) {
      const auto placed = guarded.place(first_octets(frame, octets));
      const auto view = parse_ethernet(placed.data(), placed.size());
      EXPECT_EQ(view.payload_offset, octets < header_octets ? 0 : header_octets) << octets;
    }
}

TEST(VlanStack, NoTwoStacksAreTheSame) {
  const std::array<VlanStack, 9> stacks{VlanStack(),     VlanStack(1),    VlanStack(2),
                                        VlanStack(4095), VlanStack(0, 0), VlanStack(0, 1),
                                        VlanStack(1, 0), VlanStack(1, 2), VlanStack(2, 1)};
  for (std::size_t one = 0; one < stacks.size(); ++one)
    for (std::size_t other = 0; other < stacks.size(); ++other)
      EXPECT_EQ(stacks[one] == stacks[other], one == other) << one << ' ' << other;
  EXPECT_EQ(VlanStack(0), VlanStack());
}

TEST(Ethernet, LoadsAnAddressInOrder) {
  Guarded guarded;
  const auto frame = guarded.place(ethernet({1, 2, 3, 4, 5, 6}, {0xff, 0xfe, 0, 0, 0, 1}, 0x0800, {}));
  EXPECT_EQ(wire::load_mac(frame.data()), 0x010203040506u);
  EXPECT_EQ(wire::load_mac(frame.data() + 6), 0xfffe00000001u);
  EXPECT_TRUE(wire::is_multicast_mac(wire::load_mac(frame.data())));
  EXPECT_TRUE(wire::is_multicast_mac(0xffffffffffffu));
  EXPECT_FALSE(wire::is_multicast_mac(0xfe'ff'ff'ff'ff'ffu));
}

TEST(Ethernet, KindsOfEthertype) {
  for (unsigned value = 0; value <= 0xffff; ++value) {
    const auto ethertype = static_cast<std::uint16_t>(value);
    ASSERT_EQ(wire::is_ip(ethertype), value == 0x0800 || value == 0x86dd);
    ASSERT_EQ(wire::is_tpid(ethertype), value == 0x8100 || value == 0x88a8);
  }
  EXPECT_EQ(wire::family_of(0x0800), Family::ipv4);
  EXPECT_EQ(wire::family_of(0x86dd), Family::ipv6);
}

}  // namespace
}  // namespace narrows::test
