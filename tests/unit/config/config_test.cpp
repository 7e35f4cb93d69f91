// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/config/config.h"

#include <gtest/gtest.h>

namespace narrows::config {
namespace {

constexpr auto kOut = index_of(Direction::lan_to_wan);
constexpr auto kIn = index_of(Direction::wan_to_lan);
constexpr auto kIpv4 = index_of(Family::ipv4);
constexpr auto kIpv6 = index_of(Family::ipv6);

TEST(MssLimits, AutomaticIsTheMtuLessTheHeaders) {
  struct Row {
    std::uint16_t mtu_octets;
    std::uint16_t ipv4;
    std::uint16_t ipv6;
  };
  // PPPoE, PPPoE with RFC 4638, FLET'S, GRE over IPv4.
  for (const auto& row :
       {Row{1492, 1452, 1432}, Row{1500, 1460, 1440}, Row{1454, 1414, 1394}, Row{1476, 1436, 1416}}) {
    const auto limits = mss_limits(Mss{}, row.mtu_octets, Direction::lan_to_wan);
    EXPECT_EQ(limits[kIpv4], row.ipv4) << row.mtu_octets;
    EXPECT_EQ(limits[kIpv6], row.ipv6) << row.mtu_octets;
  }
}

TEST(MssLimits, OctetsAreTakenAsTheyAre) {
  const Mss mss{.ipv4 = {MssLimit::Kind::octets, 1300}, .ipv6 = {MssLimit::Kind::octets, 1280}};
  const auto limits = mss_limits(mss, 1492, Direction::lan_to_wan);
  EXPECT_EQ(limits[kIpv4], 1300);
  EXPECT_EQ(limits[kIpv6], 1280);
}

TEST(MssLimits, OffIsPerFamily) {
  Mss mss;
  mss.ipv6.kind = MssLimit::Kind::off;
  const auto limits = mss_limits(mss, 1492, Direction::lan_to_wan);
  EXPECT_EQ(limits[kIpv4], 1452);
  EXPECT_EQ(limits[kIpv6], kNoMssLimit);
}

TEST(MssLimits, ADirectionThatIsOffHasNoLimits) {
  Mss mss;
  mss.lan_to_wan.clamp = false;
  const auto limits = mss_limits(mss, 1492, Direction::lan_to_wan);
  EXPECT_EQ(limits[kIpv4], kNoMssLimit);
  EXPECT_EQ(limits[kIpv6], kNoMssLimit);
}

TEST(MaxMss, EachDirectionHasItsSwitch) {
  Config config;
  config.mss.wan_to_lan.clamp = false;
  EXPECT_EQ(max_mss(config)[kOut][kIpv4], 1452);
  EXPECT_EQ(max_mss(config)[kOut][kIpv6], 1432);
  EXPECT_EQ(max_mss(config)[kIn][kIpv4], kNoMssLimit);
  config.mss = {};
  config.mss.lan_to_wan.clamp = false;
  EXPECT_EQ(max_mss(config)[kOut][kIpv4], kNoMssLimit);
  EXPECT_EQ(max_mss(config)[kIn][kIpv4], 1452);
  EXPECT_EQ(max_mss(config)[kIn][kIpv6], 1432);
}

TEST(MaxMss, ADirectionsOwnLimitGoesBeforeTheFamilys) {
  Config config;
  config.mss.ipv4 = {MssLimit::Kind::octets, 1400};
  config.mss.lan_to_wan.limit[kIpv4] = {MssLimit::Kind::octets, 1300};
  config.mss.wan_to_lan.limit[kIpv4] = {MssLimit::Kind::automatic, 0};
  config.mss.wan_to_lan.limit[kIpv6] = {MssLimit::Kind::off, 0};
  EXPECT_EQ(max_mss(config), (MaxMss{{{1300, 1432}, {1452, kNoMssLimit}}}));
  config.mss.lan_to_wan.clamp = false;
  EXPECT_EQ(max_mss(config), (MaxMss{{{kNoMssLimit, kNoMssLimit}, {1452, kNoMssLimit}}}));
}

TEST(MaxMss, TheNarrowerOfLanAndLinkCounts) {
  Config config;
  config.lan.mtu_octets = 1400;
  EXPECT_EQ(max_mss(config)[kOut][kIpv4], 1360);
  EXPECT_EQ(max_mss(config, Session{})[kOut][kIpv4], 1360);
  config.lan.mtu_octets = 9000;
  EXPECT_EQ(max_mss(config)[kOut][kIpv4], 1452);
  EXPECT_EQ(max_mss(config, Session{})[kOut][kIpv4], 1452);
}

TEST(MaxMss, ASessionHasItsOwn) {
  Session session;
  session.mtu_octets = 1454;
  session.mss.ipv6.kind = MssLimit::Kind::off;
  EXPECT_EQ(max_mss(Config{}, session)[kIn][kIpv4], 1414);
  EXPECT_EQ(max_mss(Config{}, session)[kIn][kIpv6], kNoMssLimit);
}

TEST(TunnelMtu, IsThatOfAutoOrNothing) {
  Config config;
  EXPECT_EQ(tunnel_mtu(config), 0);
  config.mss.tunnels = true;
  EXPECT_EQ(tunnel_mtu(config), 1492);
  EXPECT_EQ(tunnel_mtu(config, Session{}, 1454), 0) << "a session has its own word";
  Session session;
  session.mss.tunnels = true;
  EXPECT_EQ(tunnel_mtu(config, session, 1454), 1454);
  config.lan.mtu_octets = 1400;
  EXPECT_EQ(tunnel_mtu(config), 1400);
  EXPECT_EQ(tunnel_mtu(config, session, 1454), 1400);
}

Session client_session(std::uint16_t mtu_octets, bool is_default, bool max_payload) {
  Session session;
  session.mtu_octets = mtu_octets;
  session.is_mtu_default = is_default;
  session.client.emplace().max_payload = max_payload;
  return session;
}

TEST(LargestMtu, OfAClientUpTo1500WhereTheWanPortHasRoom) {
  Config config;
  config.wan.mtu_octets = 1507;
  EXPECT_EQ(largest_mtu(config, client_session(1492, true, true)), 1492);
  config.wan.mtu_octets = 1508;
  EXPECT_EQ(largest_mtu(config, client_session(1492, true, true)), 1500);
  EXPECT_EQ(largest_mtu(config, client_session(1492, false, true)), 1492) << "as configured";
  EXPECT_EQ(largest_mtu(config, client_session(1500, false, true)), 1500);
  EXPECT_EQ(largest_mtu(config, client_session(1454, false, true)), 1454);
}

TEST(LargestMtu, WithoutRfc4638NeverOver1492) {
  Config config;
  config.wan.mtu_octets = 1508;
  EXPECT_EQ(largest_mtu(config, client_session(1492, true, false)), 1492);
  EXPECT_EQ(largest_mtu(config, client_session(1500, false, false)), 1492);
  EXPECT_EQ(largest_mtu(config, client_session(1454, false, false)), 1454);
}

TEST(LargestMtu, OfAStaticSessionAsItIs) {
  Config config;
  config.wan.mtu_octets = 1508;
  EXPECT_EQ(largest_mtu(config, Session{}), 1492);
}

}  // namespace
}  // namespace narrows::config
