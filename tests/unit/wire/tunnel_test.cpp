// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/tunnel.h"

#include <gtest/gtest.h>

#include "guarded.h"
#include "random.h"
#include "tunnels.h"

namespace narrows::test {
namespace {

/// `outer` as its classifier sees it: valid, and `octets` of it there.
wire::InnerPacket inner_of(std::span<const std::uint8_t> outer) {
  const auto octets = static_cast<std::uint16_t>(outer.size());
  const bool v4 = outer[0] >> 4 == 4;
  const wire::IpPacket packet{octets, v4 ? Family::ipv4 : Family::ipv6,
                              static_cast<std::uint8_t>(v4 ? (outer[0] & 0xf) * 4 : 40)};
  return wire::find_inner(outer.data(), packet, wire::find_transport(outer.data(), packet));
}

std::vector<Octets> inner_packets() {
  return {ipv4(tcp(kSyn, mss_option(1460))), ipv4(tcp(kSyn, mss_option(1460)), Octets{1, 1, 1, 0}),
          ipv6(tcp(kSyn, mss_option(1440))), ipv6_raw(kUdp, udp(counting(5)))};
}

TEST(TunnelProtocols, AreThree) {
  for (unsigned protocol = 0; protocol < 256; ++protocol)
    EXPECT_EQ(wire::is_tunnel_protocol(static_cast<std::uint8_t>(protocol)),
              protocol == 4 || protocol == 41 || protocol == 47)
        << protocol;
}

TEST(InnerPacket, OfEachTunnel) {
  for (const Tunnel& tunnel : tunnels())
    for (const Octets& ip : inner_packets()) {
      SCOPED_TRACE(tunnel.what);
      const auto inner = inner_of(tunnel.wrap(ip));
      EXPECT_EQ(inner.offset, tunnel.outer_octets);
      EXPECT_EQ(inner.packet.octets, ip.size());
      EXPECT_EQ(inner.packet.family, is_ipv4(ip) ? Family::ipv4 : Family::ipv6);
      EXPECT_EQ(inner.packet.header_octets, is_ipv4(ip) ? (ip[0] & 0xf) * 4 : 40);
    }
}

TEST(InnerPacket, OfEveryLength) {
  Guarded guarded;
  for (const Tunnel& tunnel : tunnels())
    for (const Octets& ip : inner_packets()) {
      SCOPED_TRACE(tunnel.what);
      const Octets whole = tunnel.wrap(ip);
      const std::size_t least = is_ipv4(whole) ? (whole[0] & 0xf) * 4u : 40;
      for (std::size_t octets = least; octets < whole.size(); ++octets) {
        const auto inner = inner_of(guarded.place(first_octets(whole, octets)));
        EXPECT_EQ(inner.packet.octets, 0) << octets;
        EXPECT_EQ(inner.offset, octets < tunnel.outer_octets ? 0 : tunnel.outer_octets) << octets;
      }
      // What follows the inner packet is padding.
      EXPECT_EQ(inner_of(guarded.place(whole + Octets(3))).packet.octets, ip.size());
    }
}

TEST(InnerPacket, MustAgreeWithWhatIsAround) {
  const Octets four = ipv4(tcp(kSyn));
  const Octets six = ipv6(tcp(kSyn));
  for (const Octets& bad :
       {with8(four, 0, 0x44), with8(four, 0, 0x4f), with8(four, 0, 0x65), with16(four, 2, 19),
        with16(four, 2, 41), with8(six, 0, 0x40), with16(six, 4, 21), Octets{}, Octets{0x45}})
    for (const std::uint8_t protocol : {kIpInIp, kIpv6InIp}) {
      const auto inner = inner_of(ipv4(bad, {}, 0, protocol));
      EXPECT_EQ(inner.offset, 20);
      EXPECT_EQ(inner.packet.octets, 0);
    }
  EXPECT_EQ(inner_of(ipv4(four, {}, 0, kIpv6InIp)).packet.octets, 0);
  EXPECT_EQ(inner_of(ipv6_raw(kIpInIp, six)).packet.octets, 0);
  EXPECT_EQ(inner_of(ipv4(gre(0, 0x0800, six), {}, 0, kGre)).packet.octets, 0);
}

TEST(InnerPacket, OfNothingElse) {
  const Octets four = ipv4(tcp(kSyn));
  for (unsigned protocol = 0; protocol < 256; ++protocol) {
    if (wire::is_tunnel_protocol(static_cast<std::uint8_t>(protocol))) continue;
    EXPECT_EQ(inner_of(ipv4(four, {}, 0, static_cast<std::uint8_t>(protocol))).offset, 0) << protocol;
    EXPECT_EQ(inner_of(ipv6_raw(static_cast<std::uint8_t>(protocol), four)).offset, 0) << protocol;
  }
}

TEST(InnerPacket, OfNoPacketWithoutATransport) {
  const Octets ip = ipv4(ipv4(tcp(kSyn)), {}, 0, kIpInIp);
  const auto outer = wire::parse_ipv4(ip.data(), ip.size());
  for (const auto status : {wire::Transport::Status::no_transport, wire::Transport::Status::walk_ended})
    EXPECT_EQ(wire::find_inner(ip.data(), outer, {status, kIpInIp, 20, false}).offset, 0);
}

TEST(InnerPacket, OfAFragmentOnlyIfItIsTheFirst) {
  const Octets four = ipv4(tcp(kSyn));
  EXPECT_EQ(inner_of(ipv4(four, {}, 0x2000, kIpInIp)).offset, 20);
  for (const unsigned offset : {0x0001u, 0x2001u, 0x1fffu})
    EXPECT_EQ(inner_of(ipv4(four, {}, offset, kIpInIp)).offset, 0);
  EXPECT_EQ(inner_of(ipv6_raw(kFragmentHeader, fragment_header(kIpInIp, 0, true) + four)).offset, 48);
  EXPECT_EQ(inner_of(ipv6_raw(kFragmentHeader, fragment_header(kIpInIp, 1, true) + four)).offset, 0);
}

TEST(InnerPacket, IsOneLevelDown) {
  const Octets inside = ipv4(tcp(kSyn));
  const Octets nested = ipv4(inside, {}, 0, kIpInIp);
  EXPECT_EQ(inner_of(ipv6_raw(kIpInIp, nested)).offset, 40);
  EXPECT_EQ(inner_of(ipv6_raw(kIpInIp, nested)).packet.octets, nested.size());
}

/// From RFC 2784 §2 and RFC 2890 §2: version 0 and no bit but C, K and S.
TEST(Gre, EveryWordOfFlags) {
  Guarded guarded;
  for (unsigned flags = 0; flags < 0x10000; ++flags) {
    const auto header = guarded.place(be16(flags) + be16(0x0800) + Octets(12));
    const auto gre = wire::parse_gre(header.data(), header.size());
    const bool plain = (flags & 0x4fff) == 0;
    const unsigned fields = (flags >> 15) + (flags >> 13 & 1) + (flags >> 12 & 1);
    ASSERT_EQ(gre.octets, plain ? 4 + 4 * fields : 0) << flags;
    if (!plain) continue;
    ASSERT_EQ(gre.has_checksum, flags >= 0x8000);
    ASSERT_EQ(gre.protocol_type, 0x0800);
  }
}

TEST(Gre, OtherProtocolTypesHoldNoPacket) {
  const Octets four = ipv4(tcp(kSyn));
  for (unsigned type = 0; type < 0x10000; ++type)
    ASSERT_EQ(inner_of(ipv4(gre(0, type, four), {}, 0, kGre)).offset,
              type == 0x0800 || type == 0x86dd ? 24 : 0);
}

TEST(Gre, EveryLength) {
  Guarded guarded;
  for (unsigned flags = 0; flags < 0x10000; flags += 0x1000) {
    if ((flags & 0x4000) != 0) continue;
    const Octets whole = gre(flags, 0x0800, {});
    for (std::size_t octets = 0; octets <= whole.size(); ++octets) {
      const auto header = guarded.place(first_octets(whole, octets));
      EXPECT_EQ(wire::parse_gre(header.data(), octets).octets, octets == whole.size() ? octets : 0);
    }
  }
}

/// The rule once more, from the RFCs, over octets that nearly are tunnels.
struct Expected {
  std::size_t offset = 0;
  std::size_t octets = 0;
};

unsigned be16_at(std::span<const std::uint8_t> octets, std::size_t at) {
  return static_cast<unsigned>(octets[at]) << 8 | octets[at + 1];
}

Expected by_the_rule(std::span<const std::uint8_t> outer, std::uint8_t protocol, std::size_t at) {
  if (protocol == 47) {
    if (outer.size() < at + 4) return {};
    const unsigned flags = outer[at], rest = outer[at + 1];
    const unsigned type = be16_at(outer, at + 2);
    if ((flags & 0x4f) != 0 || rest != 0 || (type != 0x0800 && type != 0x86dd)) return {};
    at += 4 + ((flags & 0x80) != 0 ? 4 : 0) + ((flags & 0x20) != 0 ? 4 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
    protocol = type == 0x0800 ? 4 : 41;
    if (outer.size() < at) return {};
  }
  const auto inner = outer.subspan(at);
  if (protocol == 4) {
    if (inner.size() < 20 || inner[0] >> 4 != 4) return {at, 0};
    const std::size_t header = (inner[0] & 0xf) * 4u, total = be16_at(inner, 2);
    return {at, header >= 20 && header <= total && total <= inner.size() ? total : 0};
  }
  if (inner.size() < 40 || inner[0] >> 4 != 6) return {at, 0};
  const std::size_t total = 40 + be16_at(inner, 4);
  return {at, total <= inner.size() ? total : 0};
}

TEST(InnerPacket, AgreesWithTheRuleOnRandomOctets) {
  Random random(5);
  Guarded guarded;
  const std::vector<Tunnel> kinds = tunnels();
  int found = 0;
  for (int round = 0; round < 200'000; ++round) {
    const bool v4 = random() % 2 == 0;
    const auto protocol = random.one_of(std::array<std::uint8_t, 4>{4, 41, 47, 47});
    Octets payload = random.octets(random() % 90);
    if (payload.size() > 4 && protocol == 47 && random() % 4 != 0) {
      payload[0] &= 0xb0;
      payload[1] = 0;
      put16(payload, 2, random() % 2 == 0 ? 0x0800 : 0x86dd);
    }
    for (std::size_t at = 0; at + 8 < payload.size(); at += 4) {
      if (random() % 2 == 0) payload[at] = random.one_of(std::array<std::uint8_t, 4>{0x45, 0x46, 0x60, 0x4f});
      if (random() % 2 == 0) put16(payload, at + (payload[at] == 0x60 ? 4 : 2), random() % 70);
    }
    const auto outer = guarded.place(v4 ? ipv4(payload, {}, 0, protocol) : ipv6_raw(protocol, payload));
    const auto inner = inner_of(outer);
    const Expected expected = by_the_rule(outer, protocol, v4 ? 20 : 40);
    ASSERT_EQ(inner.offset, expected.offset) << round;
    ASSERT_EQ(inner.packet.octets, expected.octets) << round;
    found += inner.packet.octets != 0;
  }
  EXPECT_GT(found, 1000);
}

}  // namespace
}  // namespace narrows::test
