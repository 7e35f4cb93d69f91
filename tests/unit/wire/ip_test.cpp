// SPDX-License-Identifier: BSD-3-Clause
/// Which octets are an IP packet; and the transport header of IPv4.
#include "narrows/wire/ip.h"

#include <gtest/gtest.h>

#include "guarded.h"
#include "packets.h"

namespace narrows::test {
namespace {

using wire::parse_ipv4;
using wire::parse_ipv6;
using Status = wire::Transport::Status;

/// An IPv4 header of `first` and `total`, and zeros up to `present` octets.
Octets ipv4_octets(unsigned first, unsigned total, std::size_t present) {
  Octets octets(present);
  octets.at(0) = static_cast<std::uint8_t>(first);
  put16(octets, 2, total);
  return octets;
}

TEST(Ipv4, EveryVersionAndHeaderLength) {
  for (unsigned first = 0; first < 256; ++first) {
    const auto packet = parse_ipv4(ipv4_octets(first, 64, 64).data(), 64);
    EXPECT_EQ(packet.octets, first / 16 == 4 && first % 16 >= 5 ? 64 : 0) << first;
    EXPECT_EQ(packet.family, packet.octets != 0 ? Family::ipv4 : packet.family);
  }
}

TEST(Ipv4, TheHeaderFitsTheTotalLength) {
  for (unsigned ihl = 5; ihl < 16; ++ihl)
    for (unsigned total = 0; total <= 64; ++total)
      ASSERT_EQ(parse_ipv4(ipv4_octets(0x40 | ihl, total, 64).data(), 64).octets,
                total >= ihl * 4 ? total : 0)
          << ihl << ' ' << total;
}

TEST(Ipv4, TheTotalLengthFitsWhatIsThere) {
  Guarded guarded(0xffff);
  for (const unsigned total : {20u, 21u, 46u, 1500u, 0xfffeu, 0xffffu}) {
    const auto exact = guarded.place(ipv4_octets(0x45, total, total));
    EXPECT_EQ(parse_ipv4(exact.data(), total).octets, total);
    EXPECT_EQ(parse_ipv4(exact.data(), total + 1).octets, total) << "padding behind";
    EXPECT_EQ(parse_ipv4(exact.data(), total - 1).octets, 0) << "one octet short";
  }
}

TEST(Ipv4, EveryTruncation) {
  const Octets whole = ipv4(tcp(kSyn, mss_option(1460)), Octets{1, 1, 1, 0});
  Guarded guarded;
  for (std::size_t octets = 0; octets <= whole.size(); ++octets) {
    const auto placed = guarded.place(first_octets(whole, octets));
    EXPECT_EQ(parse_ipv4(placed.data(), placed.size()).octets, octets == whole.size() ? octets : 0) << octets;
  }
}

wire::Transport transport_of(const Octets& ip) {
  return wire::find_transport(ip.data(), parse_ipv4(ip.data(), ip.size()));
}

TEST(Ipv4, TransportBehindEveryHeaderLength) {
  for (unsigned ihl = 5; ihl < 16; ++ihl) {
    const auto transport = transport_of(with8(ipv4_octets(0x40 | ihl, 64, 64), 9, kUdp));
    EXPECT_EQ(transport.status, Status::found);
    EXPECT_EQ(transport.offset, ihl * 4);
    EXPECT_EQ(transport.protocol, kUdp);
    EXPECT_FALSE(transport.fragment);
  }
}

TEST(Ipv4, OnlyTheFirstFragmentHasATransport) {
  for (unsigned field = 0; field <= 0xffff; ++field) {
    const auto transport = transport_of(with16(ipv4_octets(0x45, 40, 40), 6, field));
    const bool first = field % 0x2000 == 0;
    ASSERT_EQ(transport.status, first ? Status::found : Status::no_transport) << field;
    if (first) {
      ASSERT_EQ(transport.fragment, field / 0x2000 % 2 == 1) << field;
    }
  }
}

TEST(Ipv6, EveryVersion) {
  for (unsigned first = 0; first < 256; ++first) {
    const auto packet = parse_ipv6(with8(ipv6_raw(kTcp, Octets(20)), 0, first).data(), 60);
    EXPECT_EQ(packet.octets, first / 16 == 6 ? 60 : 0) << first;
    EXPECT_EQ(packet.family, Family::ipv6);
  }
}

TEST(Ipv6, ThePayloadLengthFitsWhatIsThere) {
  Guarded guarded(0xffff);
  for (const unsigned payload : {0u, 1u, 20u, 1460u, 0xffffu - 41, 0xffffu - 40}) {
    const auto exact = guarded.place(ipv6_raw(kTcp, Octets(payload)));
    EXPECT_EQ(parse_ipv6(exact.data(), exact.size()).octets, payload + 40);
    EXPECT_EQ(parse_ipv6(exact.data(), exact.size() + 1).octets, payload + 40) << "padding behind";
    EXPECT_EQ(parse_ipv6(exact.data(), exact.size() - 1).octets, 0) << "one octet short";
  }
}

TEST(Ipv6, APacketBeyond65535OctetsIsNone) {
  for (unsigned payload = 0xffff - 39; payload <= 0xffff; ++payload) {
    const Octets packet = with16(ipv6_raw(kTcp, Octets(payload)), 4, payload);
    EXPECT_EQ(parse_ipv6(packet.data(), packet.size()).octets, 0) << payload;
  }
}

TEST(Ipv6, EveryTruncation) {
  const Octets whole = ipv6(tcp(kSyn, mss_option(1460)));
  Guarded guarded;
  for (std::size_t octets = 0; octets <= whole.size(); ++octets) {
    const auto placed = guarded.place(first_octets(whole, octets));
    EXPECT_EQ(parse_ipv6(placed.data(), placed.size()).octets, octets == whole.size() ? octets : 0) << octets;
  }
}

TEST(Ip, FindTransportGoesByTheFamily) {
  const Octets four = ipv4(tcp(kSyn), Octets{1, 1, 1, 0});
  const Octets six = ipv6(tcp(kSyn), kHopByHop, extension(kTcp));
  EXPECT_EQ(transport_of(four).offset, 24);
  EXPECT_EQ(wire::find_transport(six.data(), parse_ipv6(six.data(), six.size())).offset, 48);
}

}  // namespace
}  // namespace narrows::test
