// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/flow_hash.h"

#include <gtest/gtest.h>
#include <rte_thash.h>

#include <array>

#include "guarded.h"
#include "packets.h"
#include "random.h"

namespace narrows::worker {
namespace {

using namespace test;  // frames

constexpr std::size_t kIpv4Addresses = 12;  // offsets in the headers
constexpr std::size_t kIpv6Addresses = 8;

Octets plain(const Octets& packet) {
  return ethernet(kLanMac, kPeerMac, packet[0] >> 4 == 4 ? 0x0800 : 0x86dd, packet);
}
Octets in_pppoe(const Octets& packet) {
  return ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, packet[0] >> 4 == 4 ? 0x0021 : 0x0057, packet));
}

/// What DPDK makes of the octets of addresses and ports, with the key that Narrows gives to ports.
std::uint32_t softrss(const Octets& tuple) {
  std::array<std::uint8_t, 40> key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = i % 2 == 0 ? 0x6d : 0x5a;
  std::vector<std::uint32_t> words;
  for (std::size_t i = 0; i < tuple.size(); i += 4)
    words.push_back(static_cast<std::uint32_t>(get16(tuple, i) << 16 | get16(tuple, i + 2)));
  return rte_softrss(words.data(), static_cast<std::uint32_t>(words.size()), key.data());
}

Octets with_addresses(Octets packet, std::size_t at, const Octets& addresses) {
  std::copy(addresses.begin(), addresses.end(), packet.begin() + static_cast<std::ptrdiff_t>(at));
  return packet;
}

TEST(FlowHash, IsTheToeplitzHashOfRssWhereverTheFlowIs) {
  Random random(1);
  for (int round = 0; round < 2000; ++round) {
    const bool v4 = round % 2 == 0;
    const Octets addresses = random.octets(v4 ? 8 : 32);
    const Octets ports = random.octets(4);
    const Octets l4 = round % 4 < 2 ? ports + Octets(16) : ports + Octets(4);
    const std::uint8_t protocol = round % 4 < 2 ? kTcp : kUdp;
    const Octets packet = v4 ? with_addresses(ipv4(l4, {}, 0, protocol), kIpv4Addresses, addresses)
                             : with_addresses(ipv6_raw(protocol, l4), kIpv6Addresses, addresses);
    const std::uint32_t expected = softrss(addresses + ports);
    ASSERT_EQ(expected >> 16, expected & 0xffff) << "the key's period is the hash's";
    ASSERT_EQ(flow_hash(plain(packet)), expected & 0xffff);
    ASSERT_EQ(flow_hash(in_pppoe(packet)), expected & 0xffff);
  }
}

TEST(FlowHash, IsTheSameForBothDirections) {
  Random random(2);
  for (int round = 0; round < 1000; ++round) {
    const std::size_t octets = round % 2 == 0 ? 4 : 16;
    const Octets here = random.octets(octets);
    const Octets there = random.octets(octets);
    const Octets port_here = random.octets(2);
    const Octets port_there = random.octets(2);
    const auto packet = [&](const Octets& addresses, const Octets& ports) {
      return octets == 4 ? with_addresses(ipv4(ports + Octets(4), {}, 0, kUdp), kIpv4Addresses, addresses)
                         : with_addresses(ipv6_raw(kUdp, ports + Octets(4)), kIpv6Addresses, addresses);
    };
    ASSERT_EQ(flow_hash(plain(packet(here + there, port_here + port_there))),
              flow_hash(in_pppoe(packet(there + here, port_there + port_here))));
  }
}

TEST(FlowHash, LooksBehindTagsOptionsAndExtensionHeaders) {
  const Octets packet = ipv4(udp(counting(20)), {}, 0, kUdp);
  const auto expected = flow_hash(plain(packet));
  ASSERT_NE(expected, kNoFlow);
  const Octets one_tag = ethernet(kLanMac, kPeerMac, 0x8100, tag(10, be16(0x0800) + packet));
  const Octets two_tags = ethernet(kWanMac, kAcMac, 0x88a8,
                                   tag(7, be16(0x8100) + tag(10, be16(0x8864) + pppoe(1, 0x0021, packet))));
  EXPECT_EQ(flow_hash(one_tag), expected);
  EXPECT_EQ(flow_hash(two_tags), expected);
  EXPECT_EQ(flow_hash(plain(ipv4(udp(counting(20)), Octets(8, 1), 0, kUdp))), expected);
  const auto expected6 = flow_hash(plain(ipv6_raw(kUdp, udp({}))));
  EXPECT_EQ(flow_hash(plain(ipv6_raw(kHopByHop, extension(kUdp) + udp({})))), expected6);
}

TEST(FlowHash, KeepsTheFragmentsOfADatagramTogether) {
  const auto all = flow_hash(plain(ipv4(Octets(40), {}, 0, kUdp)));  // ports 0: the hash of the addresses
  EXPECT_EQ(flow_hash(plain(ipv4(udp(counting(20)), {}, kMoreFragments, kUdp))), all);
  EXPECT_EQ(flow_hash(plain(ipv4(counting(28), {}, kMoreFragments | 7, kUdp))), all);
  EXPECT_EQ(flow_hash(plain(ipv4(counting(28), {}, 14, kUdp))), all);
  EXPECT_NE(flow_hash(plain(ipv4(udp(counting(20)), {}, kDontFragment, kUdp))), all);
  const auto all6 = flow_hash(plain(ipv6_raw(kUdp, Octets(40))));
  const auto fragment = [](unsigned offset, bool more) {
    return flow_hash(
        plain(ipv6_raw(kFragmentHeader, fragment_header(kUdp, offset, more) + udp(counting(24)))));
  };
  EXPECT_EQ(fragment(0, true), all6);
  EXPECT_EQ(fragment(4, true), all6);
  EXPECT_EQ(fragment(8, false), all6);
}

TEST(FlowHash, WithoutPortsGoesByAddresses) {
  const auto addresses = flow_hash(plain(ipv4(Octets(40), {}, 0, kUdp)));
  EXPECT_EQ(flow_hash(plain(ipv4(counting(40), {}, 0, 1))), addresses) << "ICMP";
  EXPECT_EQ(flow_hash(plain(ipv4(counting(40), {}, 0, 50))), addresses) << "ESP";
  EXPECT_EQ(flow_hash(plain(ipv4(counting(3), {}, 0, kUdp))), addresses) << "no room for ports";
  EXPECT_NE(flow_hash(plain(ipv6_raw(kIcmpv6, Octets{128, 0, 0, 0}))), kNoFlow);
}

TEST(FlowHash, ControlIsOfNoFlow) {
  EXPECT_EQ(flow_hash(ethernet(kWanMac, kAcMac, 0x8863, Octets(46))), kNoFlow);
  EXPECT_EQ(flow_hash(ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, 0xc021, Octets(8)))), kNoFlow);
  EXPECT_EQ(flow_hash(ethernet(Octets(6, 0xff), kPeerMac, 0x0806, Octets(46))), kNoFlow);
  for (std::uint8_t type = 133; type <= 137; ++type)
    EXPECT_EQ(flow_hash(plain(ipv6_raw(kIcmpv6, Octets{type, 0, 0, 0}))), kNoFlow) << int{type};
  EXPECT_NE(flow_hash(plain(ipv6_raw(kIcmpv6, Octets{132, 0, 0, 0}))), kNoFlow);
  EXPECT_NE(flow_hash(plain(ipv6_raw(kIcmpv6, Octets{138, 0, 0, 0}))), kNoFlow);
}

TEST(FlowHash, WhatContradictsItselfIsOfNoFlow) {
  const Octets packet = ipv4(udp(counting(20)), {}, 0, kUdp);
  EXPECT_EQ(flow_hash(plain(with16(packet, 2, 4000))), kNoFlow) << "longer than its frame";
  EXPECT_EQ(flow_hash(ethernet(kLanMac, kPeerMac, 0x86dd, packet)), kNoFlow);
  EXPECT_EQ(flow_hash(ethernet(kWanMac, kAcMac, 0x8864, pppoe(1, 0x0021, packet, 0, 0x12))), kNoFlow);
  Octets short_length = in_pppoe(packet);
  put16(short_length, 14 + 4, static_cast<unsigned>(packet.size()));  // two less: the packet sticks out
  EXPECT_EQ(flow_hash(short_length), kNoFlow);
}

/// Whoever reads one octet more crashes.
TEST(FlowHash, ReadsNoOctetBeyondTheFrame) {
  Guarded guarded(512);
  const std::array<Octets, 5> frames{
      plain(ipv4(udp(counting(20)), Octets(8, 1), 0, kUdp)), in_pppoe(ipv4(tcp(kSyn))),
      in_pppoe(ipv6(tcp(kSyn))),
      plain(ipv6_raw(kHopByHop, extension(kFragmentHeader) + fragment_header(kUdp) + udp(counting(9)))),
      ethernet(kWanMac, kAcMac, 0x88a8, tag(7, be16(0x8100) + tag(1, be16(0x86dd) + ipv6(tcp(kSyn)))))};
  Random random(3);
  for (const Octets& frame : frames)
    for (std::size_t octets = 0; octets <= frame.size(); ++octets) {
      static_cast<void>(flow_hash(guarded.place(first_octets(frame, octets))));
      for (int round = 0; round < 50 && octets > 0; ++round) {
        Octets changed = first_octets(frame, octets);
        changed[random() % octets] = random.octet();
        static_cast<void>(flow_hash(guarded.place(changed)));
      }
    }
}

}  // namespace
}  // namespace narrows::worker
