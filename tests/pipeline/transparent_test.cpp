// SPDX-License-Identifier: BSD-3-Clause
/// transparent: everything passes as it came but for MSS and checksum (contract, sections 1 and 2).
#include "path.h"

namespace narrows::test {
namespace {

using stats::OddCase;

void expect_untouched(TransparentPath& path, const Octets& frame) {
  const Departure departure = path.send(frame);
  EXPECT_EQ(departure.fate, "forward");
  EXPECT_EQ(departure.frame, frame);
  EXPECT_EQ(departure.marks, 0u);
  EXPECT_EQ(departure.session, session::kNone);
}

TEST(Transparent, ForwardsAnythingAsItIs) {
  TransparentPath path;
  const Octets packet = ipv4(tcp(kAck));
  for (const Octets& frame :
       {from_lan(packet), padded(from_lan(packet)), from_lan(packet) + Octets(9, 0xdd), from_wan(packet),
        ethernet(Octets(6, 0xff), kPeerMac, 0x0806, Octets(28, 1)),
        ethernet(Octets(6, 0xff), kPeerMac, 0x8863, Octets(46)),
        ethernet({1, 0x80, 0xc2, 0, 0, 0}, kPeerMac, 0x0026, Octets(46, 0x42)),
        tagged(from_lan(packet), 0x8100, 4095),
        tagged(tagged(tagged(from_lan(packet), 0x8100, 1), 0x8100, 2), 0x88a8, 3),
        ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, 0xc021, counting(20))),
        ethernet(kWanMac, kAcMac, 0x8864, pppoe(0, 0x0021, packet, 1)),
        ethernet(kWanMac, kAcMac, 0x8864, pppoe(0, 0x0021, packet, 0, 0x12)),
        ethernet(kWanMac, kAcMac, 0x8864, Octets(3)), from_lan(ipv6_raw(kIcmpv6, Octets{135, 0, 0, 0}))})
    expect_untouched(path, frame);
}

TEST(Transparent, FramesTooShortForTheirHeadersPassToo) {
  TransparentPath path;
  const Octets whole = tagged(tagged(from_wan(ipv6(tcp(kSyn, mss_option(1460)))), 0x8100, 7), 0x88a8, 100);
  for (std::size_t octets = 1; octets < whole.size(); ++octets)
    expect_untouched(path, first_octets(whole, octets));
}

TEST(Transparent, InconsistentIpPassesAndIsCounted) {
  TransparentPath path;
  const Octets syn = ipv4(tcp(kSyn, mss_option(1460)));
  const Octets frames[] = {
      from_lan(with8(syn, 0, 0x44)),
      ethernet(kLanMac, kPeerMac, 0x0800, with8(syn, 0, 0x65)),
      from_lan(with16(syn, 2, 19)),
      from_lan(with16(syn, 2, 45)),
      from_lan(with16(ipv6(tcp(kSyn, mss_option(1460))), 4, 25)),
      with16(from_wan(syn), 18, 45),  // PPPoE LENGTH ends inside the packet
      ethernet(kWanMac, kAcMac, 0x8864, pppoe(1, 0x0057, syn)),
  };
  for (const Octets& frame : frames) expect_untouched(path, frame);
  EXPECT_EQ(path.odd(OddCase::inconsistent_ip), std::size(frames));
  EXPECT_EQ(path.totals().syn[0].value() + path.totals().syn[1].value(), 0u);
}

TEST(Transparent, OnlyMssAndChecksumOfASynChange) {
  for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan}) {
    TransparentPath path(direction);
    const bool outward = direction == Direction::lan_to_wan;
    const auto high4 = ipv4(tcp(kSyn, mss_option(1460), counting(5)), Octets{1, 1, 1, 0});
    const auto low4 = ipv4(tcp(kSyn, mss_option(outward ? 1452 : 1450), counting(5)), Octets{1, 1, 1, 0});
    const auto high6 = ipv6(tcp(kSyn | kAck, Octets{1} + mss_option(1440)), kHopByHop, extension(kTcp));
    const auto low6 =
        ipv6(tcp(kSyn | kAck, Octets{1} + mss_option(outward ? 1432 : 1430)), kHopByHop, extension(kTcp));
    for (const auto& [high, low] : {std::pair{high4, low4}, std::pair{high6, low6}})
      for (const auto& wrap :
           {from_lan, +[](const Octets& ip) { return from_wan(ip); },
            +[](const Octets& ip) { return tagged(from_lan(ip), 0x8100, 9); },
            +[](const Octets& ip) { return tagged(from_wan(ip), 0x8100, 9); },
            +[](const Octets& ip) { return tagged(tagged(from_wan(ip), 0x8100, 9), 0x88a8, 8); }}) {
        EXPECT_EQ(path.send(wrap(high)).frame, wrap(low));
        EXPECT_EQ(path.send(wrap(high) + Octets(7, 0xdd)).frame, wrap(low) + Octets(7, 0xdd));
        expect_untouched(path, wrap(low));
      }
    EXPECT_EQ(path.totals().syn[0].value(), 15u);
    EXPECT_EQ(path.totals().clamped[0].value(), 10u);
    EXPECT_EQ(path.totals().clamped[1].value(), 10u);
  }
}

TEST(Transparent, AThirdTagHidesASyn) {
  TransparentPath path;
  const Octets syn = from_lan(ipv4(tcp(kSyn, mss_option(1460))));
  expect_untouched(path, tagged(tagged(tagged(syn, 0x8100, 1), 0x8100, 2), 0x8100, 3));
}

TEST(Transparent, FramesLongerThanTheEgressPortCarries) {
  TransparentPath path;
  const Octets longest = from_lan(ipv4(counting(1488), {}, 0, kUdp));
  ASSERT_EQ(longest.size(), 1522u);
  expect_untouched(path, longest);
  EXPECT_EQ(path.send(longest + Octets(1)).fate, "super_frame");
  path.context.ingress_mtu_octets = 1501;
  EXPECT_EQ(path.send(longest + Octets(1)).fate, "too_big") << "the ingress port carries it";
  EXPECT_EQ(path.send(longest + Octets(2)).fate, "super_frame");
  Arrival scattered = from_lan(ipv4(tcp(kSyn, mss_option(1460), counting(3000))));
  scattered.in_first_buffer = 1400;
  EXPECT_EQ(path.send(scattered).fate, "super_frame");
}

TEST(Transparent, AScatteredFrameThatFitsPassesWhole) {
  TransparentPath path;
  Arrival scattered = from_lan(ipv4(tcp(kAck, {}, counting(1400))));
  for (const std::size_t octets : {1u, 13u, 14u, 20u, 33u, 54u, 1000u}) {
    scattered.in_first_buffer = octets;
    const Departure departure = path.send(scattered);
    EXPECT_EQ(departure.fate, "forward");
    EXPECT_EQ(departure.frame, scattered.frame);
  }
}

TEST(Transparent, CountsIpOctetsOfWhatIsIp) {
  TransparentPath path;
  const Octets packet = ipv4(counting(100), {}, 0, 1);
  path.send({from_lan(packet) + Octets(9), from_wan(packet), ethernet(kLanMac, kPeerMac, 0x0806, Octets(46)),
             from_lan(with16(packet, 2, 999))});
  EXPECT_EQ(path.totals().forwarded.value(), 4u);
  EXPECT_EQ(path.totals().forwarded_ip_octets.value(), 240u);
}

}  // namespace
}  // namespace narrows::test
