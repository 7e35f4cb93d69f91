// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/offload.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tunnels.h"

namespace narrows::test {
namespace {

/// An IP packet, where its transport is, and the mbuf it came in.
struct Packet {
  Octets ip;
  wire::IpPacket described;
  wire::Transport transport;
  std::unique_ptr<rte_mbuf> mbuf = std::make_unique<rte_mbuf>();

  explicit Packet(Octets octets, std::uint64_t flags = 0) : ip(std::move(octets)) {
    described =
        ip[0] >> 4 == 4 ? wire::parse_ipv4(ip.data(), ip.size()) : wire::parse_ipv6(ip.data(), ip.size());
    transport = wire::find_transport(ip.data(), described);
    mbuf->ol_flags = flags;
  }
  [[nodiscard]] bool is_partial() const {
    return rewrite::has_partial_checksum(*mbuf, ip.data(), described, transport);
  }
  void finish() { rewrite::finish_checksum(ip.data(), described, transport); }
};

/// A TCP segment or UDP datagram in a packet, and what its checksum is in either state.
struct Case {
  const char* what;
  std::uint8_t protocol;
  bool v4;
  std::size_t field;  ///< of the checksum, in the packet
  Octets packet;      ///< with its checksum left unfinished
  unsigned complete;
};

Case make_case(const char* what, std::uint8_t protocol, bool v4, const Octets& before,
               const Octets& payload) {
  const Octets l4 = protocol == kTcp ? tcp(kSyn, mss_option(1460), payload) : udp(payload);
  const std::size_t l4_field = protocol == kTcp ? 16 : 6;
  Octets packet;
  if (v4)
    packet = ipv4(l4, before, 0, protocol);
  else
    packet = ipv6_raw(before.empty() ? protocol : kHopByHop, before + l4);
  const std::size_t field = packet.size() - l4.size() + l4_field;
  return {what,
          protocol,
          v4,
          field,
          with16(packet, field, partial_checksum(protocol, l4.size(), v4)),
          l4_checksum(protocol, l4, v4)};
}

std::vector<Case> cases() {
  return {make_case("TCP over IPv4", kTcp, true, {}, {}),
          make_case("TCP over IPv4, options, odd", kTcp, true, Octets{1, 1, 1, 0}, counting(21)),
          make_case("TCP over IPv6", kTcp, false, {}, counting(8)),
          make_case("TCP behind hop-by-hop", kTcp, false, extension(kTcp), counting(7)),
          make_case("UDP over IPv4", kUdp, true, {}, counting(1)),
          make_case("UDP without data", kUdp, true, {}, {}),
          make_case("UDP over IPv6", kUdp, false, {}, counting(99))};
}

TEST(PartialChecksum, IsRecognisedAndFinished) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.what);
    Packet packet(c.packet);
    EXPECT_TRUE(packet.is_partial());
    packet.finish();
    EXPECT_EQ(packet.ip, with16(c.packet, c.field, c.complete));
    EXPECT_FALSE(packet.is_partial());
  }
}

TEST(PartialChecksum, NothingElseIsTakenForOne) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.what);
    const unsigned partial = get16(c.packet, c.field);
    EXPECT_FALSE(Packet(with16(c.packet, c.field, c.complete)).is_partial());
    EXPECT_FALSE(Packet(with16(c.packet, c.field, partial + 1)).is_partial());
    EXPECT_FALSE(Packet(with16(c.packet, c.field, 0)).is_partial());
  }
}

TEST(PartialChecksum, ADriverThatVouchesForACompleteOneIsBelieved) {
  for (const Case& c : cases()) {
    EXPECT_FALSE(Packet(c.packet, RTE_MBUF_F_RX_L4_CKSUM_GOOD).is_partial()) << c.what;
    for (const std::uint64_t flags :
         {std::uint64_t{RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN}, std::uint64_t{RTE_MBUF_F_RX_L4_CKSUM_NONE},
          std::uint64_t{RTE_MBUF_F_RX_L4_CKSUM_BAD}, std::uint64_t{RTE_MBUF_F_RX_IP_CKSUM_GOOD}})
      EXPECT_TRUE(Packet(c.packet, flags).is_partial()) << c.what << flags;
  }
}

TEST(PartialChecksum, FragmentsAreLeftAlone) {
  const Case c = make_case("", kTcp, true, {}, counting(8));
  for (const unsigned fragment : {0x2000u, 0x2001u, 0x0001u, 0x1fffu})
    EXPECT_FALSE(Packet(with16(c.packet, 6, fragment)).is_partial()) << fragment;
  EXPECT_TRUE(Packet(with16(c.packet, 6, 0x4000)).is_partial()) << "DF";

  const Octets segment = with16(tcp(kSyn), 16, partial_checksum(kTcp, 20, false));
  EXPECT_FALSE(Packet(ipv6_raw(kFragmentHeader, fragment_header(kTcp, 0, true) + segment)).is_partial());
}

TEST(PartialChecksum, WhatHasNoChecksumFieldIsLeftAlone) {
  EXPECT_FALSE(Packet(ipv6_raw(kIcmpv6, counting(40))).is_partial());
  EXPECT_FALSE(Packet(ipv6_raw(kEsp, counting(40))).is_partial());
  for (std::size_t octets = 0; octets < 20; ++octets)
    EXPECT_FALSE(
        Packet(ipv4(with16(Octets(20), 16, partial_checksum(kTcp, octets, true)), {}, 0, 1)).is_partial());
  for (std::size_t octets = 0; octets < 20; ++octets) {
    Octets segment(octets);
    if (octets >= 18) put16(segment, 16, partial_checksum(kTcp, octets, false));
    EXPECT_FALSE(Packet(ipv6_raw(kTcp, segment)).is_partial()) << octets;
  }
  for (std::size_t octets = 0; octets < 8; ++octets)
    EXPECT_FALSE(Packet(ipv6_raw(kUdp, Octets(octets))).is_partial()) << octets;
}

TEST(FinishChecksum, AUdpChecksumOfZeroIsSentAsAllOnes) {
  for (const bool v4 : {true, false}) {
    // The payload word that makes the whole sum all ones.
    const Octets datagram = udp(be16(l4_checksum(kUdp, udp(be16(0)), v4)));
    ASSERT_EQ(l4_checksum(kUdp, datagram, v4), 0u);
    Packet packet(v4 ? ipv4(datagram, {}, 0, kUdp) : ipv6_raw(kUdp, datagram));
    packet.finish();
    EXPECT_EQ(get16(packet.ip, packet.transport.offset + 6u), 0xffffu);
  }
}

TEST(FinishChecksum, ATcpChecksumOfZeroStaysZero) {
  const Octets segment = tcp(kSyn, {}, be16(l4_checksum(kTcp, tcp(kSyn, {}, be16(0)), true)));
  ASSERT_EQ(l4_checksum(kTcp, segment, true), 0u);
  Packet packet(ipv4(with16(segment, 16, 0xabcd)));
  packet.finish();
  EXPECT_EQ(get16(packet.ip, 36), 0u);
}

Octets gre_with_checksum(const Octets& payload) {
  return gre(kGreChecksum | kGreKey, 0x0800, payload);
}

bool is_empty(const Octets& packet, std::uint64_t flags = 0) {
  rte_mbuf mbuf{};
  mbuf.ol_flags = flags;
  return rewrite::has_empty_gre_checksum(mbuf, packet.data(), static_cast<std::uint16_t>(packet.size()));
}

TEST(GreChecksum, EmptyIsRecognisedAndFinished) {
  for (const std::size_t octets : {0u, 1u, 2u, 33u, 1400u}) {
    const Octets complete = gre_with_checksum(counting(octets));
    EXPECT_FALSE(is_empty(complete));
    Octets packet = with16(complete, 4, 0);
    EXPECT_TRUE(is_empty(packet));
    EXPECT_FALSE(is_empty(packet, RTE_MBUF_F_RX_L4_CKSUM_GOOD)) << "a driver that vouches is believed";
    rewrite::finish_gre_checksum(packet.data(), static_cast<std::uint16_t>(packet.size()));
    EXPECT_EQ(packet, complete);
  }
}

TEST(GreChecksum, ThatIsRightAndZeroStaysZero) {
  Octets packet = gre_with_checksum(be16(get16(gre_with_checksum(be16(0)), 4)));
  ASSERT_EQ(get16(packet, 4), 0u);
  EXPECT_TRUE(is_empty(packet));
  const Octets before = packet;
  rewrite::finish_gre_checksum(packet.data(), static_cast<std::uint16_t>(packet.size()));
  EXPECT_EQ(packet, before);
}

TEST(GreChecksum, WhereThereIsNoneNothingIsEmpty) {
  EXPECT_FALSE(is_empty(gre(0, 0x0800, Octets(20))));
  EXPECT_FALSE(is_empty(gre(kGreKey, 0x0800, Octets(20))));
  EXPECT_FALSE(is_empty(with16(with16(gre_with_checksum(counting(20)), 4, 0), 0, 0xc000))) << "RFC 1701";
  EXPECT_FALSE(is_empty(with16(with16(gre_with_checksum(counting(20)), 4, 0), 0, 0x8001))) << "version 1";
  for (std::size_t octets = 0; octets < 8; ++octets)
    EXPECT_FALSE(is_empty(first_octets(with16(gre(kGreChecksum, 0x0800, {}), 4, 0), octets))) << octets;
}

TEST(LeaveToPort, WritesThePseudoHeaderSumAndMarksTheMbuf) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.what);
    Packet packet(with16(c.packet, c.field, 0x5a5a), RTE_MBUF_F_RX_L4_CKSUM_GOOD);
    rewrite::leave_checksum_to_port(*packet.mbuf, packet.ip.data(), packet.described, packet.transport, 30);
    EXPECT_EQ(packet.ip, c.packet);
    EXPECT_EQ(packet.mbuf->l2_len, 30);
    EXPECT_EQ(packet.mbuf->l3_len, packet.transport.offset);
    EXPECT_EQ(packet.mbuf->l4_len, packet.transport.protocol == wire::kProtocolTcp ? 20 : 8);
    EXPECT_EQ(packet.mbuf->ol_flags,
              RTE_MBUF_F_RX_L4_CKSUM_GOOD | (c.v4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6) |
                  (c.protocol == kTcp ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM));
  }
}

TEST(ReceiveVouches, ForGoodAndNeverOnTheWireOnly) {
  rte_mbuf mbuf{};
  for (const auto& [flags, vouches] : std::vector<std::pair<std::uint64_t, bool>>{
           {RTE_MBUF_F_RX_L4_CKSUM_GOOD, true},
           {RTE_MBUF_F_RX_L4_CKSUM_NONE, true},
           {RTE_MBUF_F_RX_L4_CKSUM_BAD, false},
           {RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN, false},
           {RTE_MBUF_F_RX_IP_CKSUM_GOOD, false},
           {RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_RSS_HASH, true}}) {
    mbuf.ol_flags = flags;
    EXPECT_EQ(rewrite::receive_vouches(mbuf), vouches) << flags;
  }
}

TEST(HardwareCanFollow, WholePacketsAndNoExtensionHeaders) {
  const auto follows = [](const Octets& ip) {
    const Packet packet(ip);
    return rewrite::hardware_can_follow(packet.described.family, packet.transport);
  };
  EXPECT_TRUE(follows(ipv4(tcp(kSyn))));
  EXPECT_TRUE(follows(ipv4(tcp(kSyn), Octets{1, 1, 1, 0})));
  EXPECT_TRUE(follows(ipv6(tcp(kSyn))));
  EXPECT_FALSE(follows(ipv4(tcp(kSyn), {}, 0x2000)));
  EXPECT_FALSE(follows(ipv6(tcp(kSyn), kHopByHop, extension(kTcp))));
  EXPECT_FALSE(follows(ipv6(tcp(kSyn), kFragmentHeader, fragment_header(kTcp))));
}

}  // namespace
}  // namespace narrows::test
