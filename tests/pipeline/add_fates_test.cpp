// SPDX-License-Identifier: BSD-3-Clause
/// terminate, LAN→WAN: what is punted, what is dropped and why (contract, section 3).
#include "path.h"

namespace narrows::test {
namespace {

const Octets kBroadcast(6, 0xff);
const Octets kOther{0x02, 0, 0, 0, 0, 0x55};
const Octets kIpv6Group{0x33, 0x33, 0, 0, 0, 1};
const Octets kIpv4Group{0x01, 0, 0x5e, 0, 0, 1};
const Octets kLinkScope{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
const Octets kSiteScope{0xff, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
const Octets kGlobalScope{0xff, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
const Octets kArp = Octets{0, 1, 8, 0, 6, 4, 0, 1} + Octets(20);

Octets frame_to(const Octets& destination, unsigned ethertype, const Octets& payload) {
  return ethernet(destination, kPeerMac, ethertype, payload);
}

Octets solicitation(const Octets& destination) {
  return ipv6_raw(kIcmpv6, Octets{135, 0, 0, 0} + Octets(20), destination);
}

TEST(AddFates, WhoItIsFor) {
  AddPath path;
  const Octets packet = ipv4(tcp(kAck));
  const Octets link = ipv6_raw(kUdp, udp({}), kLinkScope);
  expect_fates(
      path,
      {
          {"to us", frame_to(kLanMac, 0x0800, packet), "forward"},
          {"to another", frame_to(kOther, 0x0800, packet), "wrong_destination"},
          {"last octet differs", frame_to(with8(kLanMac, 5, 3), 0x0800, packet), "wrong_destination"},
          {"first octet differs", frame_to(with8(kLanMac, 0, 6), 0x0800, packet), "wrong_destination"},
          {"IPv6 to another", frame_to(kOther, 0x86dd, link), "wrong_destination"},
          {"broadcast IPv4", frame_to(kBroadcast, 0x0800, packet), "multicast"},
          {"multicast IPv4", frame_to(kIpv4Group, 0x0800, packet), "multicast"},
          {"IPv4 to an IPv6 group's MAC", frame_to(kIpv6Group, 0x0800, packet), "multicast"},
          {"broadcast IPv6", frame_to(kBroadcast, 0x86dd, link), "multicast"},
          {"link scope", frame_to(kIpv6Group, 0x86dd, link), "forward"},
          {"site scope", frame_to(kIpv6Group, 0x86dd, ipv6_raw(kUdp, udp({}), kSiteScope)), "multicast"},
          {"global scope", frame_to(kIpv6Group, 0x86dd, ipv6_raw(kUdp, udp({}), kGlobalScope)), "multicast"},
          {"unicast to a group's MAC", frame_to(kIpv6Group, 0x86dd, ipv6_raw(kUdp, udp({}))), "multicast"},
          {"LLDP", frame_to({1, 0x80, 0xc2, 0, 0, 0x0e}, 0x88cc, Octets(46)), "multicast"},
          {"broadcast discovery", frame_to(kBroadcast, 0x8863, Octets(46)), "multicast"},
      });
}

TEST(AddFates, ArpAndNeighbourSolicitationArePunted) {
  AddPath path;
  const Octets group{0x33, 0x33, 0xff, 0, 0, 1};
  const Octets solicited{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 1};
  expect_fates(
      path,
      {
          {"ARP to all", padded(frame_to(kBroadcast, 0x0806, kArp)), "punt"},
          {"ARP to us", frame_to(kLanMac, 0x0806, kArp), "punt"},
          {"ARP to another", frame_to(kOther, 0x0806, kArp), "wrong_destination"},
          {"ARP to a group", frame_to(kIpv4Group, 0x0806, kArp), "multicast"},
          {"ARP without a body", frame_to(kBroadcast, 0x0806, {}), "punt"},
          {"ARP with a priority tag", tagged(frame_to(kBroadcast, 0x0806, kArp), 0x8100, 0xe000), "punt"},
          {"ARP on a foreign VLAN", tagged(frame_to(kBroadcast, 0x0806, kArp), 0x8100, 7), "unknown_vlan"},
          {"NS to the solicited node", frame_to(group, 0x86dd, solicitation(solicited)), "punt"},
          {"NS to us", frame_to(kLanMac, 0x86dd, solicitation(kDestination6)), "punt"},
          {"NS of its first octet only", frame_to(group, 0x86dd, ipv6_raw(kIcmpv6, {135}, solicited)),
           "punt"},
          {"NS without ICMPv6 octets, padding says 135",
           frame_to(group, 0x86dd, ipv6_raw(kIcmpv6, {}, solicited) + Octets{135}), "forward"},
          {"NA", frame_to(group, 0x86dd, ipv6_raw(kIcmpv6, {136, 0, 0, 0}, solicited)), "forward"},
          {"UDP whose first octet is 135", frame_to(kLanMac, 0x86dd, ipv6_raw(kUdp, Octets(8, 135))),
           "forward"},
      });
  EXPECT_EQ(path.of_session(0).punted.value(), 7u);
}

TEST(AddFates, VlansOfNoSession) {
  session::SessionSpec spec = plain_session();
  spec.lan_vlan = 10;
  AddPath path({spec});
  const Octets frame = from_lan(ipv4(tcp(kAck)));
  expect_fates(
      path,
      {
          {"its VLAN", tagged(frame, 0x8100, 10), "forward"},
          {"untagged", frame, "unknown_vlan"},
          {"priority tag", tagged(frame, 0x8100, 0xe000), "unknown_vlan"},
          {"next VLAN", tagged(frame, 0x8100, 11), "unknown_vlan"},
          {"VLAN 4095", tagged(frame, 0x8100, 4095), "unknown_vlan"},
          {"service tag", tagged(frame, 0x88a8, 10), "unknown_vlan"},
          {"two tags, its VLAN outside", tagged(tagged(frame, 0x8100, 20), 0x8100, 10), "unknown_vlan"},
          {"two tags, its VLAN inside", tagged(tagged(frame, 0x8100, 10), 0x88a8, 20), "unknown_vlan"},
          {"three tags", tagged(tagged(tagged(frame, 0x8100, 10), 0x8100, 10), 0x8100, 10), "unknown_vlan"},
      });
  EXPECT_EQ(path.of_session(0).packets.value(), 1u);
}

TEST(AddFates, OtherEthertypes) {
  AddPath path;
  for (const unsigned ethertype : {0u, 0x002eu, 0x0801u, 0x0835u, 0x8035u, 0x8847u, 0x8863u, 0x8864u, 0x888eu,
                                   0x9000u, 0x9100u, 0xffffu})
    EXPECT_EQ(path.send(padded(frame_to(kLanMac, ethertype, Octets(46)))).fate, "not_ip") << ethertype;
}

TEST(AddFates, IpThatContradictsTheFrame) {
  AddPath path;
  const Octets four = ipv4(counting(40), {}, 0, 1);
  const Octets six = ipv6_raw(kUdp, counting(40));
  expect_fates(
      path,
      {
          {"IPv6 under IPv4's ethertype", frame_to(kLanMac, 0x0800, six), "bad_ip"},
          {"IPv4 under IPv6's ethertype", frame_to(kLanMac, 0x86dd, four), "bad_ip"},
          {"version 5", frame_to(kLanMac, 0x0800, with8(four, 0, 0x55)), "bad_ip"},
          {"version 0", frame_to(kLanMac, 0x86dd, with8(six, 0, 0)), "bad_ip"},
          {"IHL 4", frame_to(kLanMac, 0x0800, with8(four, 0, 0x44)), "bad_ip"},
          {"IHL 0", frame_to(kLanMac, 0x0800, with8(four, 0, 0x40)), "bad_ip"},
          {"IHL beyond the packet", frame_to(kLanMac, 0x0800, with16(with8(four, 0, 0x4f), 2, 59)), "bad_ip"},
          {"IHL up to the packet's end", frame_to(kLanMac, 0x0800, with8(four, 0, 0x4f)), "forward"},
          {"total length 0", frame_to(kLanMac, 0x0800, with16(four, 2, 0)), "bad_ip"},
          {"total length 19", frame_to(kLanMac, 0x0800, with16(four, 2, 19)), "bad_ip"},
          {"total length 20", frame_to(kLanMac, 0x0800, with16(four, 2, 20)), "forward"},
          {"total length one too many", frame_to(kLanMac, 0x0800, with16(four, 2, 61)), "bad_ip"},
          {"payload length one too many", frame_to(kLanMac, 0x86dd, with16(six, 4, 41)), "bad_ip"},
          {"payload length 0", frame_to(kLanMac, 0x86dd, with16(six, 4, 0)), "forward"},
          {"payload length 65535", frame_to(kLanMac, 0x86dd, with16(six, 4, 0xffff)), "bad_ip"},
      });
}

TEST(AddFates, EveryTruncation) {
  session::SessionSpec on_vlan = plain_session();
  on_vlan.lan_vlan = 10;
  AddPath path({plain_session(), on_vlan});
  for (const bool with_tag : {false, true})
    for (const Octets& packet : {ipv4(tcp(kSyn, mss_option(1460))), ipv6(tcp(kSyn, mss_option(1460)))}) {
      const Octets frame = with_tag ? tagged(from_lan(packet), 0x8100, 10) : from_lan(packet);
      const std::size_t header = with_tag ? 18 : 14;
      for (std::size_t octets = 0; octets < frame.size(); ++octets) {
        EXPECT_EQ(path.send(first_octets(frame, octets)).fate, octets < header ? "runt" : "bad_ip") << octets;
      }
    }
}

TEST(AddFates, BeyondTheMtu) {
  AddPath path;
  Arrival scattered = from_lan(ipv4(tcp(kAck, {}, counting(3000))));
  scattered.in_first_buffer = 1800;
  const auto udp_of = [](std::size_t octets, unsigned flags) {
    return from_lan(ipv4(counting(octets - 20), {}, flags, kUdp));
  };
  const Octets cut = with16(ipv4(tcp(kAck, {}, counting(1461))), 2, 64'000);
  expect_fates(
      path,
      {
          {"the most the line carries", udp_of(1492, kDontFragment), "forward"},
          {"an octet more", udp_of(1493, kDontFragment), "too_big"},
          {"an octet more, without DF", udp_of(1493, 0), "fragment"},
          {"an octet more, itself a fragment", udp_of(1493, kMoreFragments | 185), "fragment"},
          {"an octet more, a fragment with DF", udp_of(1493, kDontFragment | kMoreFragments), "too_big"},
          {"the most the LAN carries", udp_of(1500, kDontFragment), "too_big"},
          {"the most the LAN carries, without DF", udp_of(1500, 0), "fragment"},
          {"IPv6", from_lan(ipv6_raw(kUdp, counting(1453))), "too_big"},
          {"more than the LAN carries", udp_of(1501, kDontFragment), "super_frame"},
          {"more than the LAN carries, without DF", udp_of(1501, 0), "super_frame"},
          {"scattered over two buffers", scattered, "super_frame"},
          {"too long, its header damaged", with8(udp_of(1493, kDontFragment), 14 + 8, 63), "bad_ip"},
          {"too long, its header damaged, without DF", with8(udp_of(1493, 0), 14 + 19, 3), "bad_ip"},
          {"a fragment that ends where a datagram may", udp_of(1500, 8004), "fragment"},
          {"a fragment whose pieces would begin again at 0", udp_of(1500, 8005), "too_big"},
          {"cut short", from_lan(cut), "super_frame"},
          {"a lying length", from_lan(with16(ipv4(tcp(kAck)), 2, 64'000)), "bad_ip"},
      });
  EXPECT_EQ(path.of_session(0).dropped[index_of(stats::DropReason::too_big)].value(), 5u);
  EXPECT_EQ(path.of_session(0).ip_octets.value(), 1492u + 1493 + 1493 + 1500 + 1500);
}

TEST(AddFates, ABufferWithoutRoomForTheHeaders) {
  AddPath path;
  const Octets packet = ipv4(tcp(kAck));
  const auto in_buffer_at = [&](std::size_t headroom) {
    Arrival arrival = from_lan(packet);
    arrival.headroom = static_cast<std::uint16_t>(headroom);
    return arrival;
  };
  const std::size_t buffer = RTE_MBUF_DEFAULT_BUF_SIZE;
  for (const std::size_t headroom : {std::size_t{0}, std::size_t{17}, buffer - 14 - 59, buffer - 14 - 40})
    EXPECT_EQ(path.send(in_buffer_at(headroom)).fate, "no_room") << headroom;
  for (const std::size_t headroom : {std::size_t{18}, std::size_t{19}, buffer - 14 - 60})
    expect_forward(path, in_buffer_at(headroom), to_wan(packet));
}

}  // namespace
}  // namespace narrows::test
