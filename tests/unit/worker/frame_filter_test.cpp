// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/frame_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "packets.h"

namespace narrows::worker {
namespace {

using namespace test;

const Octets kSyn4 = ipv4(tcp(kSyn, mss_option(1460)));
const Octets kAck4 = ipv4(tcp(kAck));
constexpr const char* kSynText = "tcp[tcpflags] & tcp-syn != 0";

Octets plain(const Octets& ip, unsigned ethertype = 0x0800) {
  return ethernet(kLanMac, kPeerMac, ethertype, ip);
}
Octets in_pppoe(const Octets& ip, unsigned protocol = 0x0021) {
  return ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, protocol, ip));
}
Octets tagged(Octets frame, unsigned vlan, unsigned tpid = 0x8100) {
  const Octets header = be16(tpid) + be16(vlan);
  frame.insert(frame.begin() + 12, header.begin(), header.end());
  return frame;
}
bool passes(const std::string& text, const Octets& frame) {
  return FrameFilter(text).matches(frame, static_cast<std::uint32_t>(frame.size()));
}

TEST(FrameFilter, EmptyTakesAll) {
  EXPECT_TRUE(passes("", plain(kSyn4)));
  EXPECT_TRUE(passes("", Octets{1}));
  EXPECT_TRUE(passes("", tagged(in_pppoe(kSyn4), 7)));
}

TEST(FrameFilter, LooksThroughTagsAndPppoe) {
  const std::vector<Octets> ways{plain(kSyn4), in_pppoe(kSyn4), tagged(plain(kSyn4), 10),
                                 tagged(in_pppoe(kSyn4), 835),
                                 tagged(tagged(in_pppoe(kSyn4), 7), 100, 0x88a8)};
  for (const Octets& frame : ways) {
    EXPECT_TRUE(passes(kSynText, frame));
    EXPECT_TRUE(passes("ip and tcp dst port 80", frame));
    EXPECT_TRUE(passes("host 192.0.2.1", frame));
    EXPECT_FALSE(passes("not tcp", frame)) << "it is TCP, whatever is around it";
    EXPECT_FALSE(passes("udp or ip6", frame));
  }
  for (const Octets& frame : {plain(kAck4), in_pppoe(kAck4), tagged(in_pppoe(kAck4), 835)})
    EXPECT_FALSE(passes(kSynText, frame));
}

TEST(FrameFilter, Ipv6HasNoTcpIndexInLibpcapButItsOwnWay) {
  const Octets frame = in_pppoe(ipv6(tcp(kSyn, mss_option(1440))), 0x0057);
  EXPECT_FALSE(passes(kSynText, frame));
  EXPECT_TRUE(passes("ip6[6] = 6 and ip6[53] & 2 != 0", frame));
  EXPECT_FALSE(passes("ip6[6] = 6 and ip6[53] & 2 != 0", in_pppoe(ipv6(tcp(kAck)), 0x0057)));
  EXPECT_TRUE(passes("ip6 and tcp", frame));
}

TEST(FrameFilter, MacAddressesAreTheFramesOwn) {
  EXPECT_TRUE(passes("ether src 02:00:00:00:00:ac and tcp", tagged(in_pppoe(kSyn4), 7)));
  EXPECT_FALSE(passes("ether src 02:00:00:00:00:99 and tcp", tagged(in_pppoe(kSyn4), 7)));
}

TEST(FrameFilter, WhoeverNamesTagsOrPppoeHasThemLookedAt) {
  const Octets frame = tagged(in_pppoe(kSyn4), 835);
  EXPECT_TRUE(passes("pppoes 0x1234", frame)) << "without the tag";
  EXPECT_FALSE(passes("pppoes 0x1235", frame));
  EXPECT_TRUE(passes("pppoes and tcp port 80", frame));
  EXPECT_TRUE(passes("vlan 835 and tcp port 80", frame)) << "without PPPoE";
  EXPECT_FALSE(passes("vlan 836", frame));
  EXPECT_TRUE(passes("vlan 835 and pppoes and tcp port 80", frame));
  EXPECT_TRUE(passes("ether proto 0x8864", in_pppoe(kSyn4)));
  EXPECT_TRUE(passes("vlan 100 and vlan 7", tagged(tagged(plain(kSyn4), 7), 100, 0x88a8)));
}

TEST(FrameFilter, ControlFramesStayWhatTheyAre) {
  const Octets lcp = tagged(in_pppoe(Octets(8), 0xc021), 835);
  EXPECT_TRUE(passes("pppoes", lcp));
  EXPECT_FALSE(passes("ip or ip6", lcp));
  EXPECT_TRUE(passes("pppoed", tagged(ethernet(kWanMac, kAcMac, 0x8863, Octets(20)), 835)));
  EXPECT_TRUE(passes("arp", tagged(ethernet(kLanMac, kPeerMac, 0x0806, Octets(46)), 10)));
}

TEST(FrameFilter, LengthsAreTheFrames) {
  const Octets frame = in_pppoe(ipv4(udp(Octets(200)), {}, 0, kUdp));
  EXPECT_TRUE(passes("greater " + std::to_string(frame.size()), frame));
  EXPECT_FALSE(passes("greater " + std::to_string(frame.size() + 1), frame));
}

/// The octets behind are there, and would match: none is read.
TEST(FrameFilter, ReadsNothingBeyondAFrame) {
  for (const Octets& whole : {plain(kSyn4), in_pppoe(kSyn4), tagged(in_pppoe(kSyn4), 835)}) {
    const FrameFilter filter(kSynText);
    const std::size_t flags = whole.size() - 4 - 20 + 13;
    for (std::size_t octets = 0; octets <= flags; ++octets) {
      const Octets cut = first_octets(whole, octets);  // its own allocation, which sanitizers guard
      EXPECT_FALSE(filter.matches(cut, static_cast<std::uint32_t>(whole.size()))) << octets;
    }
    EXPECT_TRUE(filter.matches(whole, static_cast<std::uint32_t>(whole.size())));
  }
}

TEST(FrameFilter, PaddingIsNotLookedAt) {
  Octets frame = in_pppoe(ipv4(udp(Octets(4)), {}, 0, kUdp));
  const auto padding = static_cast<unsigned>(frame.size() - 22);  // from the IP header on
  frame.resize(frame.size() + 10, 0x77);
  EXPECT_FALSE(passes("ip[" + std::to_string(padding) + "] = 0x77", frame));
}

TEST(FrameFilter, AMistakeIsOneLineThatSaysWhatToDo) {
  for (const char* text : {"tcp[", "tcp prot 80", "ip and arp and tcp port 1", "host 1.2.3.4.5.6"}) {
    try {
      const FrameFilter filter(text);
      FAIL() << text;
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), testing::StartsWith("filter '" + std::string(text) + "': "));
      EXPECT_THAT(error.what(), testing::EndsWith("; pcap-filter(7) says what can be written"));
      EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("\n")));
    }
  }
}

}  // namespace
}  // namespace narrows::worker
