// SPDX-License-Identifier: BSD-3-Clause
/// Which segments are clamped, to what, and what is counted (contract, section 2).
#include <functional>

#include "path.h"

namespace narrows::test {
namespace {

using stats::OddCase;

/// Builds an IP packet around a TCP segment.
using Build = std::function<Octets(const Octets&)>;

Octets plain4(const Octets& segment) {
  return ipv4(segment);
}
Octets plain6(const Octets& segment) {
  return ipv6(segment);
}

/// A way through the data path: its path, how its frames look, and its limits.
struct Way {
  const char* what;
  Path& path;
  Octets (*arrive)(const Octets&);
  Octets (*leave)(const Octets&);
  unsigned limit4;
  unsigned limit6;
};

Octets arrive_from_wan(const Octets& ip) {
  return from_wan(ip);
}
Octets leave_to_wan(const Octets& ip) {
  return to_wan(ip);
}
Octets padded_lan(const Octets& ip) {
  return padded(from_lan(ip));
}
Octets padded_wan(const Octets& ip) {
  return padded(from_wan(ip));
}

class Clamp : public testing::Test {
 protected:
  /// `options` has an MSS option at `offset`, above the limits of all ways.
  void expect_lowered(const Build& build, std::uint8_t flags, const Octets& options, std::size_t offset,
                      const Octets& payload = {}) {
    for (const Way& way : ways) {
      SCOPED_TRACE(way.what);
      const bool four = build(tcp(flags)).at(0) >> 4 == 4;
      const Octets lowered = with16(options, offset + 2, four ? way.limit4 : way.limit6);
      const auto clamped = way.path.totals().clamped[four ? 0 : 1].value();
      expect_forward(way.path, way.arrive(build(tcp(flags, options, payload))),
                     way.leave(build(tcp(flags, lowered, payload))));
      EXPECT_EQ(way.path.totals().clamped[four ? 0 : 1].value(), clamped + 1);
    }
  }
  void expect_untouched(const Octets& ip) {
    for (const Way& way : ways) {
      SCOPED_TRACE(way.what);
      const auto clamped = way.path.totals().clamped[0].value() + way.path.totals().clamped[1].value();
      expect_forward(way.path, way.arrive(ip), way.leave(ip));
      EXPECT_EQ(way.path.totals().clamped[0].value() + way.path.totals().clamped[1].value(), clamped);
    }
  }
  /// Each way has counted `odd` this often.
  void expect_odd(OddCase odd, std::uint64_t times) {
    for (const Way& way : ways) EXPECT_EQ(way.path.odd(odd), times) << way.what;
  }

  AddPath add;
  StripPath strip;
  TransparentPath outward{Direction::lan_to_wan};
  TransparentPath inward{Direction::wan_to_lan};
  std::vector<Way> ways{
      {"add", add, from_lan, leave_to_wan, 1452, 1432},
      {"strip", strip, arrive_from_wan, to_lan, 1450, 1430},
      {"transparent, IP, outward", outward, padded_lan, from_lan, 1452, 1432},
      {"transparent, PPPoE, inward", inward, padded_wan, arrive_from_wan, 1450, 1430},
  };
};

TEST_F(Clamp, SynAndSynAckOfBothFamilies) {
  for (const unsigned flags : {0x02u, 0x12u, 0xc2u, 0x52u, 0xdau, 0x03u})
    for (const auto& build : {plain4, plain6})
      expect_lowered(build, static_cast<std::uint8_t>(flags), mss_option(1460) + Octets{4, 2, 1, 1}, 0);
}

TEST_F(Clamp, SynWithData) {
  for (const std::size_t payload : {1u, 2u, 999u}) {
    expect_lowered(plain4, kSyn, mss_option(1460), 0, counting(payload));
    expect_lowered(plain6, kSyn, Octets{1} + mss_option(1460), 1, counting(payload));
  }
}

TEST_F(Clamp, NoOtherSegment) {
  for (unsigned flags = 0; flags < 256; ++flags) {
    if ((flags & 0x06) == 0x02) continue;
    expect_untouched(ipv4(tcp(static_cast<std::uint8_t>(flags), mss_option(1460))));
    expect_untouched(ipv6(tcp(static_cast<std::uint8_t>(flags), mss_option(1460))));
  }
  EXPECT_EQ(add.totals().syn[0].value() + add.totals().syn[1].value(), 0u);
}

TEST_F(Clamp, NoOtherProtocol) {
  for (const unsigned protocol : {0u, 1u, 4u, 5u, 7u, 17u, 33u, 41u, 47u, 50u, 51u, 58u, 59u, 132u, 255u})
    expect_untouched(ipv4(tcp(kSyn, mss_option(1460)), {}, 0, static_cast<std::uint8_t>(protocol)));
  for (const unsigned protocol : {1u, 4u, 5u, 7u, 17u, 33u, 41u, 47u, 58u, 132u, 255u})
    expect_untouched(ipv6_raw(static_cast<std::uint8_t>(protocol), tcp(kSyn, mss_option(1460))));
}

TEST_F(Clamp, NeverRaisesAndNeverInserts) {
  for (const unsigned mss : {0u, 1u, 536u, 1220u, 1430u}) {
    expect_untouched(ipv4(tcp(kSyn, mss_option(mss))));
    expect_untouched(ipv6(tcp(kSyn, mss_option(mss))));
  }
  expect_odd(OddCase::syn_without_mss, 0);
  expect_untouched(ipv4(tcp(kSyn)));
  expect_untouched(ipv6(tcp(kSyn, {3, 3, 7, 1})));
  expect_odd(OddCase::syn_without_mss, 2);
}

TEST_F(Clamp, EveryOffsetBehindEveryIpv4Header) {
  for (std::size_t words = 0; words <= 10; ++words)
    for (std::size_t offset = 0; offset <= 36; ++offset) {
      const Octets options = Octets(offset, 1) + mss_option(8960);
      expect_lowered([&](const Octets& segment) { return ipv4(segment, Octets(4 * words, 1)); }, kSyn,
                     options, offset);
    }
  expect_odd(OddCase::odd_offset_mss, std::uint64_t{11} * 18);
}

TEST_F(Clamp, EveryOneOfSeveralOptions) {
  for (const Way& way : ways) {
    const auto options = [&](unsigned first, unsigned second) {
      return mss_option(first) + Octets{1, 1, 1} + mss_option(1400) + mss_option(second);
    };
    expect_forward(way.path, way.arrive(ipv4(tcp(kSyn, options(1460, 9000)))),
                   way.leave(ipv4(tcp(kSyn, options(way.limit4, way.limit4)))));
    EXPECT_EQ(way.path.totals().clamped[0].value(), 1u) << "counts packets, not options";
  }
  expect_odd(OddCase::several_mss, 1);
  expect_odd(OddCase::odd_offset_mss, 1);
}

TEST_F(Clamp, MalformedOptionsPassAndAreCounted) {
  expect_untouched(ipv4(tcp(kSyn, Octets{5, 0} + mss_option(1460))));
  expect_odd(OddCase::malformed_options, 1);
  expect_untouched(ipv4(tcp(kSyn, Octets{5, 1} + mss_option(1460))));
  expect_untouched(ipv4(tcp(kSyn, {1, 1, 2, 4})));
  expect_untouched(ipv6(tcp(kSyn, {8, 9, 1, 1})));
  expect_odd(OddCase::malformed_options, 4);
  expect_lowered(plain4, kSyn, mss_option(1460) + Octets{5, 0, 0, 0}, 0);
  expect_odd(OddCase::malformed_options, 5);
}

TEST_F(Clamp, BehindExtensionHeaders) {
  for (const auto kind : {kHopByHop, kRouting, kDestinationOptions})
    for (const std::uint8_t more : Octets{0, 1, 5})
      expect_lowered([&](const Octets& segment) { return ipv6(segment, kind, extension(kTcp, more)); }, kSyn,
                     mss_option(1460), 0);
  expect_lowered(
      [](const Octets& segment) {
        return ipv6(segment, kHopByHop, extension(kFragmentHeader) + fragment_header(kTcp));
      },
      kSyn, Octets{1} + mss_option(1460), 1);
}

TEST_F(Clamp, EightExtensionHeadersAndNotNine) {
  const auto chain = [](unsigned headers) {
    Octets octets = extension(kTcp);
    while (octets.size() < 8 * headers) octets = extension(kDestinationOptions) + octets;
    return octets;
  };
  expect_lowered([&](const Octets& segment) { return ipv6(segment, kDestinationOptions, chain(8)); }, kSyn,
                 mss_option(1460), 0);
  expect_odd(OddCase::extension_header_end, 0);
  expect_untouched(ipv6(tcp(kSyn, mss_option(1460)), kDestinationOptions, chain(9)));
  expect_odd(OddCase::extension_header_end, 1);
}

TEST_F(Clamp, EspAhAndTheLikeEndTheWalk) {
  for (const auto kind : {kEsp, kAh, kNoNextHeader})
    expect_untouched(ipv6(tcp(kSyn, mss_option(1460)), kind));
  expect_untouched(ipv6(tcp(kSyn, mss_option(1460)), kHopByHop, extension(kAh) + extension(kTcp, 1)));
  expect_odd(OddCase::extension_header_end, 4);
}

TEST_F(Clamp, FirstFragmentsButNoOthers) {
  expect_lowered([](const Octets& segment) { return ipv4(segment, {}, 0x2000); }, kSyn, mss_option(1460), 0);
  expect_lowered(
      [](const Octets& segment) { return ipv6(segment, kFragmentHeader, fragment_header(kTcp, 0, true)); },
      kSyn, mss_option(1460), 0);
  for (const unsigned offset : {0x0001u, 0x2001u, 0x1fffu})
    expect_untouched(ipv4(tcp(kSyn, mss_option(1460)), {}, offset));
  for (const unsigned offset : {1u, 8191u})
    expect_untouched(ipv6(tcp(kSyn, mss_option(1460)), kFragmentHeader, fragment_header(kTcp, offset)));
}

TEST_F(Clamp, AWrongChecksumStaysWrongByTheSame) {
  const auto wrong = [](unsigned mss) {
    Octets packet = ipv4(tcp(kSyn, Octets{1} + mss_option(mss)));
    put16(packet, 36, (get16(packet, 36) + 0xffff - 0x1111) % 0xffff);
    return packet;
  };
  for (const Way& way : ways) expect_forward(way.path, way.arrive(wrong(1460)), way.leave(wrong(way.limit4)));
}

TEST(ClampLimits, EachSessionDirectionAndFamilyHasItsOwn) {
  session::SessionSpec second = plain_session();
  second.id = 2;
  second.lan_vlan = 10;
  second.max_mss = {{{1300, 1200}, {1100, 1000}}};
  AddPath add({plain_session(), second});
  StripPath strip({plain_session(), second});
  const auto syn4 = [](unsigned mss) { return ipv4(tcp(kSyn, mss_option(mss))); };
  const auto syn6 = [](unsigned mss) { return ipv6(tcp(kSyn, mss_option(mss))); };
  expect_forward(add, from_lan(syn4(1460)), to_wan(syn4(1452)));
  expect_forward(add, tagged(from_lan(syn4(1460)), 0x8100, 10), to_wan(syn4(1300), 2));
  expect_forward(add, tagged(from_lan(syn6(1460)), 0x8100, 10), to_wan(syn6(1200), 2));
  expect_forward(strip, from_wan(syn6(1460)), to_lan(syn6(1430)));
  expect_forward(strip, from_wan(syn4(1460), 2), tagged(to_lan(syn4(1100)), 0x8100, 10));
  expect_forward(strip, from_wan(syn6(1460), 2), tagged(to_lan(syn6(1000)), 0x8100, 10));
  EXPECT_EQ(add.of_session(1).syn[0].value(), 1u);
  EXPECT_EQ(add.of_session(1).clamped[1].value(), 1u);
  EXPECT_EQ(strip.of_session(0).clamped[0].value(), 0u);
  EXPECT_EQ(strip.of_session(0).clamped[1].value(), 1u);
}

TEST(ClampLimits, OffLeavesEveryMssAndCountsTheSyn) {
  session::SessionSpec spec = plain_session();
  spec.max_mss = {{{0xffff, 0xffff}, {0xffff, 0xffff}}};
  AddPath path({spec});
  for (const unsigned mss : {1460u, 9000u, 0xffffu}) {
    const Octets packet = ipv4(tcp(kSyn, mss_option(mss)));
    expect_forward(path, from_lan(packet), to_wan(packet));
  }
  EXPECT_EQ(path.totals().syn[0].value(), 3u);
  EXPECT_EQ(path.totals().clamped[0].value(), 0u);
  EXPECT_EQ(path.of_session(0).syn[0].value(), 3u);
}

}  // namespace
}  // namespace narrows::test
