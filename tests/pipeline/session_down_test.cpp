// SPDX-License-Identifier: BSD-3-Clause
/// Sessions that are dialled: not up yet, up for one family, gone again; and what reaches the DHCP server.
#include "path.h"

namespace narrows::test {
namespace {

constexpr auto kIpv4 = index_of(Family::ipv4);
constexpr auto kIpv6 = index_of(Family::ipv6);
const Octets kTcp4 = ipv4(tcp(kAck));
const Octets kTcp6 = ipv6(tcp(kAck));

session::SessionSpec up(bool for_ipv4, bool for_ipv6) {
  session::SessionSpec spec = plain_session();
  spec.up = {for_ipv4, for_ipv6};
  return spec;
}

session::SessionSpec without_id() {
  session::SessionSpec spec = up(false, false);
  spec.id = 0;
  return spec;
}

TEST(SessionDown, NothingLeavesAndNothingComes) {
  AddPath add({without_id()});
  expect_fates(add, {{"IPv4", from_lan(kTcp4), "session_down"}, {"IPv6", from_lan(kTcp6), "session_down"}});
  StripPath strip({without_id()});
  expect_fates(strip, {{"no id yet", from_wan(kTcp4), "unknown_session"},
                       {"id 0 is never one", from_wan(kTcp4, 0), "unknown_session"}});
}

TEST(SessionDown, WhileItNegotiatesItsControlFramesPass) {
  StripPath strip({up(false, false)});
  const Octets lcp = ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, 0xc021, Octets(8)));
  expect_fates(strip, {{"LCP", lcp, "punt"},
                       {"IPv4", from_wan(kTcp4), "session_down"},
                       {"IPv6", from_wan(kTcp6), "session_down"}});
}

TEST(SessionDown, EachFamilyForItself) {
  for (const bool v4 : {false, true}) {
    AddPath add({up(v4, !v4)});
    expect_fates(add, {{"IPv4", from_lan(kTcp4), v4 ? "forward" : "session_down"},
                       {"IPv6", from_lan(kTcp6), v4 ? "session_down" : "forward"}});
    StripPath strip({up(v4, !v4)});
    expect_fates(strip, {{"IPv4", from_wan(kTcp4), v4 ? "forward" : "session_down"},
                         {"IPv6", from_wan(kTcp6), v4 ? "session_down" : "forward"}});
  }
}

TEST(SessionDown, TheWanVlanIsKnownWithoutASession) {
  session::SessionSpec spec = without_id();
  spec.wan_vlans = {835};
  StripPath strip({spec});
  const Octets pado = ethernet(kWanMac, kAcMac, 0x8863, Octets(46));
  expect_fates(strip, {{"offer", tagged(pado, 0x8100, 835), "punt"}, {"other VLAN", pado, "unknown_vlan"}});
}

// --- DHCP ---

Octets dhcp_to(const Octets& mac, const Octets& destination, unsigned port) {
  Octets packet = ipv4(udp(Octets(240)), {}, 0, kUdp);
  put16(packet, 22, port);
  std::copy(destination.begin(), destination.end(), packet.begin() + 16);
  return ethernet(mac, kPeerMac, 0x0800, packet);
}
const Octets kBroadcastMac(6, 0xff);
const Octets kBroadcast4(4, 0xff);
const Octets kGateway{203, 0, 113, 1};

session::SessionSpec handing_out() {
  session::SessionSpec spec = without_id();
  spec.hands_out = true;
  spec.gateway = wire::Ipv4Address{0xcb007101};
  return spec;
}

TEST(HandingOut, RequestsArePuntedAndNothingElse) {
  AddPath path({handing_out()});
  Octets fragment = dhcp_to(kBroadcastMac, kBroadcast4, 67);
  fragment[14 + 7] = 1;  // not the first
  expect_fates(path,
               {{"broadcast", dhcp_to(kBroadcastMac, kBroadcast4, 67), "punt"},
                {"to the server", dhcp_to(kLanMac, kGateway, 67), "punt"},
                {"other broadcast", dhcp_to(kBroadcastMac, kBroadcast4, 68), "multicast"},
                {"fragment", fragment, "multicast"},
                {"truncated", first_octets(dhcp_to(kBroadcastMac, kBroadcast4, 67), 36), "multicast"},
                {"other port of the gateway", dhcp_to(kLanMac, kGateway, 53), "session_down"},
                {"somebody else's server", dhcp_to(kLanMac, kDestination4, 67), "session_down"},
                {"foreign VLAN", tagged(dhcp_to(kBroadcastMac, kBroadcast4, 67), 0x8100, 9), "multicast"}});
}

TEST(HandingOut, WithoutItDhcpIsLikeAnyPacket) {
  session::SessionSpec spec = plain_session();
  spec.gateway = wire::Ipv4Address{0xcb007101};
  AddPath path({spec});
  expect_fates(path, {{"broadcast", dhcp_to(kBroadcastMac, kBroadcast4, 67), "multicast"},
                      {"to the gateway", dhcp_to(kLanMac, kGateway, 67), "forward"}});
}

TEST(HandingOut, LimitsOfBothFamiliesAreTheirOwn) {
  const auto made = session::make_lan_to_wan(up(true, false));
  EXPECT_EQ(made.mtu_octets[kIpv4], 1492);
  EXPECT_EQ(made.mtu_octets[kIpv6], 0);
}

}  // namespace
}  // namespace narrows::test
