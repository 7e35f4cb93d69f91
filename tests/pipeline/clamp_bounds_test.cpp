// SPDX-License-Identifier: BSD-3-Clause
/// Where looking and writing end: frame, PPPoE LENGTH, IP lengths, TCP data offset (contract, section 2.2).
#include "path.h"

namespace narrows::test {
namespace {

using stats::OddCase;

/// A SYN whose data offset says `words`, followed by `options` as they are.
Octets syn_claiming(unsigned words, const Octets& options) {
  return with8(tcp(kSyn), 12, words << 4) + options;
}

Octets nops_then_mss(std::size_t nops) {
  return Octets(nops, 1) + mss_option(1460);
}

TEST(ClampBounds, AnMssBehindTheDataOffsetIsData) {
  AddPath path;
  for (const std::size_t nops : {0u, 4u, 36u})
    for (std::size_t words = 5; words <= 5 + nops / 4; ++words) {
      const Octets packet = ipv4(syn_claiming(static_cast<unsigned>(words), nops_then_mss(nops)));
      expect_forward(path, from_lan(packet), to_wan(packet));
    }
  EXPECT_EQ(path.totals().clamped[0].value(), 0u);
  EXPECT_EQ(path.odd(OddCase::bad_data_offset), 0u);
}

TEST(ClampBounds, AnMssAcrossTheDataOffsetIsMalformed) {
  AddPath path;
  for (const std::size_t nops : {1u, 2u, 3u}) {
    const Octets packet = ipv4(syn_claiming(6, nops_then_mss(nops)));
    expect_forward(path, from_lan(packet), to_wan(packet));
  }
  EXPECT_EQ(path.odd(OddCase::malformed_options), 3u);
}

TEST(ClampBounds, ADataOffsetUnderFiveHasNoOptions) {
  AddPath path;
  for (unsigned words = 0; words < 5; ++words) {
    const Octets packet = ipv4(syn_claiming(words, nops_then_mss(0)));
    expect_forward(path, from_lan(packet), to_wan(packet));
  }
  EXPECT_EQ(path.odd(OddCase::bad_data_offset), 5u);
  EXPECT_EQ(path.totals().clamped[0].value(), 0u);
}

TEST(ClampBounds, ADataOffsetBeyondThePacketEndsWithIt) {
  AddPath path;
  const auto packet = [](unsigned mss) { return ipv4(syn_claiming(15, mss_option(mss))); };
  expect_forward(path, from_lan(packet(1460)), to_wan(packet(1452)));
  EXPECT_EQ(path.odd(OddCase::bad_data_offset), 1u);
  // What lies behind the packet in the frame looks like one more option.
  expect_forward(path, from_lan(packet(1460)) + mss_option(9000), to_wan(packet(1452)));
  EXPECT_EQ(path.odd(OddCase::several_mss), 0u);
}

/// Frames whose MSS option lies behind the end of the packet by IP's word, in every frame that holds one.
TEST(ClampBounds, AnMssBehindTheIpLengthIsPadding) {
  TransparentPath path;
  const Octets hidden = mss_option(1460);
  const Octets four = ipv4(syn_claiming(6, {}));
  const Octets six = ipv6(syn_claiming(6, {}));
  for (const Octets& ip : {four, six})
    for (const Octets& frame : {from_lan(ip) + hidden, from_wan(ip) + hidden,
                                ethernet(kWanMac, kAcMac, 0x8864, pppoe(1, ppp_of(ip), ip + hidden))})
      EXPECT_EQ(path.send(frame).frame, frame);
  EXPECT_EQ(path.totals().syn[0].value() + path.totals().syn[1].value(), 6u);
  EXPECT_EQ(path.odd(OddCase::bad_data_offset), 6u);
  EXPECT_EQ(path.odd(OddCase::syn_without_mss), 6u);
}

TEST(ClampBounds, AnMssBehindThePppoeLengthIsPadding) {
  TransparentPath path;
  const Octets ip = ipv4(tcp(kSyn, mss_option(1460)));
  Octets frame = from_wan(ip);
  for (std::size_t length = 0; length < ip.size() + 2; ++length) {
    put16(frame, 18, static_cast<unsigned>(length));
    EXPECT_EQ(path.send(frame).frame, frame) << length;
  }
  EXPECT_EQ(path.totals().syn[0].value(), 0u);
  EXPECT_EQ(path.odd(OddCase::inconsistent_ip), ip.size()) << "of every LENGTH from 2 on";
}

/// A SYN cut by the IP length at every octet: whole options in front of the cut count, nothing behind it.
TEST(ClampBounds, EveryIpLength) {
  const Octets options = mss_option(1460) + Octets{1} + mss_option(1461) + Octets{1, 1, 1} + mss_option(1462);
  for (const bool v4 : {true, false})
    for (std::size_t octets = 0; octets <= 20 + options.size(); ++octets) {
      SCOPED_TRACE(octets);
      Octets segment = first_octets(syn_claiming(9, options), octets);
      const unsigned limit = v4 ? 1452 : 1432;
      Octets lowered = segment;
      for (const std::size_t at : {22u, 27u, 34u})
        if (octets >= at + 2) put16(lowered, at, limit);
      // As much of the segment as there is has a right checksum before and after.
      const Octets ip = v4 ? ipv4(segment) : ipv6(segment);
      const Octets expected = v4 ? ipv4(lowered) : ipv6(lowered);
      AddPath path;
      expect_forward(path, from_lan(ip) + Octets(20, 4), to_wan(expected));
      EXPECT_EQ(path.odd(OddCase::truncated_tcp), octets < 20 ? 1u : 0u);
      EXPECT_EQ(path.totals().syn[v4 ? 0 : 1].value(), octets < 20 ? 0u : 1u);
      EXPECT_EQ(path.odd(OddCase::bad_data_offset), octets >= 20 && octets < 36 ? 1u : 0u);
    }
}

TEST(ClampBounds, TruncatedTcpBehindExtensionHeaders) {
  AddPath path;
  for (std::size_t octets = 0; octets < 20; ++octets) {
    const Octets packet =
        ipv6_raw(kHopByHop, extension(kTcp) + first_octets(tcp(kSyn, mss_option(1460)), octets));
    expect_forward(path, from_lan(packet) + Octets(40, 2), to_wan(packet));
  }
  EXPECT_EQ(path.odd(OddCase::truncated_tcp), 20u);
}

TEST(ClampBounds, ExtensionHeadersEndWithThePacket) {
  AddPath path;
  const Octets whole = ipv6(tcp(kSyn, mss_option(1460)), kDestinationOptions, extension(kTcp, 2));
  for (std::size_t payload = 0; payload < 24; ++payload) {
    const Octets packet = with16(first_octets(whole, 40 + payload), 4, static_cast<unsigned>(payload));
    Octets frame = from_lan(whole);
    put16(frame, 18, static_cast<unsigned>(payload));
    expect_forward(path, frame, to_wan(packet));
  }
  EXPECT_EQ(path.totals().syn[1].value(), 0u);
}

}  // namespace
}  // namespace narrows::test
