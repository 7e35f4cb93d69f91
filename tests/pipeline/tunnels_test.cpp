// SPDX-License-Identifier: BSD-3-Clause
/// TCP inside tunnels: what is clamped there, to what, and what is left alone (mss.tunnels).
#include "tunnels.h"

#include <algorithm>

#include "path.h"

namespace narrows::test {
namespace {

using stats::OddCase;

constexpr unsigned kMtu = 1492;
constexpr std::uint64_t kNone = RTE_MBUF_F_RX_L4_CKSUM_NONE;
constexpr std::uint64_t kGood = RTE_MBUF_F_RX_L4_CKSUM_GOOD;

/// plain_session(), TCP inside tunnels clamped.
session::SessionSpec tunnel_session(std::uint16_t mtu_octets = kMtu) {
  session::SessionSpec spec = plain_session();
  spec.tunnel_mtu_octets = mtu_octets;
  return spec;
}

/// A way through the data path: its path, how its frames look, and its limits for TCP outside tunnels.
struct Way {
  const char* what;
  Path& path;
  std::function<Octets(const Octets&)> arrive;
  std::function<Octets(const Octets&)> leave;
  unsigned limit4;
  unsigned limit6;
};

struct Ways {
  Ways() {
    for (Path* path : {static_cast<Path*>(&outward), static_cast<Path*>(&inward)})
      path->context.tunnel_mtu_octets = kMtu;
  }

  AddPath add{{tunnel_session()}};
  StripPath strip{{tunnel_session()}};
  TransparentPath outward{Direction::lan_to_wan};
  TransparentPath inward{Direction::wan_to_lan};
  static Octets in_pppoe(const Octets& ip) { return from_wan(ip); }
  static Octets tagged_pppoe(const Octets& ip) { return tagged(tagged(from_wan(ip), 0x8100, 7), 0x88a8, 8); }
  static Octets leaving(const Octets& ip) { return to_wan(ip); }
  const std::vector<Way> all{
      {"add", add, from_lan, leaving, 1452, 1432},
      {"strip", strip, in_pppoe, to_lan, 1450, 1430},
      {"transparent, IP", outward, from_lan, from_lan, 1452, 1432},
      {"transparent, PPPoE", outward, in_pppoe, in_pppoe, 1452, 1432},
      {"transparent, PPPoE behind two tags, inward", inward, tagged_pppoe, tagged_pppoe, 1450, 1430},
  };
};

/// An inner SYN of each family: MSS 1460 behind `nops`, or whatever it is lowered to.
Octets syn(bool v4, unsigned mss, std::size_t nops = 0) {
  const Octets segment = tcp(kSyn, Octets(nops, 1) + mss_option(mss), counting(3));
  return v4 ? ipv4(segment) : ipv6(segment);
}

/// The packet with its TCP checksum, of a segment behind a plain header, off by some amount.
Octets with_wrong_checksum(Octets ip) {
  const std::size_t field = (is_ipv4(ip) ? 20 : 40) + 16;
  put16(ip, field, (get16(ip, field) + 0xffff - 0x1111) % 0xffff);
  return ip;
}

/// Whether all of a GRE packet sums up to what RFC 1071 asks for.
bool is_gre_right(const Octets& gre) {
  return ones_complement_sum(gre) == 0xffff;
}

TEST(Tunnels, WhatTheOuterHeadersTakeIsNotThereForTheSegment) {
  Ways ways;
  for (const Way& way : ways.all)
    for (const Tunnel& tunnel : tunnels())
      for (const bool v4 : {true, false})
        for (const std::size_t nops : {0u, 1u, 2u, 3u}) {
          SCOPED_TRACE(testing::Message() << way.what << ", " << tunnel.what << ", " << tunnel.outer_octets);
          const unsigned room = kMtu - tunnel.outer_octets - (v4 ? 40 : 60);
          ASSERT_LT(room, v4 ? way.limit4 : way.limit6);
          const auto clamped = way.path.totals().clamped[v4 ? 0 : 1].value();
          expect_forward(way.path, way.arrive(tunnel.wrap(syn(v4, 1460, nops))),
                         way.leave(tunnel.wrap(syn(v4, room, nops))));
          EXPECT_EQ(way.path.totals().clamped[v4 ? 0 : 1].value(), clamped + 1);
          // What fits already stays as it is.
          expect_forward(way.path, way.arrive(tunnel.wrap(syn(v4, room, nops))),
                         way.leave(tunnel.wrap(syn(v4, room, nops))));
          EXPECT_EQ(way.path.totals().clamped[v4 ? 0 : 1].value(), clamped + 1);
        }
  const auto packets = tunnels().size() * 2 * 4 * 2;
  EXPECT_EQ(ways.add.odd(OddCase::tunnelled_syn), packets);
  EXPECT_EQ(ways.add.totals().syn[0].value(), packets / 2);
  EXPECT_EQ(ways.add.of_session(0).syn[1].value(), packets / 2);
  EXPECT_EQ(ways.add.of_session(0).clamped[1].value(), packets / 4);
  EXPECT_EQ(ways.add.odd(OddCase::odd_offset_mss), packets / 4);
}

TEST(Tunnels, AWrongInnerChecksumStaysWrongAndGresRight) {
  Ways ways;
  for (const Way& way : ways.all)
    for (const Tunnel& tunnel : tunnels())
      for (const bool v4 : {true, false})
        for (const std::size_t nops : {0u, 1u}) {
          SCOPED_TRACE(testing::Message() << way.what << ", " << tunnel.what << ", " << tunnel.outer_octets);
          const unsigned room = kMtu - tunnel.outer_octets - (v4 ? 40 : 60);
          expect_forward(way.path, way.arrive(tunnel.wrap(with_wrong_checksum(syn(v4, 1460, nops)))),
                         way.leave(tunnel.wrap(with_wrong_checksum(syn(v4, room, nops)))));
        }
}

/// The argument at clamp_tunnels() in figures: whatever MSS and payload, GRE's sum stays as it was, right or
/// wrong.
TEST(Tunnels, AGreChecksumIsWhatItWas) {
  AddPath path({tunnel_session()});
  for (unsigned mss = 1433; mss < 0x10000; mss += 97)
    for (const std::size_t nops : {0u, 1u})
      for (const bool v4 : {true, false}) {
        const Octets gre_packet = gre_of(kGreChecksum, syn(v4, mss, nops));
        ASSERT_TRUE(is_gre_right(gre_packet));
        const Departure right = path.send(from_lan(ipv4(gre_packet, {}, 0, kGre)));
        const Octets leaving(right.frame.begin() + 22 + 20, right.frame.end());
        EXPECT_TRUE(is_gre_right(leaving)) << mss;
        EXPECT_EQ(get16(leaving, 4), get16(gre_packet, 4)) << "it need not even be touched";
        EXPECT_NE(leaving, gre_packet);

        const Octets wrong = with16(gre_packet, 4, (get16(gre_packet, 4) + 0x0101) & 0xffff);
        const Departure still = path.send(from_lan(ipv4(wrong, {}, 0, kGre)));
        EXPECT_FALSE(is_gre_right(Octets(still.frame.begin() + 22 + 20, still.frame.end()))) << mss;
      }
}

TEST(Tunnels, KnownFigures) {
  const auto through = [](unsigned mtu, bool v4, const std::function<Octets(const Octets&)>& wrap,
                          unsigned room) {
    session::SessionSpec spec = tunnel_session(static_cast<std::uint16_t>(mtu));
    spec.mtu_octets = static_cast<std::uint16_t>(mtu);
    spec.max_mss[0] = {static_cast<std::uint16_t>(mtu - 40), static_cast<std::uint16_t>(mtu - 60)};
    AddPath path({spec});
    expect_forward(path, from_lan(wrap(syn(v4, 8960))), to_wan(wrap(syn(v4, room))));
  };
  const auto in_ipv4 = [](const Octets& ip) { return ipv4(ip, {}, 0, protocol_of(ip)); };
  const auto in_ipv6 = [](const Octets& ip) { return ipv6_raw(protocol_of(ip), ip); };
  const auto in_gre = [](const Octets& ip) { return ipv4(gre_of(0, ip), {}, 0, kGre); };
  through(1454, true, in_ipv6, 1374);  // DS-Lite on FLET'S
  through(1492, true, in_ipv6, 1412);  // DS-Lite on PPPoE
  through(1500, true, in_gre, 1436);   // GRE over IPv4: MTU 1476
  through(1500, false, in_gre, 1416);
  through(1492, false, in_ipv4, 1412);  // 6in4 on PPPoE: MTU 1472
  through(1500, false, in_ipv4, 1420);
}

TEST(Tunnels, OffLeavesThemAlone) {
  AddPath path;
  for (const Tunnel& tunnel : tunnels())
    for (const bool v4 : {true, false})
      expect_forward(path, from_lan(tunnel.wrap(syn(v4, 1460))), to_wan(tunnel.wrap(syn(v4, 1460))));
  EXPECT_EQ(path.totals().syn[0].value() + path.totals().syn[1].value(), 0u);
  EXPECT_EQ(path.odd(OddCase::tunnelled_syn), 0u);
}

TEST(Tunnels, AFigureIsAnUpperBoundAndOffIsOff) {
  session::SessionSpec spec = tunnel_session();
  spec.max_mss = {{{1300, 0xffff}, {0xffff, 1440}}};
  AddPath add({spec});
  StripPath strip({spec});
  const auto wrap = [](const Octets& ip) { return ipv4(ip, {}, 0, protocol_of(ip)); };
  expect_forward(add, from_lan(wrap(syn(true, 1460))), to_wan(wrap(syn(true, 1300))));
  expect_forward(add, from_lan(wrap(syn(false, 1460))), to_wan(wrap(syn(false, 1460))));
  expect_forward(strip, from_wan(wrap(syn(true, 1460))), to_lan(wrap(syn(true, 1460))));
  expect_forward(strip, from_wan(wrap(syn(false, 1460))), to_lan(wrap(syn(false, 1412))));
  EXPECT_EQ(add.totals().syn[1].value(), 1u) << "counted all the same";
}

TEST(Tunnels, EachSessionHasItsOwn) {
  session::SessionSpec off = plain_session();
  off.id = 2;
  off.lan_vlan = 10;
  session::SessionSpec narrow = tunnel_session(1454);
  narrow.id = 3;
  narrow.lan_vlan = 11;
  AddPath path({tunnel_session(), off, narrow});
  const auto frame = [](unsigned mss) { return ipv6_raw(kIpInIp, syn(true, mss)); };
  const auto departures = path.send({from_lan(frame(1460)), tagged(from_lan(frame(1460)), 0x8100, 10),
                                     tagged(from_lan(frame(1460)), 0x8100, 11)});
  EXPECT_EQ(departures[0].frame, to_wan(frame(1412)));
  EXPECT_EQ(departures[1].frame, to_wan(frame(1460), 2));
  EXPECT_EQ(departures[2].frame, to_wan(frame(1374), 3));
  EXPECT_EQ(path.of_session(0).clamped[0].value(), 1u);
  EXPECT_EQ(path.of_session(1).syn[0].value(), 0u);
  EXPECT_EQ(path.of_session(2).clamped[0].value(), 1u);
}

TEST(Tunnels, OuterFragmentsAndInnerOnes) {
  AddPath path({tunnel_session()});
  const auto untouched = [&path](const Octets& ip) { expect_forward(path, from_lan(ip), to_wan(ip)); };
  for (const unsigned fragment : {0x0001u, 0x2001u, 0x1fffu}) {
    untouched(ipv4(syn(true, 1460), {}, fragment, kIpInIp));
    untouched(ipv4(ipv4(tcp(kSyn, mss_option(1460)), {}, fragment), {}, 0, kIpInIp));
  }
  untouched(ipv6_raw(kFragmentHeader, fragment_header(kIpInIp, 5) + syn(true, 1460)));
  // A first fragment ends before the packet in it does.
  const Octets inner = syn(true, 1460);
  untouched(ipv4(first_octets(inner, 46), {}, 0x2000, kIpInIp));
  EXPECT_EQ(path.odd(OddCase::tunnelled_syn), 0u);
  EXPECT_EQ(path.odd(OddCase::inconsistent_ip), 0u);
  // An inner first fragment has the TCP header.
  const auto first = [](unsigned mss) {
    return ipv4(ipv4(tcp(kSyn, mss_option(mss)), {}, 0x2000), {}, 0, kIpInIp);
  };
  expect_forward(path, from_lan(first(1460)), to_wan(first(1432)));
}

TEST(Tunnels, WhatCannotBeTrustedIsLeftAloneAndCounted) {
  AddPath path({tunnel_session()});
  const auto untouched = [&path](const Octets& inner) {
    const Octets packet = ipv4(inner, {}, 0, protocol_of(inner));
    expect_forward(path, from_lan(packet), to_wan(packet));
  };
  untouched(with16(syn(true, 1460), 2, 48));  // one octet more than there is
  untouched(with8(syn(true, 1460), 0, 0x44));
  untouched(with16(syn(false, 1460), 4, 28));
  EXPECT_EQ(path.odd(OddCase::inconsistent_ip), 3u);
  untouched(ipv4(first_octets(tcp(kSyn), 19)));
  EXPECT_EQ(path.odd(OddCase::truncated_tcp), 1u);
  untouched(ipv6_raw(kEsp, counting(40)));
  EXPECT_EQ(path.odd(OddCase::extension_header_end), 1u);
  untouched(ipv4(tcp(kSyn)));
  EXPECT_EQ(path.odd(OddCase::syn_without_mss), 1u);
  untouched(ipv4(tcp(kSyn, Octets{8, 1})));
  EXPECT_EQ(path.odd(OddCase::malformed_options), 1u);
  untouched(ipv4(with8(tcp(kSyn), 12, 0x40)));
  EXPECT_EQ(path.odd(OddCase::bad_data_offset), 1u);
  for (const unsigned flags : {0x10u, 0x04u, 0x06u, 0x16u, 0x01u})
    untouched(ipv4(tcp(static_cast<std::uint8_t>(flags), mss_option(1460))));
  untouched(ipv4(udp(counting(30)), {}, 0, kUdp));
  untouched(ipv4(syn(true, 1460), {}, 0, kIpInIp));  // one level more
  EXPECT_EQ(path.totals().clamped[0].value(), 0u);
  EXPECT_EQ(path.odd(OddCase::tunnelled_syn), 3u);
}

TEST(Tunnels, GreOfOtherKindsIsLeftAlone) {
  AddPath path({tunnel_session()});
  const Octets inner = syn(true, 1460);
  for (unsigned bit = 1; bit < 0x10000; bit <<= 1) {
    if (bit == kGreKey || bit == kGreSequence || bit == kGreChecksum) continue;
    const Octets packet = ipv4(be16(bit) + be16(0x0800) + Octets(12) + inner, {}, 0, kGre);
    expect_forward(path, from_lan(packet), to_wan(packet));
    const Octets short_one = ipv4(be16(bit) + be16(0x0800) + inner, {}, 0, kGre);
    expect_forward(path, from_lan(short_one), to_wan(short_one));
  }
  // PPTP (RFC 2637), Ethernet in GRE.
  for (const Octets& packet : {ipv4(be16(0x3081) + be16(0x880b) + counting(50), {}, 0, kGre),
                               ipv4(gre(0, 0x6558, inner), {}, 0, kGre)})
    expect_forward(path, from_lan(packet), to_wan(packet));
  EXPECT_EQ(path.odd(OddCase::tunnelled_syn), 0u);
}

TEST(Tunnels, HeadersThatLeaveNoRoomLeaveTheSegmentAlone) {
  TransparentPath path;
  const Octets options(40, 1);
  const auto packet = [&](unsigned mss) { return ipv4(syn(true, mss), options, 0, kIpInIp); };
  path.context.tunnel_mtu_octets = 100;  // 60 outside, 40 inside
  EXPECT_EQ(path.send(from_lan(packet(1460))).frame, from_lan(packet(1460)));
  path.context.tunnel_mtu_octets = 101;
  EXPECT_EQ(path.send(from_lan(packet(1460))).frame, from_lan(packet(1)));
}

TEST(Tunnels, NeverLeftToHardware) {
  AddPath path({tunnel_session()});
  path.context.hardware_checksum = true;
  const auto packet = [](unsigned mss) { return ipv4(syn(true, mss, 1), {}, 0, kIpInIp); };
  const Departure departure = path.send(Arrival(from_lan(packet(1460)), kGood));
  EXPECT_EQ(departure.frame, to_wan(packet(1432)));
  EXPECT_EQ(departure.marks, 0u);
}

/// A packet too long for the session is clamped, its checksums completed, before it is cut.
TEST(Tunnels, ASynThatIsCutIsClampedToo) {
  session::SessionSpec spec = tunnel_session(1400);
  spec.mtu_octets = 1400;
  AddPath path({spec});
  path.context.finish_partial_checksums = true;
  const auto packet = [](unsigned mss) {
    const Octets inner = ipv4(tcp(kSyn, mss_option(mss), counting(1420)));
    return ipv4(gre_of(kGreChecksum, inner), {}, 0, kGre);
  };
  const Octets arriving = with16(packet(1460), 20 + 4, 0);
  ASSERT_EQ(arriving.size(), 1492u);
  const Departure departure = path.send(from_lan(arriving));
  EXPECT_EQ(departure.fate, "fragment");
  ASSERT_EQ(departure.fragments.size(), 2u);
  Octets payload;
  for (const Octets& frame : departure.fragments) {
    const std::size_t ip = 22;
    const std::size_t end = ip + get16(frame, ip + 2);
    payload.insert(payload.end(), frame.begin() + static_cast<std::ptrdiff_t>(ip + 20),
                   frame.begin() + static_cast<std::ptrdiff_t>(end));
  }
  const Octets clamped = packet(1400 - 28 - 40);
  EXPECT_EQ(payload, Octets(clamped.begin() + 20, clamped.end()));
}

TEST(Tunnels, InBurstsOfEverything) {
  Ways ways;
  for (const Way& way : {ways.all[0], ways.all[1], ways.all[2]}) {
    std::vector<Arrival> arriving;
    std::vector<Octets> leaving;
    const auto kinds = tunnels();
    for (unsigned i = 0; i < 64; ++i) {
      const Tunnel& tunnel = kinds[i % kinds.size()];
      const bool v4 = i % 3 != 0;
      Octets before = tunnel.wrap(syn(v4, 1460, i % 4));
      Octets after = tunnel.wrap(syn(v4, kMtu - tunnel.outer_octets - (v4 ? 40 : 60), i % 4));
      if (i % 5 == 1) before = syn(v4, 1460), after = syn(v4, v4 ? way.limit4 : way.limit6);
      if (i % 5 == 2) before = after = ipv4(tcp(kAck, {}, counting(100)));
      if (i % 5 == 3) before = after = ipv6_raw(kUdp, udp(counting(40)));
      arriving.emplace_back(way.arrive(before));
      leaving.push_back(way.leave(after));
    }
    const auto departures = way.path.send(arriving);
    for (unsigned i = 0; i < 64; ++i) EXPECT_EQ(departures[i].frame, leaving[i]) << way.what << i;
    // Nothing of it is left for the next.
    for (unsigned i = 0; i < 64; ++i) arriving[i] = way.arrive(ipv4(tcp(kAck, {}, counting(100))));
    const auto tunnelled = way.path.odd(OddCase::tunnelled_syn);
    way.path.send(arriving);
    EXPECT_EQ(way.path.odd(OddCase::tunnelled_syn), tunnelled);
  }
}

// --- checksums left unfinished inside ---

/// The packet with the TCP or UDP checksum of a plain inner packet set: to what a kernel leaves for hardware,
/// or to what is right.
Octets inner_with(bool v4, std::uint8_t protocol, bool complete) {
  const Octets l4 = protocol == kTcp ? tcp(kAck, {}, counting(33)) : udp(counting(12));
  const unsigned checksum =
      complete ? l4_checksum(protocol, l4, v4) : partial_checksum(protocol, l4.size(), v4);
  const Octets sealed = with16(l4, protocol == kTcp ? 16 : 6, checksum);
  return v4 ? first_octets(ipv4(Octets(l4.size()), {}, 0, protocol), 20) + sealed
            : ipv6_raw(protocol, sealed);
}

/// As Linux does it: GRE's checksum, where there is one, is that of the finished packet (local checksum
/// offload).
Octets as_linux_leaves_it(const Tunnel& tunnel, const Octets& partial, const Octets& complete) {
  const Octets finished = tunnel.wrap(complete);
  return first_octets(finished, tunnel.outer_octets) + partial;
}

struct FinishingWays : Ways {
  FinishingWays() {
    for (const Way& way : all) way.path.context.finish_partial_checksums = true;
  }
};

TEST(TunnelledChecksums, AreCompletedOnEveryWay) {
  FinishingWays ways;
  ways.add.context.hardware_checksum = true;
  for (const Way& way : ways.all)
    for (const Tunnel& tunnel : tunnels())
      for (const bool v4 : {true, false})
        for (const std::uint8_t protocol : {kTcp, kUdp}) {
          SCOPED_TRACE(testing::Message() << way.what << ", " << tunnel.what << ", " << tunnel.outer_octets);
          const Octets complete = inner_with(v4, protocol, true);
          const Octets partial = as_linux_leaves_it(tunnel, inner_with(v4, protocol, false), complete);
          const auto counted = way.path.odd(OddCase::partial_checksum);
          const Departure departure = way.path.send(Arrival(way.arrive(partial), kNone));
          EXPECT_EQ(departure.frame, way.leave(tunnel.wrap(complete)));
          EXPECT_EQ(departure.marks, 0u);
          EXPECT_EQ(way.path.odd(OddCase::partial_checksum), counted + 1);
          expect_forward(way.path, way.arrive(tunnel.wrap(complete)), way.leave(tunnel.wrap(complete)));
          EXPECT_EQ(way.path.odd(OddCase::partial_checksum), counted + 1);
        }
}

TEST(TunnelledChecksums, DoNotDependOnClamping) {
  AddPath path;
  path.context.finish_partial_checksums = true;
  const Tunnel tunnel = tunnels().front();
  const Octets complete = inner_with(true, kTcp, true);
  expect_forward(path, from_lan(tunnel.wrap(inner_with(true, kTcp, false))), to_wan(tunnel.wrap(complete)));
}

TEST(TunnelledChecksums, OfASynAreCompletedAndClamped) {
  FinishingWays ways;
  const auto packet = [](unsigned mss, bool complete) {
    const Octets segment = tcp(kSyn, Octets{1} + mss_option(mss));
    const unsigned checksum =
        complete ? l4_checksum(kTcp, segment, true) : partial_checksum(kTcp, segment.size(), true);
    return with16(ipv4(segment), 36, checksum);
  };
  for (const Tunnel& tunnel : tunnels()) {
    const unsigned room = kMtu - tunnel.outer_octets - 40;
    expect_forward(ways.add, from_lan(as_linux_leaves_it(tunnel, packet(1460, false), packet(1460, true))),
                   to_wan(tunnel.wrap(packet(room, true))));
  }
}

/// Where the inner checksum is there, or there is none, Linux leaves GRE's to hardware: 0 in the field.
TEST(TunnelledChecksums, GresOwnIsCompletedToo) {
  FinishingWays ways;
  const std::vector<Octets> payloads{gre_of(kGreChecksum, inner_with(true, kTcp, true)),
                                     gre_of(kGreChecksum | kGreKey, inner_with(false, kUdp, true)),
                                     gre(kGreChecksum, 0x6558, counting(61)), gre(kGreChecksum, 0x0800, {})};
  for (const Octets& complete : payloads) {
    ASSERT_NE(get16(complete, 4), 0u);
    const Octets empty = with16(complete, 4, 0);
    for (const auto& wrap : {+[](const Octets& payload) { return ipv4(payload, {}, 0, kGre); },
                             +[](const Octets& payload) { return ipv6_raw(kGre, payload); }}) {
      expect_forward(ways.add, from_lan(wrap(empty)), to_wan(wrap(complete)));
      expect_forward(ways.add, Arrival(from_lan(wrap(empty)), kGood), to_wan(wrap(empty)));
    }
    // Of a fragment the sum is not over what is there.
    for (const unsigned fragment : {0x2000u, 0x0003u})
      expect_forward(ways.add, from_lan(ipv4(empty, {}, fragment, kGre)),
                     to_wan(ipv4(empty, {}, fragment, kGre)));
  }
  const Octets no_checksum = ipv4(gre(0, 0x0800, inner_with(true, kTcp, true)), {}, 0, kGre);
  expect_forward(ways.add, from_lan(no_checksum), to_wan(no_checksum));
  EXPECT_EQ(ways.add.odd(OddCase::partial_checksum), payloads.size() * 2);
}

TEST(TunnelledChecksums, WithEverythingLeftToHardware) {
  FinishingWays ways;
  const Octets complete = gre_of(kGreChecksum, inner_with(false, kTcp, true));
  const Octets nothing = with16(gre_of(0, inner_with(false, kTcp, false)), 0, kGreChecksum);
  const Octets empty = first_octets(nothing, 4) + Octets(4) + Octets(nothing.begin() + 4, nothing.end());
  expect_forward(ways.add, from_lan(ipv4(empty, {}, 0, kGre)), to_wan(ipv4(complete, {}, 0, kGre)));
  EXPECT_EQ(ways.add.odd(OddCase::partial_checksum), 1u) << "one frame";
}

TEST(TunnelledChecksums, StayWhereNoneAreExpected) {
  AddPath path({tunnel_session()});
  for (const Octets& packet :
       {ipv4(inner_with(true, kTcp, false), {}, 0, kIpInIp),
        ipv4(with16(gre_of(kGreChecksum, inner_with(true, kTcp, true)), 4, 0), {}, 0, kGre)})
    expect_forward(path, from_lan(packet), to_wan(packet));
}

}  // namespace
}  // namespace narrows::test
