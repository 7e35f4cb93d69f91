// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "control_fixture.h"

namespace narrows::control {
namespace {

const Octets kHost = hex("2001 0db8 0000 0000 0000 0000 0000 0009");
const Octets kGateway = hex("fe80 0000 0000 0000 0000 0000 0000 0001");
const Octets kGatewayNode = hex("ff02 0000 0000 0000 0000 0001 ff00 0001");
const Octets kUnspecified(16, 0);
const Octets kSourceOption = hex("01 01") + hex(kHostMac);

Octets solicitation(const Octets& target, const Octets& options) {
  return hex("87 00 0000 00000000") + target + options;
}

Octets ethernet(const Octets& ip, std::string_view tag = "",
                std::string_view destination = "33:33:ff:00:00:01") {
  return hex(destination) + hex(kHostMac) + hex(tag) + hex("86dd") + ip;
}

Octets request(const Octets& target = kGateway, const Octets& source = kHost) {
  return ethernet(icmpv6(source, kGatewayNode, solicitation(target, kSourceOption)));
}

Octets advertisement(const Octets& target, const Octets& solicitor) {
  return icmpv6(target, solicitor, hex("88 00 0000 e0000000") + target + hex("02 01") + hex(kLanMac));
}

class NeighborDiscoveryAnswers : public ControlPlaneTest {
 protected:
  void expect_malformed(const Octets& frame) {
    const auto before = count(Event::malformed);
    EXPECT_TRUE(punt(Side::lan, kUntagged, frame).empty());
    EXPECT_EQ(count(Event::malformed), before + 1);
    EXPECT_EQ(peer(kUntagged), kUnknownMac);
  }
};

TEST_F(NeighborDiscoveryAnswers, AnyTargetIsAdvertised) {
  for (const auto& target : {kGateway, hex("2001 0db8 ffff 0000 0000 0000 0000 0001")}) {
    const auto sent = punt(Side::lan, kUntagged, request(target));
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].first, Side::lan);
    // The checksum in it was computed by the test.
    EXPECT_EQ(sent[0].second, hex(kHostMac) + hex(kLanMac) + hex("86dd") + advertisement(target, kHost));
  }
  EXPECT_EQ(count(Event::nd_answered), 2u);
}

TEST_F(NeighborDiscoveryAnswers, AFloodIsAnsweredWithinItsLimit) {
  constexpr auto kBurst = static_cast<unsigned>(NeighborAnswers::Limit::kBurst);
  for (unsigned i = 0; i < 2 * kBurst; ++i) punt(Side::lan, kUntagged, request());
  EXPECT_EQ(count(Event::nd_answered), kBurst);
  EXPECT_EQ(count(Event::rate_limited), kBurst);
}

TEST_F(NeighborDiscoveryAnswers, CarriesTheSessionsVlan) {
  const auto sent =
      punt(Side::lan, kLearning,
           ethernet(icmpv6(kHost, kGatewayNode, solicitation(kGateway, kSourceOption)), "8100 000a"));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].second,
            hex(kHostMac) + hex(kLanMac) + hex("8100 000a 86dd") + advertisement(kGateway, kHost));
}

TEST_F(NeighborDiscoveryAnswers, UnicastWithoutAnOptionGoesBackToTheEthernetSource) {
  const auto sent =
      punt(Side::lan, kUntagged, ethernet(icmpv6(kHost, kGateway, solicitation(kGateway, {})), "", kLanMac));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].second, hex(kHostMac) + hex(kLanMac) + hex("86dd") + advertisement(kGateway, kHost));
  EXPECT_EQ(peer(kUntagged), kHostMac);
}

TEST_F(NeighborDiscoveryAnswers, TeachesTheSolicitorsMac) {
  const auto sent =
      punt(Side::lan, kUntagged,
           ethernet(icmpv6(kHost, kGatewayNode, solicitation(kGateway, hex("01 01") + hex(kOtherMac)))));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(Octets(sent[0].second.begin(), sent[0].second.begin() + 6), hex(kOtherMac));
  EXPECT_EQ(peer(kUntagged), kOtherMac);
}

TEST_F(NeighborDiscoveryAnswers, AddressesTheHostUsesAreItsOwn) {
  punt(Side::lan, kUntagged, request());
  EXPECT_TRUE(
      punt(Side::lan, kUntagged, request(kHost, hex("fe80 0000 0000 0000 0000 0000 0000 0099"))).empty());
  EXPECT_TRUE(punt(Side::lan, kUntagged, request(kHost)).empty());
  EXPECT_EQ(count(Event::ignored_nd), 2u);
}

TEST_F(NeighborDiscoveryAnswers, RemembersTheLastEightAddresses) {
  Octets source = kHost;
  for (std::uint8_t host = 1; host <= 8; ++host) {
    source[15] = host;
    punt(Side::lan, kUntagged, request(kGateway, source));
  }
  for (std::uint8_t host = 1; host <= 8; ++host) {
    Octets target = kHost;
    target[15] = host;
    EXPECT_TRUE(punt(Side::lan, kUntagged, request(target, source)).empty()) << int{host};
  }
  source[15] = 9;
  punt(Side::lan, kUntagged, request(kGateway, source));
  Octets target = kHost;
  target[15] = 1;
  EXPECT_EQ(punt(Side::lan, kUntagged, request(target, source)).size(), 1u);
  target[15] = 2;
  EXPECT_TRUE(punt(Side::lan, kUntagged, request(target, source)).empty());
}

TEST_F(NeighborDiscoveryAnswers, AddressesAreRememberedBySession) {
  punt(Side::lan, kUntagged, request());
  EXPECT_EQ(punt(Side::lan, kLearning,
                 ethernet(icmpv6(kGateway, kGatewayNode, solicitation(kHost, kSourceOption)), "8100 000a"))
                .size(),
            1u);
}

TEST_F(NeighborDiscoveryAnswers, DuplicateAddressDetectionIsNotAnsweredAndTeachesNothing) {
  EXPECT_TRUE(
      punt(Side::lan, kUntagged, ethernet(icmpv6(kUnspecified, kGatewayNode, solicitation(kGateway, {}))))
          .empty());
  EXPECT_EQ(count(Event::ignored_nd), 1u);
  EXPECT_EQ(peer(kUntagged), kUnknownMac);
}

TEST_F(NeighborDiscoveryAnswers, OurOwnMacInTheOptionIsIgnored) {
  EXPECT_TRUE(punt(Side::lan, kUntagged,
                   ethernet(icmpv6(kHost, kGatewayNode, solicitation(kGateway, hex("01 01") + hex(kLanMac)))))
                  .empty());
  EXPECT_EQ(peer(kUntagged), kUnknownMac);
}

// RFC 4861 §7.1.1, rule by rule.
TEST_F(NeighborDiscoveryAnswers, HopLimitIs255) {
  expect_malformed(ethernet(icmpv6(kHost, kGatewayNode, solicitation(kGateway, kSourceOption), 254)));
}

TEST_F(NeighborDiscoveryAnswers, ChecksumIsRight) {
  Octets frame = request();
  frame[14 + 40 + 3] ^= 1;
  expect_malformed(frame);
}

// 0 and 0xffff are one number in one's complement.
TEST_F(NeighborDiscoveryAnswers, AChecksumOfZeroMayBeWrittenEitherWay) {
  const auto with_nonce = [](const Octets& nonce) {
    return icmpv6(kHost, kGatewayNode,
                  solicitation(kGateway, kSourceOption + hex("0e 01 0000 0000") + nonce));
  };
  const Octets ip = with_nonce(hex("0000"));
  const Octets sum_of_the_rest(ip.begin() + 42, ip.begin() + 44);
  Octets frame = ethernet(with_nonce(sum_of_the_rest));
  ASSERT_EQ(Octets(frame.begin() + 56, frame.begin() + 58), hex("0000"));
  EXPECT_EQ(punt(Side::lan, kUntagged, frame).size(), 1u);
  frame[56] = frame[57] = 0xff;
  EXPECT_EQ(punt(Side::lan, kUntagged, frame).size(), 1u);
}

TEST_F(NeighborDiscoveryAnswers, AnotherChecksumMayNot) {
  for (const std::uint8_t wrong : Octets{0, 0xff}) {
    Octets frame = request();
    frame[56] = frame[57] = wrong;
    expect_malformed(frame);
  }
}

TEST_F(NeighborDiscoveryAnswers, CodeIs0) {
  Octets message = solicitation(kGateway, kSourceOption);
  message[1] = 1;
  expect_malformed(ethernet(icmpv6(kHost, kGatewayNode, message)));
}

TEST_F(NeighborDiscoveryAnswers, LengthIsAtLeast24) {
  Octets message = solicitation(kGateway, {});
  message.pop_back();
  expect_malformed(ethernet(icmpv6(kHost, kGatewayNode, message)));
}

TEST_F(NeighborDiscoveryAnswers, TargetIsAHosts) {
  expect_malformed(request(kGatewayNode));
  expect_malformed(request(kUnspecified));
}

TEST_F(NeighborDiscoveryAnswers, SourceIsNotMulticast) {
  expect_malformed(request(kGateway, kGatewayNode));
}

TEST_F(NeighborDiscoveryAnswers, OptionsHaveALengthAndFit) {
  for (const auto& options : {hex("01 00") + hex(kHostMac), kSourceOption + hex("05 00 0000 0000 0000"),
                              hex("01 02") + hex(kHostMac), hex("05"), kSourceOption + hex("05")})
    expect_malformed(ethernet(icmpv6(kHost, kGatewayNode, solicitation(kGateway, options))));
}

TEST_F(NeighborDiscoveryAnswers, UnknownOptionsAreSteppedOver) {
  const Octets nonce = hex("0e 01 0102 0304 0506");
  EXPECT_EQ(punt(Side::lan, kUntagged,
                 ethernet(icmpv6(kHost, kGatewayNode, solicitation(kGateway, nonce + kSourceOption))))
                .size(),
            1u);
}

TEST_F(NeighborDiscoveryAnswers, TheOptionNamesAStation) {
  for (const auto mac : {kBroadcast, kUnknownMac})
    expect_malformed(ethernet(icmpv6(kHost, kGatewayNode, solicitation(kGateway, hex("01 01") + hex(mac)))));
}

TEST_F(NeighborDiscoveryAnswers, DetectionGoesToASolicitedNodeWithoutAnOption) {
  expect_malformed(ethernet(icmpv6(kUnspecified, kGateway, solicitation(kGateway, {}))));
  expect_malformed(ethernet(
      icmpv6(kUnspecified, hex("ff02 0000 0000 0000 0000 0000 0000 0001"), solicitation(kGateway, {}))));
  expect_malformed(ethernet(icmpv6(kUnspecified, kGatewayNode, solicitation(kGateway, kSourceOption))));
}

TEST_F(NeighborDiscoveryAnswers, OtherPacketsAreIgnored) {
  Octets echo = hex("80 00 0000 0001 0001");
  EXPECT_TRUE(punt(Side::lan, kUntagged, ethernet(icmpv6(kHost, kGateway, echo))).empty());
  Octets udp = request();
  udp[14 + 6] = 17;
  EXPECT_TRUE(punt(Side::lan, kUntagged, udp).empty());
  EXPECT_EQ(count(Event::ignored_other), 2u);
}

TEST_F(NeighborDiscoveryAnswers, OctetsBehindThePacketAreNotOptions) {
  EXPECT_EQ(punt(Side::lan, kUntagged, request() + Octets(20, 0)).size(), 1u);
}

TEST_F(NeighborDiscoveryAnswers, EveryTruncationIsSafeAndUnanswered) {
  const Octets frame = request();
  for (std::size_t octets = 0; octets < frame.size(); ++octets)
    EXPECT_TRUE(
        punt(Side::lan, kUntagged, Octets(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(octets)))
            .empty())
        << octets;
  EXPECT_EQ(count(Event::malformed), frame.size());
}

}  // namespace
}  // namespace narrows::control
