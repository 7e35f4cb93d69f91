// SPDX-License-Identifier: BSD-3-Clause
/// terminate, LAN→WAN: the exact frames that leave (contract, section 3).
#include "path.h"

namespace narrows::test {
namespace {

TEST(Add, EveryLengthOfBothFamilies) {
  AddPath path;
  for (std::size_t payload = 0; payload <= 1452; payload += payload < 64 ? 1 : 97) {
    const Octets four = ipv4(tcp(kAck, {}, counting(payload)));
    expect_forward(path, padded(from_lan(four)), to_wan(four));
    if (payload > 1432) continue;
    const Octets six = ipv6(tcp(kAck, {}, counting(payload)));
    expect_forward(path, padded(from_lan(six)), to_wan(six));
  }
}

TEST(Add, ShortPacketsArePaddedWithZeros) {
  AddPath path;
  for (std::size_t payload = 0; payload < 40; ++payload) {
    const Octets packet = ipv4(counting(payload), {}, 0, 1);
    expect_forward(path, from_lan(packet), to_wan(packet));
    expect_forward(path, from_lan(packet) + Octets(40, 0xdd), to_wan(packet));
  }
}

TEST(Add, LengthIsTheIpPacketsNotTheFrames) {
  AddPath path;
  const Octets packet = ipv4(tcp(kAck, {}, counting(600)));
  for (const std::size_t behind : {1u, 4u, 18u, 700u})
    expect_forward(path, from_lan(packet) + Octets(behind, 0xdd), to_wan(packet));
}

TEST(Add, TheLongestPacketTheSessionCarries) {
  AddPath path;
  const Octets four = ipv4(tcp(kAck, {}, counting(1452)));
  ASSERT_EQ(four.size(), 1492u);
  expect_forward(path, from_lan(four), to_wan(four));
  EXPECT_EQ(path.send(from_lan(ipv4(tcp(kAck, {}, counting(1453)), {}, kDontFragment))).fate, "too_big");
  const Octets six = ipv6(tcp(kAck, {}, counting(1432)));
  expect_forward(path, from_lan(six), to_wan(six));
  EXPECT_EQ(path.send(from_lan(ipv6(tcp(kAck, {}, counting(1433))))).fate, "too_big");
}

TEST(Add, AWireNotARouter) {
  AddPath path;
  for (const unsigned octet : {0u, 1u, 2u, 255u}) {
    const Octets four = with8(with8(ipv4(udp(counting(9)), {}, 0x4000, kUdp), 1, octet), 8, octet);
    expect_forward(path, from_lan(four), to_wan(four));
    const Octets six = with8(with8(ipv6_raw(kUdp, udp(counting(9))), 1, octet), 7, octet);
    expect_forward(path, from_lan(six), to_wan(six));
  }
  const Octets wrong_header_checksum = with16(ipv4(udp(counting(9)), {}, 0, kUdp), 10, 0xbad);
  expect_forward(path, from_lan(wrong_header_checksum), to_wan(wrong_header_checksum));
}

TEST(Add, EveryKindOfPacketPasses) {
  AddPath path;
  for (const Octets& packet :
       {ipv4(tcp(kAck), Octets{7, 3, 4, 0}), ipv4(counting(99), {}, 0x2000), ipv4(counting(99), {}, 0x00b9),
        ipv4(counting(8), {}, 0, 1), ipv4(counting(30), {}, 0, kEsp), ipv4({}, {}, 0, kTcp),
        ipv6_raw(kNoNextHeader, {}), ipv6_raw(kEsp, counting(50)), ipv6_raw(kIcmpv6, Octets{128, 0, 0, 0}),
        ipv6_raw(kIcmpv6, {}), ipv6_raw(kHopByHop, extension(kUdp) + udp({})),
        ipv6_raw(kHopByHop, counting(3)), ipv6_raw(kFragmentHeader, fragment_header(kTcp, 9) + counting(30))})
    expect_forward(path, from_lan(packet), to_wan(packet));
}

TEST(Add, LinkMulticastOfIpv6Passes) {
  AddPath path;
  const Octets all_routers{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
  const Octets dhcp_servers{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2};
  for (const Octets& packet : {ipv6_raw(kIcmpv6, Octets{133, 0, 0, 0, 0, 0, 0, 0}, all_routers),
                               ipv6_raw(kIcmpv6, Octets{143, 0, 0, 0, 0, 0, 0, 0}, all_routers),
                               ipv6_raw(kUdp, udp(counting(20)), dhcp_servers)}) {
    const Octets group = Octets{0x33, 0x33} + Octets(packet.begin() + 36, packet.begin() + 40);
    expect_forward(path, ethernet(group, kPeerMac, 0x86dd, packet), to_wan(packet));
    expect_forward(path, from_lan(packet), to_wan(packet));
  }
}

session::SessionSpec on_vlans(std::uint16_t lan_vlan, const std::vector<std::uint16_t>& wan_vlans,
                              std::uint8_t pcp) {
  session::SessionSpec spec = plain_session();
  spec.lan_vlan = lan_vlan;
  spec.wan_vlans = wan_vlans;
  spec.pcp = pcp;
  spec.id = static_cast<std::uint16_t>(lan_vlan + 1);
  return spec;
}

TEST(Add, EachLanVlanItsSessionAndTags) {
  AddPath path({on_vlans(0, {}, 0), on_vlans(10, {835}, 5), on_vlans(4094, {100, 7}, 3)});
  for (const Octets& packet : {ipv4(tcp(kAck)), ipv4(tcp(kAck, {}, counting(7))),
                               ipv6(tcp(kAck, {}, counting(700))), ipv4({}, {}, 0, 1)}) {
    expect_forward(path, from_lan(packet), to_wan(packet, 1));
    expect_forward(path, tagged(from_lan(packet), 0x8100, 10), tagged(to_wan(packet, 11), 0x8100, 0xa343));
    expect_forward(path, tagged(from_lan(packet), 0x8100, 4094),
                   tagged(tagged(to_wan(packet, 4095), 0x8100, 0x6007), 0x88a8, 0x6064));
  }
  for (std::size_t session = 0; session < 3; ++session)
    EXPECT_EQ(path.of_session(session).packets.value(), 4u);
}

TEST(Add, APriorityTagCountsAsUntagged) {
  AddPath path;
  const Octets packet = ipv4(tcp(kAck));
  for (unsigned bits = 0; bits < 16; ++bits)
    expect_forward(path, tagged(from_lan(packet), 0x8100, bits << 12), to_wan(packet));
}

TEST(Add, PriorityBitsOfTheLanChooseNothing) {
  AddPath path({on_vlans(10, {835}, 5)});
  const Octets packet = ipv4(tcp(kAck));
  for (unsigned bits = 0; bits < 16; ++bits)
    expect_forward(path, tagged(from_lan(packet), 0x8100, bits << 12 | 10),
                   tagged(to_wan(packet, 11), 0x8100, 0xa343));
}

TEST(Add, CountsIpOctetsOfTheDirectionAndTheSession) {
  AddPath path({on_vlans(0, {}, 0), on_vlans(10, {}, 0)});
  const Octets packet = ipv4(counting(100), {}, 0, 1);
  const Arrival first = from_lan(packet) + Octets(9);
  const Arrival second = tagged(from_lan(packet), 0x8100, 10);
  path.send({first, second, second, first, second});
  EXPECT_EQ(path.totals().forwarded_ip_octets.value(), 600u);
  EXPECT_EQ(path.of_session(0).ip_octets.value(), 240u);
  EXPECT_EQ(path.of_session(1).ip_octets.value(), 360u);
}

}  // namespace
}  // namespace narrows::test
