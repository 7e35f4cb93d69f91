// SPDX-License-Identifier: BSD-3-Clause
/// Checksums that a virtual interface left unfinished never leave so (contract, section 2.5).
#include "path.h"

namespace narrows::test {
namespace {

using stats::OddCase;

constexpr std::uint64_t kGood = RTE_MBUF_F_RX_L4_CKSUM_GOOD;
constexpr std::uint64_t kNone = RTE_MBUF_F_RX_L4_CKSUM_NONE;
constexpr std::uint64_t kBad = RTE_MBUF_F_RX_L4_CKSUM_BAD;

/// A packet in both states.
struct States {
  Octets partial;
  Octets complete;
};

States states_of(std::uint8_t protocol, const Octets& l4, bool v4, const Octets& headers = {}) {
  const std::size_t field = protocol == kTcp ? 16 : 6;
  const auto packet = [&](unsigned checksum) {
    const Octets sealed = with16(l4, field, checksum);
    // Built by hand: ipv4() would complete the checksum.
    const Octets ip = v4 ? ipv4(Octets(sealed.size()), headers, 0, protocol)
                         : ipv6_raw(headers.empty() ? protocol : kHopByHop, headers + sealed);
    return v4 ? first_octets(ip, 20 + headers.size()) + sealed : ip;
  };
  return {packet(partial_checksum(protocol, l4.size(), v4)), packet(l4_checksum(protocol, l4, v4))};
}

std::vector<States> kinds() {
  return {states_of(kTcp, tcp(kAck, {}, counting(33)), true),
          states_of(kTcp, tcp(kAck, {}, counting(32)), true, Octets{1, 1, 1, 0}),
          states_of(kTcp, tcp(kAck), false),
          states_of(kTcp, tcp(kAck, {}, counting(5)), false, extension(kTcp)),
          states_of(kUdp, udp(counting(11)), true),
          states_of(kUdp, udp(counting(12)), false)};
}

struct FinishingPaths {
  FinishingPaths() {
    for (Path* path :
         {static_cast<Path*>(&add), static_cast<Path*>(&strip), static_cast<Path*>(&transparent)})
      path->context.finish_partial_checksums = true;
  }
  AddPath add;
  StripPath strip;
  TransparentPath transparent;
};

TEST(PartialChecksums, AreCompletedOnEveryPath) {
  FinishingPaths paths;
  for (const auto& [partial, complete] : kinds()) {
    expect_forward(paths.add, from_lan(partial), to_wan(complete));
    expect_forward(paths.strip, from_wan(partial), to_lan(complete));
    expect_forward(paths.transparent, padded(from_wan(partial)), from_wan(complete));
    expect_forward(paths.transparent, padded(tagged(from_lan(partial), 0x8100, 7)),
                   tagged(from_lan(complete), 0x8100, 7));
  }
  EXPECT_EQ(paths.add.odd(OddCase::partial_checksum), kinds().size());
}

TEST(PartialChecksums, OfASynAreCompletedAndClamped) {
  FinishingPaths paths;
  for (const bool v4 : {true, false}) {
    const States before = states_of(kTcp, tcp(kSyn, Octets{1} + mss_option(1460)), v4);
    const States after = states_of(kTcp, tcp(kSyn, Octets{1} + mss_option(v4 ? 1452 : 1432)), v4);
    expect_forward(paths.add, from_lan(before.partial), to_wan(after.complete));
    expect_forward(paths.add, from_lan(before.complete), to_wan(after.complete));
  }
}

TEST(PartialChecksums, CompleteAndWrongOnesStay) {
  FinishingPaths paths;
  for (const auto& [partial, complete] : kinds()) {
    expect_forward(paths.add, from_lan(complete), to_wan(complete));
    Octets wrong = complete;
    wrong.back() ^= 0x80;
    expect_forward(paths.add, from_lan(wrong), to_wan(wrong));
  }
  EXPECT_EQ(paths.add.odd(OddCase::partial_checksum), 0u);
}

TEST(PartialChecksums, StayWhereNoneAreExpected) {
  AddPath path;
  for (const auto& [partial, complete] : kinds()) expect_forward(path, from_lan(partial), to_wan(partial));
}

TEST(PartialChecksums, ADriverThatVouchesIsBelieved) {
  FinishingPaths paths;
  const States udp4 = states_of(kUdp, udp(counting(11)), true);
  expect_forward(paths.add, Arrival(from_lan(udp4.partial), kGood), to_wan(udp4.partial));
  for (const std::uint64_t flags : {std::uint64_t{0}, kNone, kBad})
    expect_forward(paths.add, Arrival(from_lan(udp4.partial), flags), to_wan(udp4.complete));
}

/// RFC 6946: a fragment header with offset 0 and nothing more to come.
TEST(PartialChecksums, OfAnAtomicFragmentAreCompleted) {
  FinishingPaths paths;
  const Octets segment = tcp(kAck, {}, counting(33));
  const auto packet = [&](unsigned checksum) {
    return ipv6_raw(44, fragment_header(kTcp) + with16(segment, 16, checksum));
  };
  expect_forward(paths.add, from_lan(packet(partial_checksum(kTcp, segment.size(), false))),
                 to_wan(packet(l4_checksum(kTcp, segment, false))));
}

TEST(PartialChecksums, FragmentsAreLeftAlone) {
  FinishingPaths paths;
  for (const unsigned fragment : {0x2000u, 0x0007u}) {
    const Octets packet = with16(states_of(kUdp, udp(counting(11)), true).partial, 6, fragment);
    expect_forward(paths.add, from_lan(packet), to_wan(packet));
  }
}

TEST(PartialChecksums, FramesThatAreNotForwardedAreLeftAlone) {
  FinishingPaths paths;
  const Octets partial = states_of(kUdp, udp(counting(11)), true).partial;
  paths.strip.send({ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, 0xc021, partial)), from_wan(partial, 9),
                    from_wan(partial)});
  EXPECT_EQ(paths.strip.odd(OddCase::partial_checksum), 1u);
}

TEST(PartialChecksums, AreHandedOnWhereThePortCan) {
  FinishingPaths paths;
  paths.add.context.hardware_checksum = true;
  for (const States& states : kinds()) {
    const Departure departure = paths.add.send(Arrival(from_lan(states.partial), kNone));
    const bool extended = states.partial.at(0) >> 4 == 6 && states.partial.at(6) == kHopByHop;
    EXPECT_EQ(departure.frame, padded(to_wan(extended ? states.complete : states.partial)));
    EXPECT_EQ(departure.marks != 0, !extended);
    if (extended) continue;
    EXPECT_EQ(departure.l2_octets, 22u);
    const bool is_udp = states.partial.at(states.partial.at(0) >> 4 == 4 ? 9 : 6) == kUdp;
    EXPECT_EQ(departure.marks & RTE_MBUF_F_TX_L4_MASK,
              is_udp ? RTE_MBUF_F_TX_UDP_CKSUM : RTE_MBUF_F_TX_TCP_CKSUM);
  }
  for (const std::uint64_t flags : {std::uint64_t{0}, kBad})
    for (const auto& [partial, complete] : kinds())
      expect_forward(paths.add, Arrival(from_lan(partial), flags), to_wan(complete));
}

TEST(PartialChecksums, OfAClampedSynAreHandedOn) {
  FinishingPaths paths;
  paths.add.context.hardware_checksum = true;
  const States before = states_of(kTcp, tcp(kSyn, Octets{1} + mss_option(1460)), true);
  const States after = states_of(kTcp, tcp(kSyn, Octets{1} + mss_option(1452)), true);
  const Departure departure = paths.add.send(Arrival(from_lan(before.partial), kNone));
  EXPECT_EQ(departure.frame, padded(to_wan(after.partial)));
  EXPECT_EQ(departure.marks, RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM);
}

}  // namespace
}  // namespace narrows::test
