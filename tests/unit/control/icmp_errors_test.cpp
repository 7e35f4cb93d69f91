// SPDX-License-Identifier: BSD-3-Clause
/// What senders are told of packets that do not go on, through the whole control plane. What the messages
/// hold is icmp_error_test's; here it is who is told, by whom, of what, and how often.
#include <algorithm>

#include "control_fixture.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using stats::DropReason;

constexpr auto kHost4 = "c0000205";  // 192.0.2.5
constexpr auto kFar4 = "c6336463";   // 198.51.100.99
constexpr auto kHost6 = "20010db8 00010000 00000000 00000009";
constexpr auto kFar6 = "20010db8 00020000 00000000 00000010";
constexpr auto kLinkLocal6 = "fe800000 00000000 000000ff fe00000a";  // of kLanMac
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kHopLimit = 64;

Octets ipv4(std::size_t octets, std::string_view source, std::string_view destination,
            std::uint8_t protocol = kUdp, unsigned flags = 0x4000) {
  Octets header = hex("4500") + be16(octets) + hex("0001") + be16(flags) + Octets{64, protocol} +
                  hex("0000") + hex(source) + hex(destination);
  const auto sum = be16(plain_checksum(header));
  header[10] = sum[0];
  header[11] = sum[1];
  return header + Octets(octets - 20, 8);
}

Octets ipv6(std::size_t octets, std::string_view source, std::string_view destination,
            std::uint8_t hop_limit = kHopLimit) {
  return hex("60000000") + be16(octets - 40) + Octets{kUdp, hop_limit} + hex(source) + hex(destination) +
         Octets(octets - 40, 8);
}

Octets from_lan(const Octets& packet, std::string_view tag = "", std::string_view to = kLanMac) {
  return hex(to) + hex(kHostMac) + hex(tag) + hex(packet[0] >> 4 == 4 ? "0800" : "86dd") + packet;
}

/// Of the session without VLANs.
Octets from_wan(const Octets& packet) {
  return hex(kWanMac) + hex("02:00:00:00:02:ac") + hex("8864 1100 0008") + be16(packet.size() + 2) +
         hex(packet[0] >> 4 == 4 ? "0021" : "0057") + packet;
}

Octets part(const Octets& octets, std::size_t first, std::size_t count) {
  const auto from = octets.begin() + static_cast<std::ptrdiff_t>(first);
  return {from, from + static_cast<std::ptrdiff_t>(count)};
}

class IcmpErrorsTest : public ControlPlaneTest {
 protected:
  std::vector<std::pair<Side, Octets>> lose(Side from, std::size_t session, const Octets& frame,
                                            DropReason reason = DropReason::too_big) {
    sink.frames.clear();
    plane.handle_undeliverable(from, session, reason, frame, now);
    return std::exchange(sink.frames, {});
  }
  /// The one frame that is sent; empty when there is none.
  Octets told(Side from, std::size_t session, const Octets& frame, DropReason reason = DropReason::too_big) {
    const auto frames = lose(from, session, frame, reason);
    EXPECT_LE(frames.size(), 1u);
    if (frames.empty()) return {};
    EXPECT_EQ(frames[0].first, from);
    return frames[0].second;
  }
};

TEST_F(IcmpErrorsTest, FragmentationNeededComesFromTheGateway) {
  const Octets packet = ipv4(1500, kHost4, kFar4);
  const Octets answer = told(Side::lan, kUntagged, from_lan(packet));
  ASSERT_EQ(answer.size(), 14u + 576);
  EXPECT_EQ(part(answer, 0, 14), hex(kHostMac) + hex(kLanMac) + hex("0800"));
  EXPECT_EQ(part(answer, 26, 8), hex("cb007101") + hex(kHost4)) << "203.0.113.1 to the host";
  EXPECT_EQ(part(answer, 34, 2), hex("0304"));
  EXPECT_EQ(part(answer, 38, 4), hex("0000 05d4")) << "1492";
  EXPECT_EQ(part(answer, 42, 548), part(packet, 0, 548));
  EXPECT_EQ(plain_checksum(part(answer, 34, 556)), 0u);
  EXPECT_EQ(count(Event::too_big_sent), 1u);
}

TEST_F(IcmpErrorsTest, ByTheSessionsOwnMtuAndVlan) {
  const Octets answer = told(Side::lan, kLearning, from_lan(ipv4(1455, kHost4, kFar4), "8100 000a"));
  EXPECT_EQ(part(answer, 12, 6), hex("8100 000a 0800"));
  EXPECT_EQ(part(answer, 30, 4), hex("c0000008")) << "no gateway: the dummy address of RFC 7600";
  EXPECT_EQ(part(answer, 42, 4), hex("0000 05ae")) << "1454";
  EXPECT_TRUE(told(Side::lan, kLearning, from_lan(ipv4(1454, kHost4, kFar4), "8100 000a")).empty())
      << "it fits: the session has changed since";
}

TEST_F(IcmpErrorsTest, PacketTooBigComesFromALinkLocalAddressToANeighbour) {
  const Octets packet = ipv6(1500, kHost6, kFar6);
  const Octets answer = told(Side::lan, kUntagged, from_lan(packet));
  ASSERT_EQ(answer.size(), 14u + 1280);
  EXPECT_EQ(part(answer, 22, 32), hex(kLinkLocal6) + hex(kHost6));
  EXPECT_EQ(part(answer, 54, 2), hex("0200"));
  EXPECT_EQ(part(answer, 58, 4), hex("0000 05d4"));
  EXPECT_EQ(part(answer, 62, 1232), part(packet, 0, 1232));
}

TEST_F(IcmpErrorsTest, ToASenderBehindARouterItComesFromTheAddressSentTo) {
  for (int limit = 1; limit <= 255; ++limit) {
    now += 1s;
    const Octets answer =
        told(Side::lan, kUntagged, from_lan(ipv6(1500, kHost6, kFar6, static_cast<std::uint8_t>(limit))));
    const bool neighbour = limit == 32 || limit == 64 || limit == 128 || limit == 255;
    EXPECT_EQ(part(answer, 22, 16), hex(neighbour ? kLinkLocal6 : kFar6)) << limit;
  }
}

TEST_F(IcmpErrorsTest, NotAboutWhatMustNotBeAnswered) {
  const std::vector<Octets> frames{
      from_lan(ipv4(1500, kHost4, kFar4, kUdp, 0x4001)),             // a later fragment
      from_lan(ipv4(1500, kHost4, "e0000001")),                      // to a group
      from_lan(ipv4(1500, "00000000", kFar4)),                       // from nobody
      from_lan(ipv4(1500, kHost4, kFar4), "", "33:33:00:00:00:01"),  // to many
      from_lan(ipv6(1500, "ff020000 00000000 00000000 00000001", kFar6)),
  };
  for (const Octets& frame : frames) EXPECT_TRUE(told(Side::lan, kUntagged, frame).empty());
  Octets error = ipv4(1500, kHost4, kFar4, 1);
  error[20] = 3;  // an ICMP error itself
  EXPECT_TRUE(told(Side::lan, kUntagged, from_lan(error)).empty());
  EXPECT_EQ(count(Event::icmp_withheld), frames.size() + 1);
  EXPECT_EQ(count(Event::too_big_sent), 0u);
}

TEST_F(IcmpErrorsTest, ToTheWanFromTheAddressSentTo) {
  config::Config narrow = control_config();
  narrow.lan.mtu_octets = 1400;
  StandingPlane other(narrow, {wire::parse_mac(kLanMac).value(), wire::parse_mac(kWanMac).value()}, peers,
                      sink);
  sink.frames.clear();
  const Octets four = ipv4(1401, kFar4, kHost4);
  const Octets six = ipv6(1401, kFar6, kHost6);
  for (const Octets& packet : {four, six})
    other.control.handle_undeliverable(Side::wan, kNoGateway, DropReason::too_big, from_wan(packet), now);
  ASSERT_EQ(sink.frames.size(), 2u);
  for (const auto& [side, frame] : sink.frames) {
    EXPECT_EQ(side, Side::wan);
    EXPECT_EQ(part(frame, 0, 18), hex("02:00:00:00:02:ac") + hex(kWanMac) + hex("8864 1100 0008"));
    EXPECT_EQ(part(frame, 18, 2), be16(frame.size() - 20)) << "PPPoE LENGTH";
  }
  const Octets& answer4 = sink.frames[0].second;
  EXPECT_EQ(part(answer4, 20, 2), hex("0021"));
  EXPECT_EQ(part(answer4, 22 + 12, 8), hex(kHost4) + hex(kFar4));
  EXPECT_EQ(part(answer4, 22 + 26, 2), hex("0578")) << "1400";
  const Octets& answer6 = sink.frames[1].second;
  EXPECT_EQ(part(answer6, 20, 2), hex("0057"));
  EXPECT_EQ(part(answer6, 22 + 8, 32), hex(kHost6) + hex(kFar6));
  EXPECT_EQ(part(answer6, 22 + 44, 4), hex("00000578"));
}

TEST_F(IcmpErrorsTest, AConfiguredIpv6SourceIsUsedEverywhere) {
  config::Config configured = control_config();
  configured.icmp.ipv6_source = wire::parse_ipv6_address("2001:db8:9::1");
  StandingPlane other(configured, {wire::parse_mac(kLanMac).value(), wire::parse_mac(kWanMac).value()}, peers,
                      sink);
  sink.frames.clear();
  other.control.handle_undeliverable(Side::lan, kUntagged, DropReason::too_big,
                                     from_lan(ipv6(1500, kHost6, kFar6)), now);
  ASSERT_EQ(sink.frames.size(), 1u);
  EXPECT_EQ(part(sink.frames[0].second, 22, 16), hex("20010db8 00090000 00000000 00000001"));
}

TEST_F(IcmpErrorsTest, ASecondSeesNoMoreThanTheRateAndEachSessionHasItsOwn) {
  std::size_t first = 0;
  for (int i = 0; i < 1000; ++i) {
    now += 1ms;
    first += told(Side::lan, kUntagged, from_lan(ipv4(1500, kHost4, kFar4))).empty() ? 0 : 1;
  }
  EXPECT_LE(first, 100u);
  EXPECT_GE(first, 95u);
  EXPECT_EQ(count(Event::rate_limited), 1000 - first);
  EXPECT_FALSE(told(Side::lan, kLearning, from_lan(ipv4(1500, kHost4, kFar4), "8100 000a")).empty());
}

TEST_F(IcmpErrorsTest, WithARateOfZeroNothingIsSaidButAllIsSeen) {
  config::Config silent = control_config();
  silent.icmp.per_second = 0;
  StandingPlane other(silent, {wire::parse_mac(kLanMac).value(), wire::parse_mac(kWanMac).value()}, peers,
                      sink);
  sink.frames.clear();
  other.control.handle_undeliverable(Side::lan, kUntagged, DropReason::too_big,
                                     from_lan(ipv4(1500, kHost4, kFar4)), now);
  other.control.handle_undeliverable(Side::lan, kUntagged, DropReason::session_down,
                                     from_lan(ipv4(100, kHost4, kFar4)), now);
  EXPECT_TRUE(sink.frames.empty());
  other.control.tick(now, {});
  EXPECT_EQ(other.control.too_long(10).size(), 1u);
}

TEST_F(IcmpErrorsTest, ASessionThatIsDownIsToldToTheLanAlone) {
  EXPECT_EQ(
      part(told(Side::lan, kUntagged, from_lan(ipv4(100, kHost4, kFar4)), DropReason::session_down), 34, 2),
      hex("0301"));
  EXPECT_TRUE(
      told(Side::wan, kNoGateway, from_wan(ipv4(100, kFar4, kHost4)), DropReason::session_down).empty());
  EXPECT_EQ(count(Event::unreachable_sent), 1u);
}

TEST_F(IcmpErrorsTest, BrokenFramesHurtNothing) {
  for (const Octets& whole : {from_lan(ipv4(1500, kHost4, kFar4)), from_lan(ipv6(1500, kHost6, kFar6))})
    for (std::size_t octets = 0; octets < 200; ++octets)
      EXPECT_TRUE(told(Side::lan, kUntagged, part(whole, 0, octets)).empty());
  const Octets wan = from_wan(ipv4(1500, kFar4, kHost4));
  for (std::size_t octets = 0; octets < 200; ++octets)
    EXPECT_TRUE(told(Side::wan, kNoGateway, part(wan, 0, octets)).empty());
  EXPECT_TRUE(told(Side::lan, 4, from_lan(ipv4(1500, kHost4, kFar4))).empty()) << "no such session";
  EXPECT_TRUE(told(Side::lan, kNoSession, from_lan(ipv4(1500, kHost4, kFar4))).empty());
}

TEST_F(IcmpErrorsTest, TheLogNamesTheDestinationsOfTheLastMinute) {
  plane.tick(now, {});
  for (int i = 0; i < 3; ++i) lose(Side::lan, kUntagged, from_lan(ipv4(1500, kHost4, kFar4)));
  lose(Side::lan, kLearning, from_lan(ipv4(1480, kHost4, kFar4), "8100 000a"));
  for (int second = 0; second < 49; ++second) plane.tick(now += 1s, {});
  EXPECT_TRUE(standing.log.empty());
  for (int second = 0; second < 3; ++second) plane.tick(now += 1s, {});
  ASSERT_EQ(standing.log.size(), 1u);
  EXPECT_NE(
      standing.log[0].find("3 to 198.51.100.99 (1500 octets at MTU 1492, session untagged, lan_to_wan), 1 to "
                           "198.51.100.99 (1480 octets at MTU 1454, session learning, lan_to_wan)"),
      std::string::npos)
      << standing.log[0];
  for (int second = 0; second < 300; ++second) plane.tick(now += 1s, {});
  EXPECT_EQ(standing.log.size(), 1u) << "and is silent when there are none";
}

TEST_F(IcmpErrorsTest, TheLogSpeaksAtMostOnceAMinuteWhileItGoesOn) {
  for (int second = 0; second < 600; ++second) {
    lose(Side::lan, kUntagged, from_lan(ipv4(1500, kHost4, kFar4)));
    plane.tick(now += 1s, {});
  }
  EXPECT_GE(standing.log.size(), 9u);
  EXPECT_LE(standing.log.size(), 12u);
}

}  // namespace
}  // namespace narrows::control
