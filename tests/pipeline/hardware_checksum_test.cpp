// SPDX-License-Identifier: BSD-3-Clause
/// Checksums left to the egress port: when, and with which marks (contract, section 2.5).
#include "path.h"

namespace narrows::test {
namespace {

constexpr std::uint64_t kGood = RTE_MBUF_F_RX_L4_CKSUM_GOOD;
constexpr std::uint64_t kGoodAndMore = kGood | RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_RSS_HASH;
constexpr std::uint64_t kNone = RTE_MBUF_F_RX_L4_CKSUM_NONE;
constexpr std::uint64_t kBad = RTE_MBUF_F_RX_L4_CKSUM_BAD;
constexpr std::uint64_t kTcp4 = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM;
constexpr std::uint64_t kTcp6 = RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TCP_CKSUM;

Octets segment(unsigned mss) {
  return tcp(kSyn, Octets{1} + mss_option(mss));
}

/// `packet`, whose TCP header is at `offset`, with the pseudo-header's sum in the checksum field.
Octets with_partial(const Octets& packet, std::size_t offset) {
  const bool v4 = packet.at(0) >> 4 == 4;
  return with16(packet, offset + 16, partial_checksum(kTcp, packet.size() - offset, v4));
}

session::SessionSpec on_vlans(std::uint16_t lan_vlan, const std::vector<std::uint16_t>& wan_vlans) {
  session::SessionSpec spec = plain_session();
  spec.lan_vlan = lan_vlan;
  spec.wan_vlans = wan_vlans;
  spec.id = static_cast<std::uint16_t>(lan_vlan + 1);
  return spec;
}

void expect_marked(const Departure& departure, const Octets& expected, std::uint64_t marks, unsigned l2,
                   unsigned l3) {
  EXPECT_EQ(departure.fate, "forward");
  EXPECT_EQ(departure.frame, padded(expected));
  EXPECT_EQ(departure.marks, marks);
  EXPECT_EQ(departure.l2_octets, l2);
  EXPECT_EQ(departure.l3_octets, l3);
}

TEST(HardwareChecksum, AddWithEveryHeaderLength) {
  AddPath path({on_vlans(0, {}), on_vlans(10, {835}), on_vlans(20, {100, 7})});
  path.context.hardware_checksum = true;
  const Octets before = from_lan(ipv4(segment(1460)));
  const Octets after = with_partial(ipv4(segment(1452)), 20);
  expect_marked(path.send(Arrival(before, kGood)), to_wan(after, 1), kTcp4, 22, 20);
  expect_marked(path.send(Arrival(tagged(before, 0x8100, 10), kGood)), tagged(to_wan(after, 11), 0x8100, 835),
                kTcp4, 26, 20);
  expect_marked(path.send(Arrival(tagged(before, 0x8100, 20), kGood)),
                tagged(tagged(to_wan(after, 21), 0x8100, 7), 0x88a8, 100), kTcp4, 30, 20);
  const Octets six = with_partial(ipv6(segment(1432)), 40);
  expect_marked(path.send(Arrival(tagged(from_lan(ipv6(segment(1460))), 0x8100, 20), kGood)),
                tagged(tagged(to_wan(six, 21), 0x8100, 7), 0x88a8, 100), kTcp6, 30, 40);
}

TEST(HardwareChecksum, StripWithEveryHeaderLength) {
  StripPath path({on_vlans(0, {100, 7}), on_vlans(10, {})});
  path.context.hardware_checksum = true;
  const Octets after = with_partial(ipv4(segment(1450)), 20);
  const Octets two_tags = tagged(tagged(from_wan(ipv4(segment(1460)), 1), 0x8100, 7), 0x88a8, 100);
  expect_marked(path.send(Arrival(two_tags, kGood)), to_lan(after), kTcp4, 14, 20);
  expect_marked(path.send(Arrival(from_wan(ipv4(segment(1460)), 11), kGood)),
                tagged(to_lan(after), 0x8100, 10), kTcp4, 18, 20);
}

TEST(HardwareChecksum, TransparentWithEveryHeaderLength) {
  TransparentPath path;
  path.context.hardware_checksum = true;
  const Octets before = ipv4(segment(1460), Octets{1, 1, 1, 0});
  const Octets after = with_partial(ipv4(segment(1452), Octets{1, 1, 1, 0}), 24);
  const auto expect = [&](const Octets& arrives, const Octets& leaves, unsigned l2) {
    expect_marked(path.send(Arrival(padded(arrives), kGood)), leaves, kTcp4, l2, 24);
  };
  expect(from_lan(before), from_lan(after), 14);
  expect(tagged(from_lan(before), 0x8100, 5), tagged(from_lan(after), 0x8100, 5), 18);
  expect(tagged(tagged(from_lan(before), 0x8100, 5), 0x88a8, 6),
         tagged(tagged(from_lan(after), 0x8100, 5), 0x88a8, 6), 22);
  expect(from_wan(before), from_wan(after), 22);
  expect(tagged(from_wan(before), 0x8100, 5), tagged(from_wan(after), 0x8100, 5), 26);
  expect(tagged(tagged(from_wan(before), 0x8100, 5), 0x88a8, 6),
         tagged(tagged(from_wan(after), 0x8100, 5), 0x88a8, 6), 30);
}

/// The frame is clamped in software, its checksum complete, and no mark set.
void expect_in_software(AddPath& path, const Arrival& arrival, const Octets& expected) {
  const Departure departure = path.send(arrival);
  expect_marked(departure, expected, 0, departure.l2_octets, departure.l3_octets);
}

TEST(HardwareChecksum, OnlyWhenTheReceiveSideVouches) {
  AddPath path;
  path.context.hardware_checksum = true;
  const Octets before = from_lan(ipv4(segment(1460)));
  const Octets complete = to_wan(ipv4(segment(1452)));
  const Octets partial = to_wan(with_partial(ipv4(segment(1452)), 20));
  for (const std::uint64_t flags : {kGood, kNone, kGoodAndMore})
    expect_marked(path.send(Arrival(before, flags)), partial, kTcp4, 22, 20);
  for (const std::uint64_t flags : {std::uint64_t{0}, kBad, std::uint64_t{RTE_MBUF_F_RX_IP_CKSUM_GOOD}})
    expect_in_software(path, Arrival(before, flags), complete);
}

TEST(HardwareChecksum, ACorruptSegmentStaysCorrupt) {
  AddPath path;
  path.context.hardware_checksum = true;
  Octets corrupt = ipv4(segment(1460));
  Octets clamped = ipv4(segment(1452));
  for (Octets* packet : {&corrupt, &clamped}) packet->at(22) ^= 0x40;
  expect_in_software(path, Arrival(from_lan(corrupt), kBad), to_wan(clamped));
}

/// Some ports write the header's checksum besides.
TEST(HardwareChecksum, NotBehindAWrongIpv4HeaderChecksum) {
  AddPath path;
  path.context.hardware_checksum = true;
  const auto wrong = [](unsigned mss) { return with16(ipv4(segment(mss)), 10, 0x1234); };
  expect_in_software(path, Arrival(from_lan(wrong(1460)), kGood), to_wan(wrong(1452)));
}

TEST(HardwareChecksum, NotForFragments) {
  AddPath path;
  path.context.hardware_checksum = true;
  expect_in_software(path, Arrival(from_lan(ipv4(segment(1460), {}, 0x2000)), kGood),
                     to_wan(ipv4(segment(1452), {}, 0x2000)));
  for (const bool more : {false, true}) {
    const auto packet = [&](unsigned mss) {
      return ipv6(segment(mss), kFragmentHeader, fragment_header(kTcp, 0, more));
    };
    expect_in_software(path, Arrival(from_lan(packet(1460)), kGood), to_wan(packet(1432)));
  }
}

TEST(HardwareChecksum, NotBehindExtensionHeaders) {
  AddPath path;
  path.context.hardware_checksum = true;
  const auto packet = [&](unsigned mss) { return ipv6(segment(mss), kHopByHop, extension(kTcp)); };
  expect_in_software(path, Arrival(from_lan(packet(1460)), kGood), to_wan(packet(1432)));
}

TEST(HardwareChecksum, NotForWhatWasNotChanged) {
  AddPath path;
  path.context.hardware_checksum = true;
  for (const Octets& packet : {ipv4(segment(1400)), ipv4(tcp(kSyn)), ipv4(tcp(kAck, {}, counting(30))),
                               ipv4(tcp(0x06, mss_option(1460)))})
    expect_in_software(path, Arrival(from_lan(packet), kGood), to_wan(packet));
}

TEST(HardwareChecksum, NotUnlessThePortCan) {
  AddPath path;
  expect_in_software(path, Arrival(from_lan(ipv4(segment(1460))), kGood), to_wan(ipv4(segment(1452))));
}

}  // namespace
}  // namespace narrows::test
