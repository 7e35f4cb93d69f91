// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/session/session.h"

#include <gtest/gtest.h>

#include "packets.h"
#include "sessions.h"

namespace narrows::test {
namespace {

using session::SessionSpec;

Octets header_of(const session::HeaderTemplate& header) {
  return {header.octets.end() - header.length, header.octets.end()};
}

SessionSpec with_vlans(const std::vector<std::uint16_t>& vlans, std::uint8_t pcp) {
  SessionSpec spec = plain_session();
  spec.wan_vlans = vlans;
  spec.pcp = pcp;
  return spec;
}

/// PPPoE header and PPP protocol, the frame's own fields 0.
const Octets kPppoe = Octets{0x11, 0} + be16(0x1234) + be16(0) + be16(0);

TEST(SessionTemplates, ToWanUntagged) {
  const auto made = make_lan_to_wan(plain_session());
  EXPECT_EQ(header_of(made.header), ethernet(kAcMac, kWanMac, 0x8864, kPppoe));
  EXPECT_EQ(made.mtu_octets, (std::array<std::uint16_t, kFamilies>{1492, 1492}));
  EXPECT_EQ(made.max_mss, (std::array<std::uint16_t, 2>{1452, 1432}));
}

TEST(SessionLimits, OfTunnelsAreThoseOfBothDirections) {
  SessionSpec spec = plain_session();
  spec.tunnel_mtu_octets = 1454;
  EXPECT_EQ(make_lan_to_wan(spec).tunnel_mtu_octets, 1454);
  EXPECT_EQ(make_wan_to_lan(spec).tunnel_mtu_octets, 1454);
}

TEST(SessionTemplates, ToWanOneTagEveryPriority) {
  for (unsigned pcp = 0; pcp < 8; ++pcp)
    EXPECT_EQ(header_of(make_lan_to_wan(with_vlans({835}, static_cast<std::uint8_t>(pcp))).header),
              ethernet(kAcMac, kWanMac, 0x8100, tag(pcp << 13 | 835, be16(0x8864) + kPppoe)));
}

TEST(SessionTemplates, ToWanTwoTagsServiceTagOutside) {
  EXPECT_EQ(
      header_of(make_lan_to_wan(with_vlans({100, 7}, 6)).header),
      ethernet(kAcMac, kWanMac, 0x88a8, tag(0xc064, be16(0x8100) + tag(0xc007, be16(0x8864) + kPppoe))));
}

TEST(SessionTemplates, ToLan) {
  SessionSpec spec = plain_session();
  const auto untagged = make_wan_to_lan(spec);
  EXPECT_EQ(header_of(untagged.header), ethernet(Octets(6), kLanMac, 0, {}));
  EXPECT_EQ(untagged.mtu_octets, (std::array<std::uint16_t, kFamilies>{1500, 1500}));
  EXPECT_EQ(untagged.max_mss, (std::array<std::uint16_t, 2>{1450, 1430}));
  EXPECT_EQ(untagged.key, session::session_key(0x1234, 0x0200000000ac));
  EXPECT_EQ(untagged.vlans, wire::VlanStack());

  spec.lan_vlan = 10;
  spec.pcp = 5;  // of the WAN side
  EXPECT_EQ(header_of(make_wan_to_lan(spec).header), ethernet(Octets(6), kLanMac, 0x8100, tag(10, be16(0))));
}

TEST(SessionTemplates, NothingLeftOfTheHeader) {
  const auto made = make_lan_to_wan(plain_session());
  for (std::size_t at = 0; at < made.header.octets.size() - made.header.length; ++at)
    EXPECT_EQ(made.header.octets[at], 0) << at;
}

TEST(SessionKey, IdAndAddressAreApart) {
  EXPECT_EQ(session::session_key(0xfffe, 0xffffffffffff), 0xfffeffffffffffffu);
  EXPECT_NE(session::session_key(1, 2), session::session_key(2, 1));
}

TEST(WanVlanStack, FollowsTheSpec) {
  EXPECT_EQ(wan_vlan_stack(with_vlans({}, 7)), wire::VlanStack());
  EXPECT_EQ(wan_vlan_stack(with_vlans({835}, 7)), wire::VlanStack(835));
  EXPECT_EQ(wan_vlan_stack(with_vlans({100, 7}, 7)), wire::VlanStack(100, 7));
}

}  // namespace
}  // namespace narrows::test
