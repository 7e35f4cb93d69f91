// SPDX-License-Identifier: BSD-3-Clause
/// terminate, WAN→LAN: the table of the contract's section 4, row by row.
#include "path.h"

namespace narrows::test {
namespace {

const Octets kPacket = ipv4(tcp(kAck, {}, counting(20)));

/// A frame of the session whose PPPoE part is `payload`.
Octets session_frame(const Octets& payload) {
  return ethernet(kWanMac, kAcMac, 0x8864, payload);
}

Octets with_destination(const Octets& destination, Octets frame) {
  std::copy(destination.begin(), destination.end(), frame.begin());
  return frame;
}

TEST(StripFates, WhoItIsFor) {
  StripPath path;
  const Octets frame = from_wan(kPacket);
  const Octets discovery = ethernet(kWanMac, kAcMac, 0x8863, Octets(46));
  expect_fates(path,
               {
                   {"to us", frame, "forward"},
                   {"to another", with_destination(kPeerMac, frame), "wrong_destination"},
                   {"to the LAN port's MAC", with_destination(kLanMac, frame), "wrong_destination"},
                   {"broadcast", with_destination(Octets(6, 0xff), frame), "wrong_destination"},
                   {"multicast", with_destination({1, 0, 0x5e, 0, 0, 1}, frame), "wrong_destination"},
                   {"broadcast discovery", with_destination(Octets(6, 0xff), discovery), "wrong_destination"},
                   {"discovery to us", discovery, "punt"},
               });
}

TEST(StripFates, VlansOfNoSession) {
  session::SessionSpec spec = plain_session();
  spec.wan_vlans = {100, 7};
  StripPath path({spec});
  const Octets frame = from_wan(kPacket);
  const Octets discovery = ethernet(kWanMac, kAcMac, 0x8863, Octets(46));
  expect_fates(
      path,
      {
          {"its VLANs", tagged(tagged(frame, 0x8100, 7), 0x88a8, 100), "forward"},
          {"untagged", frame, "unknown_vlan"},
          {"priority tag", tagged(frame, 0x8100, 0xe000), "unknown_vlan"},
          {"outer alone", tagged(frame, 0x88a8, 100), "unknown_vlan"},
          {"inner alone", tagged(frame, 0x8100, 7), "unknown_vlan"},
          {"the wrong way round", tagged(tagged(frame, 0x8100, 100), 0x88a8, 7), "unknown_vlan"},
          {"another inner one", tagged(tagged(frame, 0x8100, 8), 0x88a8, 100), "unknown_vlan"},
          {"discovery on its VLANs", tagged(tagged(discovery, 0x8100, 7), 0x88a8, 100), "punt"},
          {"discovery on others", tagged(discovery, 0x8100, 7), "unknown_vlan"},
          {"a bad version on others", with8(frame, 14, 0x21), "unknown_vlan"},
          {"three tags", tagged(tagged(tagged(frame, 0x8100, 9), 0x8100, 7), 0x88a8, 100), "unknown_vlan"},
      });
}

TEST(StripFates, OtherEthertypes) {
  StripPath path;
  for (const unsigned ethertype :
       {0u, 0x0800u, 0x0806u, 0x86ddu, 0x8862u, 0x8865u, 0x8809u, 0x9000u, 0xffffu})
    EXPECT_EQ(path.send(padded(ethernet(kWanMac, kAcMac, ethertype, Octets(46)))).fate, "not_pppoe")
        << ethertype;
}

TEST(StripFates, VersionCodeAndLength) {
  StripPath path;
  const Octets frame = from_wan(kPacket);
  constexpr std::size_t kVersion = 14;
  constexpr std::size_t kCode = 15;
  constexpr std::size_t kLength = 18;
  const unsigned length = get16(frame, kLength);
  expect_fates(path, {
                         {"version 2", with8(frame, kVersion, 0x21), "bad_version"},
                         {"type 2", with8(frame, kVersion, 0x12), "bad_version"},
                         {"version and code", with16(frame, kVersion, 0x2109), "bad_version"},
                         {"code of PADI", with8(frame, kCode, 0x09), "bad_code"},
                         {"code of PADT", with8(frame, kCode, 0xa7), "bad_code"},
                         {"code and length", with16(with8(frame, kCode, 1), kLength, 0), "bad_code"},
                         {"length 0", with16(frame, kLength, 0), "bad_length"},
                         {"length 1", with16(frame, kLength, 1), "bad_length"},
                         {"length 2, no IP", with16(frame, kLength, 2), "bad_ip"},
                         {"length one short of the IP packet", with16(frame, kLength, length - 1), "bad_ip"},
                         {"length as it is", frame, "forward"},
                         {"length one too many", with16(frame, kLength, length + 1), "bad_length"},
                         {"length one too many, with padding", with16(frame, kLength, length + 1) + Octets(1),
                          "forward"},
                         {"length 65535", with16(frame, kLength, 0xffff), "bad_length"},
                         {"bad length of no session", with16(with16(frame, 16, 9), kLength, 1), "bad_length"},
                     });
}

TEST(StripFates, SessionsNobodyKnows) {
  session::SessionSpec other = plain_session();
  other.id = 7;
  other.wan_vlans = {835};
  StripPath path({plain_session(), other});
  Octets from_another_ac = from_wan(kPacket);
  from_another_ac[11] ^= 1;
  expect_fates(path, {
                         {"its own", from_wan(kPacket, 0x1234), "forward"},
                         {"next id", from_wan(kPacket, 0x1235), "unknown_session"},
                         {"octets swapped", from_wan(kPacket, 0x3412), "unknown_session"},
                         {"id 0", from_wan(kPacket, 0), "unknown_session"},
                         {"id 0xffff", from_wan(kPacket, 0xffff), "unknown_session"},
                         {"another concentrator", from_another_ac, "unknown_session"},
                         {"id of another VLAN's session", from_wan(kPacket, 7), "unknown_session"},
                         {"the same with its VLAN", tagged(from_wan(kPacket, 7), 0x8100, 835), "forward"},
                         {"LCP of no session", session_frame(pppoe(9, 0xc021, Octets(8))), "unknown_session"},
                     });
}

TEST(StripFates, ProtocolsOfPpp) {
  StripPath path;
  for (const unsigned protocol :
       {0xc021u, 0xc023u, 0xc223u, 0xc025u, 0x8021u, 0x8057u, 0x80fdu, 0x8281u, 0x00fdu, 0x0281u, 0x0000u,
        0x0020u, 0x0022u, 0x002du, 0x0056u, 0x0058u, 0xfeffu}) {
    const Octets frame = session_frame(pppoe(0x1234, protocol, counting(60)));
    EXPECT_EQ(path.send(frame).fate, "punt") << protocol;
  }
  EXPECT_EQ(path.send(session_frame(pppoe(0x1234, 0xc021, {}))).fate, "punt")
      << "nothing behind the protocol";
  EXPECT_EQ(path.of_session(0).punted.value(), 18u);
}

TEST(StripFates, CompressedProtocols) {
  StripPath path;
  // The first octet of IPv4 is 0x45, of IPv6 0x60: compressed, they follow 0x21 or 0x57 at once.
  for (const unsigned protocol : {0x2145u, 0x5760u, 0x0100u, 0x0121u, 0xc121u, 0xffffu, 0xfd00u})
    EXPECT_EQ(path.send(session_frame(pppoe(0x1234, protocol, counting(60)))).fate, "compressed_protocol")
        << protocol;
  EXPECT_EQ(path.of_session(0).dropped[index_of(stats::DropReason::compressed_protocol)].value(), 7u);
}

TEST(StripFates, IpThatContradictsTheLength) {
  StripPath path;
  const Octets four = ipv4(counting(40), {}, 0, 1);
  const Octets six = ipv6_raw(kUdp, counting(40));
  const auto as = [](unsigned protocol, const Octets& ip) {
    return session_frame(pppoe(0x1234, protocol, ip));
  };
  expect_fates(path,
               {
                   {"IPv6 as IPv4", as(0x0021, six), "bad_ip"},
                   {"IPv4 as IPv6", as(0x0057, four), "bad_ip"},
                   {"IHL 4", as(0x0021, with8(four, 0, 0x44)), "bad_ip"},
                   {"IHL beyond the packet", as(0x0021, with16(with8(four, 0, 0x4f), 2, 59)), "bad_ip"},
                   {"total length one too many", as(0x0021, with16(four, 2, 61)), "bad_ip"},
                   {"the same, padding is no payload", as(0x0021, with16(four, 2, 61)) + Octets(9), "bad_ip"},
                   {"total length 19", as(0x0021, with16(four, 2, 19)), "bad_ip"},
                   {"payload length one too many", as(0x0057, with16(six, 4, 41)) + Octets(9), "bad_ip"},
                   {"payload length 0", as(0x0057, with16(six, 4, 0)), "forward"},
                   {"nothing", as(0x0021, {}), "bad_ip"},
               });
  EXPECT_EQ(path.of_session(0).dropped[index_of(stats::DropReason::bad_ip)].value(), 9u);
}

TEST(StripFates, EveryTruncation) {
  session::SessionSpec on_vlans = plain_session();
  on_vlans.wan_vlans = {100, 7};
  on_vlans.lan_vlan = 10;
  StripPath path({plain_session(), on_vlans});
  for (const bool with_tags : {false, true})
    for (const Octets& packet : {ipv4(tcp(kSyn, mss_option(1460))), ipv6(tcp(kSyn, mss_option(1460)))}) {
      const Octets frame =
          with_tags ? tagged(tagged(from_wan(packet), 0x8100, 7), 0x88a8, 100) : from_wan(packet);
      const std::size_t header = with_tags ? 22 : 14;
      for (std::size_t octets = 0; octets < frame.size(); ++octets)
        EXPECT_EQ(path.send(first_octets(frame, octets)).fate, octets < header ? "runt" : "bad_length")
            << octets;
    }
}

TEST(StripFates, BeyondTheMtuOfTheLan) {
  session::SessionSpec spec = plain_session();
  spec.lan_mtu_octets = 1400;
  StripPath path({spec});
  const Octets longest = ipv4(counting(1380), {}, 0, kUdp);
  expect_forward(path, from_wan(longest), to_lan(longest));
  EXPECT_EQ(path.send(from_wan(ipv4(counting(1381), {}, kDontFragment, kUdp))).fate, "too_big");
  EXPECT_EQ(path.send(from_wan(ipv4(counting(1381), {}, 0, kUdp))).fate, "fragment");
  EXPECT_EQ(path.send(from_wan(ipv6_raw(kUdp, counting(1361)))).fate, "too_big");
  EXPECT_EQ(path.send(from_wan(ipv4(counting(1481), {}, 0, kUdp))).fate, "super_frame");
  EXPECT_EQ(path.send(with16(from_wan(ipv4(counting(1480), {}, 0, kUdp)), 18, 9000)).fate, "bad_length");
  EXPECT_EQ(path.send(with16(from_wan(ipv4(counting(1481), {}, 0, kUdp)), 18, 9000)).fate, "super_frame")
      << "cut short";
  EXPECT_EQ(path.send(from_wan(with16(ipv4(counting(1481), {}, 0, kUdp), 2, 64'000))).fate, "super_frame")
      << "IP that is longer than LENGTH";
  Arrival scattered = from_wan(ipv4(tcp(kAck, {}, counting(3000))));
  scattered.in_first_buffer = 1800;
  EXPECT_EQ(path.send(scattered).fate, "super_frame");
  Arrival short_scattered = from_wan(kPacket) + Octets(100);
  short_scattered.in_first_buffer = 90;
  EXPECT_EQ(path.send(short_scattered).fate, "super_frame");
}

/// Tags are no part of what the MTU counts.
TEST(StripFates, BeyondTheMtuBehindTags) {
  session::SessionSpec spec = plain_session();
  spec.wan_vlans = {100, 7};
  StripPath path({spec});
  const auto cut_short = [](std::size_t ip_octets) {
    const Octets frame = with16(from_wan(ipv4(counting(ip_octets - 20), {}, 0, kUdp)), 18, 9000);
    return tagged(tagged(frame, 0x8100, 7), 0x88a8, 100);
  };
  expect_fates(path, {{"the most", cut_short(1500), "bad_length"}, {"more", cut_short(1501), "super_frame"}});
}

TEST(StripFates, ABufferWithoutRoomForTheHeaders) {
  StripPath path;
  const std::size_t buffer = RTE_MBUF_DEFAULT_BUF_SIZE;
  const auto in_buffer_at = [](std::size_t headroom) {
    Arrival arrival = from_wan(ipv4({}, {}, 0, 1));
    arrival.headroom = static_cast<std::uint16_t>(headroom);
    return arrival;
  };
  for (const std::size_t headroom : {std::size_t{0}, std::size_t{9}, buffer - 22 - 59, buffer - 22 - 20})
    EXPECT_EQ(path.send(in_buffer_at(headroom)).fate, "no_room") << headroom;
  for (const std::size_t headroom : {std::size_t{10}, buffer - 22 - 60})
    EXPECT_EQ(path.send(in_buffer_at(headroom)).fate, "forward") << headroom;
}

}  // namespace
}  // namespace narrows::test
