// SPDX-License-Identifier: BSD-3-Clause
/// concentrator: the core's frames find their session by address, and what the line's control thread gets.
#include "path.h"

namespace narrows::test {
namespace {

const Octets kBroadcastMac(6, 0xff);
const Octets kRouterMac = kPeerMac;

/// Two sessions: 198.51.100.2 (kDestination4) and the next, and 2001:db8:0:0 (of kDestination6) and the next.
struct ConcentratorPath : Path {
  explicit ConcentratorPath(Direction direction, bool learns = true)
      : Path(config::Mode::concentrator, direction, two_sessions()) {
    plan = {0xc6336402, 2, 0x20010db80000, learns};
    context.addresses = &plan;
    if (direction == Direction::wan_to_lan)
      for (std::size_t session = 0; session < 2; ++session)
        peers.learn(session, wire::to_integer(mac(kPeerMac)));
  }
  static std::vector<session::SessionSpec> two_sessions() {
    auto second = plain_session();
    second.id = 0x1235;
    second.tunnel_mtu_octets = 1492;
    return {plain_session(), second};
  }
  session::AddressPlan plan;
};

Octets to(const Octets& destination, Octets packet) {
  std::copy(destination.begin(), destination.end(), packet.begin() + (packet[0] >> 4 == 4 ? 16 : 24));
  return packet;
}

TEST(CoreToLine, TheAddressTellsTheSession) {
  ConcentratorPath path(Direction::lan_to_wan);
  expect_forward(path, from_lan(ipv4(tcp(kAck))), to_wan(ipv4(tcp(kAck))));
  expect_forward(path, from_lan(ipv6(tcp(kAck))), to_wan(ipv6(tcp(kAck))));
  const Octets second4 = to({198, 51, 100, 3}, ipv4(tcp(kAck)));
  const Octets second6 = to({0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 9}, ipv6(tcp(kAck)));
  EXPECT_EQ(path.send(from_lan(second4)).session, 1);
  expect_forward(path, from_lan(second4), to_wan(second4, 0x1235));
  expect_forward(path, from_lan(second6), to_wan(second6, 0x1235));
}

TEST(CoreToLine, TcpInsideTunnelsIsClampedWhereTheSessionSaysSo) {
  ConcentratorPath core(Direction::lan_to_wan);
  ConcentratorPath line(Direction::wan_to_lan);
  const auto in6 = [](unsigned mss) { return ipv4(ipv6(tcp(kSyn, mss_option(mss))), {}, 0, 41); };
  const auto second = [&](unsigned mss) { return to({198, 51, 100, 3}, in6(mss)); };
  expect_forward(core, from_lan(in6(1460)), to_wan(in6(1460)));
  expect_forward(core, from_lan(second(1460)), to_wan(second(1412), 0x1235));
  expect_forward(line, from_wan(in6(1460)), to_lan(in6(1460)));
  expect_forward(line, from_wan(in6(1460), 0x1235), to_lan(in6(1412)));
}

TEST(CoreToLine, WhoItIsFor) {
  ConcentratorPath path(Direction::lan_to_wan);
  const Octets frame = from_lan(ipv4(tcp(kAck)));
  const auto with_destination = [](const Octets& destination, Octets octets) {
    std::copy(destination.begin(), destination.end(), octets.begin());
    return octets;
  };
  const Octets question = ipv6_raw(kIcmpv6, {135, 0, 0, 0, 0, 0, 0, 0});
  const Octets solicitation = ethernet({0x33, 0x33, 0xff, 0, 0, 1}, kRouterMac, 0x86dd, question);
  expect_fates(
      path,
      {
          {"an address before the first", from_lan(to({198, 51, 100, 1}, ipv4(tcp(kAck)))),
           "unknown_session"},
          {"one behind the last", from_lan(to({198, 51, 100, 4}, ipv4(tcp(kAck)))), "unknown_session"},
          {"another prefix", from_lan(to({0x20, 1, 0xd, 0xb8, 0, 1}, ipv6(tcp(kAck)))), "unknown_session"},
          {"to another", with_destination(kAcMac, frame), "wrong_destination"},
          {"broadcast", with_destination(kBroadcastMac, frame), "multicast"},
          {"IPv4 multicast", with_destination({1, 0, 0x5e, 0, 0, 1}, frame), "multicast"},
          {"with a VLAN", tagged(frame, 0x8100, 5), "unknown_vlan"},
          {"with a priority tag", tagged(frame, 0x8100, 0xe000), "forward"},
          {"ARP for all", ethernet(kBroadcastMac, kRouterMac, 0x0806, Octets(46)), "punt"},
          {"ARP for us", ethernet(kLanMac, kRouterMac, 0x0806, Octets(46)), "punt"},
          {"ARP of another VLAN", tagged(ethernet(kBroadcastMac, kRouterMac, 0x0806, Octets(46)), 0x8100, 5),
           "unknown_vlan"},
          {"a neighbour solicitation", solicitation, "punt"},
          {"the same for us", with_destination(kLanMac, solicitation), "punt"},
          {"another IPv6 multicast", with8(solicitation, 14 + 40, 134), "multicast"},
          {"PPPoE", ethernet(kLanMac, kRouterMac, 0x8864, Octets(46)), "not_ip"},
          {"a bad length", from_lan(with16(ipv4(tcp(kAck)), 2, 2000)), "bad_ip"},
          {"longer than the session carries", from_lan(ipv4(tcp(kAck, {}, counting(1460)))), "fragment"},
          {"the same with DF", from_lan(ipv4(tcp(kAck, {}, counting(1460)), {}, kDontFragment)), "too_big"},
      });
  EXPECT_EQ(path.send(Arrival(solicitation)).session, session::kNone);
}

TEST(CoreToLine, ASessionThatIsDown) {
  auto specs = ConcentratorPath::two_sessions();
  ConcentratorPath path(Direction::lan_to_wan);
  specs[0].up = {false, true};
  path.table = session::SessionTable(specs);
  EXPECT_EQ(path.send(from_lan(ipv4(tcp(kAck)))).fate, "session_down");
  EXPECT_EQ(path.send(from_lan(ipv6(tcp(kAck)))).fate, "forward");
}

TEST(CoreToLine, TheMssIsClamped) {
  ConcentratorPath path(Direction::lan_to_wan);
  EXPECT_EQ(path.send(from_lan(ipv4(tcp(kSyn, mss_option(1460))))).fate, "forward");
  EXPECT_EQ(path.of_session(0).clamped[0].value(), 1u);
}

TEST(CoreToLine, TheRouterIsLearnedUnlessItIsConfigured) {
  ConcentratorPath learning(Direction::lan_to_wan);
  learning.send(from_lan(ipv4(tcp(kAck))));
  EXPECT_EQ(learning.peers.load(0), wire::to_integer(mac(kPeerMac)));
  ConcentratorPath told(Direction::lan_to_wan, false);
  told.send(from_lan(ipv4(tcp(kAck))));
  EXPECT_EQ(told.peers.load(0), 0u);
}

TEST(LineToCore, DataIsForwardedAndTheLinksOwnIsPunted) {
  ConcentratorPath path(Direction::wan_to_lan);
  expect_forward(path, from_wan(ipv4(tcp(kAck))), to_lan(ipv4(tcp(kAck))));
  const Octets packet6 = ipv6(tcp(kAck));
  expect_fates(
      path, {
                {"IPv6", from_wan(packet6), "forward"},
                {"to all routers", from_wan(to({0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, packet6)),
                 "punt"},
                {"link-local", from_wan(to({0xfe, 0x80}, packet6)), "punt"},
                {"link-local to the last", from_wan(to({0xfe, 0xbf}, packet6)), "punt"},
                {"beyond link-local", from_wan(to({0xfe, 0xc0}, packet6)), "forward"},
                {"IPv4 multicast", from_wan(to({224, 0, 0, 22}, ipv4(tcp(kAck)))), "multicast"},
                {"LCP", ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, 0xc021, counting(8))), "punt"},
            });
}

TEST(LineToCore, WhoeverCallsIsHeard) {
  ConcentratorPath path(Direction::wan_to_lan);
  const auto lcp = [](unsigned id, unsigned protocol) {
    return ethernet(kWanMac, kAcMac, 0x8864, pppoe(id, protocol, counting(8)));
  };
  expect_fates(path,
               {
                   {"PADI", ethernet(kBroadcastMac, kAcMac, 0x8863, Octets(46)), "punt"},
                   {"PADR", ethernet(kWanMac, kAcMac, 0x8863, Octets(46)), "punt"},
                   {"to another", ethernet(kPeerMac, kAcMac, 0x8863, Octets(46)), "wrong_destination"},
                   {"of another VLAN", tagged(ethernet(kBroadcastMac, kAcMac, 0x8863, Octets(46)), 0x8100, 5),
                    "unknown_vlan"},
                   {"session frames for all",
                    ethernet(kBroadcastMac, kAcMac, 0x8864, pppoe(0x1234, 0x21, ipv4(tcp(kAck)))),
                    "wrong_destination"},
                   {"LCP of a session that is no more", lcp(0x777, 0xc021), "punt"},
                   {"IPCP of such a session", lcp(0x777, 0x8021), "unknown_session"},
                   {"data of such a session", from_wan(ipv4(tcp(kAck)), 0x777), "unknown_session"},
               });
}

TEST(LineToCore, WithoutARouterItWaits) {
  ConcentratorPath path(Direction::wan_to_lan);
  path.peers.learn(0, 0);
  EXPECT_EQ(path.send(from_wan(ipv4(tcp(kAck)))).fate, "no_lan_peer");
}

}  // namespace
}  // namespace narrows::test
