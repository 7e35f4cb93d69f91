// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/icmp_error.h"

#include <gtest/gtest.h>

#include <set>

#include "guarded.h"
#include "packets.h"
#include "random.h"

namespace narrows::rewrite {
namespace {

using namespace narrows::test;

constexpr wire::Ipv4Address kRouter4{0xc0000263};  // 192.0.2.99
constexpr wire::Ipv6Octets kRouter6{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0a};
const Octets kRouter4Octets{192, 0, 2, 99};
const Octets kRouter6Octets(kRouter6.begin(), kRouter6.end());
constexpr std::uint8_t kIcmp = 1;

Octets about4(const Octets& packet, IcmpError error = kHostUnreachable, LinkCast cast = LinkCast::unicast) {
  return make_icmpv4_error(packet, error, kRouter4, cast);
}
Octets about6(const Octets& packet, IcmpError error = kNoRouteIpv6, LinkCast cast = LinkCast::unicast) {
  return make_icmpv6_error(packet, error, kRouter6, cast);
}

Octets udp4(std::size_t payload = 4) {
  return ipv4(udp(counting(payload)), {}, 0, kUdp);
}
Octets udp6(std::size_t payload = 4) {
  return ipv6_raw(kUdp, udp(counting(payload)));
}
Octets icmp4(std::uint8_t type) {
  return ipv4({type, 0, 0, 0, 0, 0, 0, 0}, {}, 0, kIcmp);
}
Octets icmp6(std::uint8_t type) {
  return ipv6_raw(kIcmpv6, {type, 0, 0, 0, 0, 0, 0, 0});
}

Octets from(const Octets& octets, std::size_t at) {
  return {octets.begin() + static_cast<std::ptrdiff_t>(at), octets.end()};
}

/// A whole ICMP error written by hand: `start` is type, code, two zeros for the checksum and the parameter.
Octets expected4(Octets start, const Octets& quoted) {
  Octets message = start + quoted;
  put16(message, 2, 0xffff & ~ones_complement_sum(message));
  Octets header = Octets{0x45, 0xc0} + be16(static_cast<unsigned>(20 + message.size())) +
                  Octets{0, 0, 0x40, 0, 64, kIcmp, 0, 0} + kRouter4Octets + kSource4;
  put16(header, 10, 0xffff & ~ones_complement_sum(header));
  return header + message;
}
Octets expected6(Octets start, const Octets& quoted) {
  Octets message = start + quoted;
  const unsigned pseudo = pseudo_sum(kRouter6Octets, kSource6, kIcmpv6, message.size());
  put16(message, 2, 0xffff & ~ones_complement_sum(be16(pseudo) + message));
  return Octets{0x60, 0, 0, 0} + be16(static_cast<unsigned>(message.size())) + Octets{kIcmpv6, 64} +
         kRouter6Octets + kSource6 + message;
}

TEST(Icmpv4Error, HostUnreachable) {
  const auto packet = udp4();
  EXPECT_EQ(about4(packet), expected4({3, 1, 0, 0, 0, 0, 0, 0}, packet));
}

// RFC 1191 §4: the next hop's MTU in the low 16 bits of what was unused.
TEST(Icmpv4Error, FragmentationNeeded) {
  const auto packet = with16(udp4(), 6, 0x4000);
  EXPECT_EQ(about4(packet, fragmentation_needed(1492)), expected4({3, 4, 0, 0, 0, 0, 0x05, 0xd4}, packet));
}

// RFC 1812 §4.3.2.3: as much as possible, not beyond 576 octets.
TEST(Icmpv4Error, QuotesAsMuchAsFits576) {
  for (const std::size_t payload : {0u, 1u, 519u, 520u, 521u, 1464u, 8000u}) {
    const auto packet = udp4(payload);
    const auto quoted = first_octets(packet, std::min<std::size_t>(packet.size(), 548));
    EXPECT_EQ(about4(packet), expected4({3, 1, 0, 0, 0, 0, 0, 0}, quoted)) << payload;
  }
  EXPECT_EQ(about4(udp4(520)).size(), 576u);
}

TEST(Icmpv4Error, PaddingBehindThePacketIsNotQuoted) {
  EXPECT_EQ(about4(udp4() + Octets(20, 0xff)), about4(udp4()));
}

TEST(Icmpv4Error, OptionsAreQuotedAsTheyAre) {
  const auto packet = ipv4(udp(counting(4)), {0x94, 4, 0, 0}, 0, kUdp);
  EXPECT_EQ(about4(packet), expected4({3, 1, 0, 0, 0, 0, 0, 0}, packet));
}

// RFC 1122 §3.2.2, RFC 1812 §4.3.2.7: never about an ICMP error; queries and their answers may be.
TEST(Icmpv4Error, NeverAboutIcmpErrors) {
  const std::set<int> queries{0, 8, 9, 10, 13, 14, 15, 16, 17, 18, 42, 43};
  for (int type = 0; type < 256; ++type)
    EXPECT_EQ(about4(icmp4(static_cast<std::uint8_t>(type))).empty(), !queries.contains(type)) << type;
  EXPECT_TRUE(about4(ipv4({}, {}, 0, kIcmp) + Octets(26, 8)).empty()) << "a type that is padding";
  EXPECT_TRUE(about4(ipv4({3, 1, 0, 0}, {0x94, 4, 0, 0}, 0, kIcmp)).empty()) << "behind options";
}

TEST(Icmpv4Error, NeverAboutWhatIsNotForOneHost) {
  for (const Octets& address : {Octets{224, 0, 0, 1}, Octets{239, 255, 255, 255}, Octets{255, 255, 255, 255},
                                Octets{0, 0, 0, 0}, Octets{127, 0, 0, 1}, Octets{240, 0, 0, 1}}) {
    const auto packet = udp4();
    EXPECT_TRUE(about4(first_octets(packet, 16) + address + from(packet, 20)).empty()) << int{address[0]};
    EXPECT_TRUE(about4(first_octets(packet, 12) + address + from(packet, 16)).empty())
        << "from " << int{address[0]};
  }
}

TEST(Icmpv4Error, NeverAboutFragmentsButTheFirst) {
  EXPECT_TRUE(about4(ipv4(udp(counting(8)), {}, 0x0001, kUdp)).empty());
  EXPECT_TRUE(about4(ipv4(udp(counting(8)), {}, 0x3fff, kUdp)).empty());
  EXPECT_FALSE(about4(ipv4(udp(counting(8)), {}, 0x2000, kUdp)).empty());
}

TEST(Icmpv4Error, NeverAboutLinkBroadcasts) {
  EXPECT_TRUE(about4(udp4(), kHostUnreachable, LinkCast::multicast).empty());
}

TEST(Icmpv4Error, NeverAboutWhatIsNoIpv4) {
  EXPECT_TRUE(about4({}).empty());
  EXPECT_TRUE(about4(udp6()).empty());
  EXPECT_TRUE(about4(with8(udp4(), 0, 0x44)).empty());
  const auto packet = udp4();
  for (std::size_t octets = 0; octets < packet.size(); ++octets)
    EXPECT_TRUE(about4(first_octets(packet, octets)).empty()) << octets;
}

TEST(Icmpv6Error, NoRouteAndAddressUnreachable) {
  const auto packet = udp6();
  EXPECT_EQ(about6(packet), expected6({1, 0, 0, 0, 0, 0, 0, 0}, packet));
  EXPECT_EQ(about6(packet, kAddressUnreachableIpv6), expected6({1, 3, 0, 0, 0, 0, 0, 0}, packet));
}

TEST(Icmpv6Error, PacketTooBig) {
  const auto packet = udp6(1452);
  EXPECT_EQ(about6(packet, packet_too_big(1492)),
            expected6({2, 0, 0, 0, 0, 0, 0x05, 0xd4}, first_octets(packet, 1232)));
}

// RFC 4443 §2.4 (c): as much as possible, not beyond the minimum MTU of 1280.
TEST(Icmpv6Error, QuotesAsMuchAsFits1280) {
  for (const std::size_t payload : {0u, 1u, 1183u, 1184u, 1185u, 8000u}) {
    const auto packet = udp6(payload);
    const auto quoted = first_octets(packet, std::min<std::size_t>(packet.size(), 1232));
    EXPECT_EQ(about6(packet), expected6({1, 0, 0, 0, 0, 0, 0, 0}, quoted)) << payload;
  }
  EXPECT_EQ(about6(udp6(1184)).size(), 1280u);
}

TEST(Icmpv6Error, PaddingBehindThePacketIsNotQuoted) {
  EXPECT_EQ(about6(udp6() + Octets(20, 0xff)), about6(udp6()));
}

// RFC 4443 §2.4 (e.1), (e.2): about neither errors nor redirects.
TEST(Icmpv6Error, NeverAboutIcmpErrorsAndRedirects) {
  for (int type = 0; type < 256; ++type)
    EXPECT_EQ(about6(icmp6(static_cast<std::uint8_t>(type))).empty(), type < 128 || type == 137) << type;
  EXPECT_TRUE(about6(ipv6_raw(kIcmpv6, {}) + Octets(6, 128)).empty()) << "a type that is padding";
}

TEST(Icmpv6Error, IcmpErrorsAreSeenBehindExtensionHeaders) {
  const Octets error{1, 0, 0, 0, 0, 0, 0, 0};
  const Octets query{128, 0, 0, 0, 0, 0, 0, 0};
  const auto behind = [](std::uint8_t kind, const Octets& header, const Octets& message) {
    return ipv6_raw(kind, header + message);
  };
  for (const auto kind : {kHopByHop, kRouting, kDestinationOptions}) {
    EXPECT_TRUE(about6(behind(kind, extension(kIcmpv6, 1), error)).empty());
    EXPECT_FALSE(about6(behind(kind, extension(kIcmpv6, 1), query)).empty());
  }
  EXPECT_TRUE(about6(behind(kFragmentHeader, fragment_header(kIcmpv6, 0, true), error)).empty());
  // RFC 4302 §2.2: length in words less two.
  const Octets authentication = Octets{kIcmpv6, 4} + Octets(22, 0xaa);
  EXPECT_TRUE(about6(behind(kAh, authentication, error)).empty());
  EXPECT_FALSE(about6(behind(kAh, authentication, query)).empty());
  EXPECT_TRUE(about6(behind(kAh, Octets{kIcmpv6, 255, 0, 0}, {})).empty());
  EXPECT_FALSE(about6(behind(kAh, Octets{kIcmpv6}, {})).empty()) << "a header that is cut off says nothing";
  EXPECT_FALSE(about6(behind(kEsp, Octets(16, 1), {})).empty());
}

// RFC 4443 §2.4 (e.3), (e.4): not about multicast, but for Packet Too Big.
TEST(Icmpv6Error, AboutMulticastOnlyPacketTooBig) {
  const Octets group = Octets{0xff, 0x0e} + Octets(13) + Octets{1};
  const auto packet = ipv6_raw(kUdp, udp(counting(4)), group);
  EXPECT_TRUE(about6(packet).empty());
  EXPECT_TRUE(about6(packet, kNoRouteIpv6, LinkCast::multicast).empty());
  EXPECT_TRUE(about6(udp6(), kNoRouteIpv6, LinkCast::multicast).empty());
  const Octets start{2, 0, 0, 0, 0, 0, 5, 0};
  EXPECT_EQ(about6(packet, packet_too_big(1280), LinkCast::multicast), expected6(start, packet));
  EXPECT_EQ(about6(udp6(), packet_too_big(1280), LinkCast::multicast), expected6(start, udp6()));
}

// RFC 4443 §2.4 (e.6): not to a source that is not one node.
TEST(Icmpv6Error, NeverToWhatIsNotOneNode) {
  const auto packet = udp6();
  for (const Octets& address :
       {Octets(16), Octets(15) + Octets{1}, Octets{0xff, 0x02} + Octets(13) + Octets{1}})
    EXPECT_TRUE(about6(first_octets(packet, 8) + address + from(packet, 24), packet_too_big(1280)).empty());
  EXPECT_TRUE(about6(ipv6_raw(kUdp, udp({}), Octets(16)), packet_too_big(1280)).empty());
  EXPECT_TRUE(about6(ipv6_raw(kUdp, udp({}), Octets(15) + Octets{1}), packet_too_big(1280)).empty());
}

TEST(Icmpv6Error, NeverAboutFragmentsButTheFirst) {
  EXPECT_TRUE(about6(ipv6_raw(kFragmentHeader, fragment_header(kUdp, 1, true) + counting(8))).empty());
  EXPECT_TRUE(about6(ipv6_raw(kFragmentHeader, fragment_header(kUdp, 0x1fff, false))).empty());
  EXPECT_FALSE(about6(ipv6_raw(kFragmentHeader, fragment_header(kUdp, 0, true) + counting(8))).empty());
}

TEST(Icmpv6Error, NeverAboutWhatIsNoIpv6) {
  EXPECT_TRUE(about6({}).empty());
  EXPECT_TRUE(about6(udp4()).empty());
  const auto packet = udp6();
  for (std::size_t octets = 0; octets < packet.size(); ++octets)
    EXPECT_TRUE(about6(first_octets(packet, octets)).empty()) << octets;
}

TEST(IcmpError, RandomOctetsAreSafeAndAnswersAreShort) {
  Random random(6864);
  Guarded guarded(2048);
  for (int round = 0; round < 200000; ++round) {
    auto octets = random.octets(random() % 96);
    if (!octets.empty()) octets[0] = random() % 2 == 0 ? 0x45 : 0x60;
    // Often a length that fits, and a protocol that is looked into.
    if (octets.size() >= 40 && random() % 4 != 0) {
      put16(octets, octets[0] == 0x45 ? 2 : 4,
            static_cast<unsigned>(octets.size() - (octets[0] == 0x45 ? 0 : 40)));
      octets[octets[0] == 0x45 ? 9 : 6] = random.one_of(Octets{0, 1, 17, 43, 44, 51, 58, 60});
    }
    const auto placed = guarded.place(octets);
    EXPECT_LE(make_icmpv4_error(placed, kHostUnreachable, kRouter4).size(), 28 + octets.size());
    EXPECT_LE(make_icmpv6_error(placed, packet_too_big(1280), kRouter6).size(), 48 + octets.size());
  }
}

}  // namespace
}  // namespace narrows::rewrite
