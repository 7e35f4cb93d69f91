// SPDX-License-Identifier: BSD-3-Clause
/// terminate, WAN→LAN: the exact frames that leave (contract, section 4).
#include "path.h"

namespace narrows::test {
namespace {

TEST(Strip, EveryLengthOfBothFamilies) {
  StripPath path;
  for (std::size_t payload = 0; payload <= 1452; payload += payload < 64 ? 1 : 97) {
    const Octets four = ipv4(tcp(kAck, {}, counting(payload)));
    expect_forward(path, padded(from_wan(four)), to_lan(four));
    if (payload > 1432) continue;
    const Octets six = ipv6(tcp(kAck, {}, counting(payload)));
    expect_forward(path, padded(from_wan(six)), to_lan(six));
  }
}

TEST(Strip, ShortPacketsArePaddedWithZeros) {
  StripPath path;
  for (std::size_t payload = 0; payload < 40; ++payload) {
    const Octets packet = ipv4(counting(payload), {}, 0, 1);
    expect_forward(path, from_wan(packet), to_lan(packet));
    expect_forward(path, from_wan(packet) + Octets(40, 0xdd), to_lan(packet));
  }
}

TEST(Strip, OctetsBehindThePacketButWithinLengthAreCut) {
  StripPath path;
  for (const Octets& packet : {ipv4(tcp(kAck, {}, counting(50))), ipv6(tcp(kAck, {}, counting(50)))})
    for (const std::size_t behind : {1u, 2u, 19u, 700u}) {
      const Octets within = pppoe(0x1234, ppp_of(packet), packet + Octets(behind, 0xdd));
      expect_forward(path, ethernet(kWanMac, kAcMac, 0x8864, within), to_lan(packet));
      expect_forward(path, ethernet(kWanMac, kAcMac, 0x8864, within + Octets(9, 0xdd)), to_lan(packet));
    }
}

TEST(Strip, AWireNotARouter) {
  StripPath path;
  for (const unsigned octet : {0u, 1u, 2u, 255u}) {
    const Octets four = with8(with8(ipv4(udp(counting(9)), {}, 0x4000, kUdp), 1, octet), 8, octet);
    expect_forward(path, from_wan(four), to_lan(four));
    const Octets six = with8(with8(ipv6_raw(kUdp, udp(counting(9))), 1, octet), 7, octet);
    expect_forward(path, from_wan(six), to_lan(six));
  }
}

TEST(Strip, EveryKindOfPacketPasses) {
  StripPath path;
  for (const Octets& packet :
       {ipv4(tcp(kAck), Octets{7, 3, 4, 0}), ipv4(counting(99), {}, 0x2000), ipv4(counting(99), {}, 0x00b9),
        ipv4(counting(30), {}, 0, kEsp), ipv4({}, {}, 0, kTcp), ipv6_raw(kNoNextHeader, {}),
        ipv6_raw(kIcmpv6, Octets{135, 0, 0, 0}), ipv6_raw(kHopByHop, counting(3)),
        ipv6_raw(kFragmentHeader, fragment_header(kTcp, 9) + counting(30))})
    expect_forward(path, from_wan(packet), to_lan(packet));
}

TEST(Strip, MulticastGoesToItsMappedAddress) {
  StripPath path;
  const Octets four = with16(with16(ipv4(udp(counting(9)), {}, 0, kUdp), 16, 0xe9ff), 18, 0xfffa);
  expect_forward(path, from_wan(four), ethernet({1, 0, 0x5e, 0x7f, 0xff, 0xfa}, kLanMac, 0x0800, four));
  const Octets six =
      ipv6_raw(kUdp, udp(counting(9)), {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0xfe, 0xfd, 1});
  expect_forward(path, from_wan(six), ethernet({0x33, 0x33, 0x80, 0xfe, 0xfd, 1}, kLanMac, 0x86dd, six));
}

TEST(Strip, TagsOfTheLanSide) {
  session::SessionSpec spec = plain_session();
  spec.lan_vlan = 10;
  spec.pcp = 7;  // of the WAN side
  StripPath path({spec});
  for (const Octets& packet :
       {ipv4(tcp(kAck)), ipv4(tcp(kAck, {}, counting(3))), ipv6(tcp(kAck, {}, counting(300)))})
    expect_forward(path, from_wan(packet), tagged(to_lan(packet), 0x8100, 10));
}

TEST(Strip, TagsOfTheWanSide) {
  session::SessionSpec one = plain_session();
  one.wan_vlans = {835};
  session::SessionSpec two = plain_session();
  two.lan_vlan = 10;
  two.wan_vlans = {100, 7};
  StripPath path({one, two});
  const Octets packet = ipv4(tcp(kAck, {}, counting(3)));
  for (const unsigned tpid : {0x8100u, 0x88a8u})
    for (const unsigned bits : {0u, 0x2000u, 0xf000u}) {
      expect_forward(path, tagged(from_wan(packet), tpid, bits | 835), to_lan(packet));
      expect_forward(path, tagged(tagged(from_wan(packet), 0x8100, bits | 7), tpid, bits | 100),
                     tagged(to_lan(packet), 0x8100, 10));
    }
}

TEST(Strip, APriorityTagCountsAsUntagged) {
  StripPath path;
  const Octets packet = ipv4(tcp(kAck));
  for (unsigned pcp = 0; pcp < 8; ++pcp)
    expect_forward(path, tagged(from_wan(packet), 0x8100, pcp << 13), to_lan(packet));
}

TEST(Strip, OneIdOnDifferentVlansAndConcentrators) {
  const Octets other_ac = with8(kAcMac, 5, 0xad);
  session::SessionSpec specs[3] = {plain_session(), plain_session(), plain_session()};
  specs[1].lan_vlan = 10;
  specs[1].ac_mac = mac(other_ac);
  specs[2].lan_vlan = 20;
  specs[2].wan_vlans = {835};
  StripPath path({specs[0], specs[1], specs[2]});
  const Octets packet = ipv4(tcp(kAck));
  const Octets inside = pppoe(0x1234, 0x0021, packet);
  expect_forward(path, from_wan(packet), to_lan(packet));
  expect_forward(path, ethernet(kWanMac, other_ac, 0x8864, inside), tagged(to_lan(packet), 0x8100, 10));
  expect_forward(path, tagged(from_wan(packet), 0x8100, 835), tagged(to_lan(packet), 0x8100, 20));
  EXPECT_EQ(path.send(tagged(ethernet(kWanMac, other_ac, 0x8864, inside), 0x8100, 835)).fate,
            "unknown_session");
  for (std::size_t session = 0; session < 3; ++session)
    EXPECT_EQ(path.of_session(session).packets.value(), 1u);
}

TEST(Strip, CountsIpOctetsWithoutHeadersAndPadding) {
  StripPath path;
  const Octets packet = ipv4(counting(100), {}, 0, 1);
  path.send({from_wan(packet) + Octets(9), from_wan(packet)});
  EXPECT_EQ(path.totals().forwarded_ip_octets.value(), 240u);
  EXPECT_EQ(path.of_session(0).ip_octets.value(), 240u);
}

}  // namespace
}  // namespace narrows::test
