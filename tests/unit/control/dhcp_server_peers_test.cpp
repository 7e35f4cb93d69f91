// SPDX-License-Identifier: BSD-3-Clause
/// Who gets the one address there is.
#include <gtest/gtest.h>

#include "dhcp_fixture.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;

constexpr auto kThirdMac = "02:00:00:00:00:03";

TEST_F(DhcpTest, TheFirstWhoAsksIsTheHost) {
  EXPECT_EQ(peer(), kUnknownMac);
  EXPECT_EQ(answer_to({.options = kDiscover}), kOffer);
  EXPECT_EQ(peer(), kHostMac);
  EXPECT_EQ(answer_to({.options = kDiscover, .mac = kOtherMac}), 0);
  EXPECT_EQ(count(Event::ignored_dhcp), 1u);
  EXPECT_EQ(peer(), kHostMac);
}

TEST_F(DhcpTest, AnOfferWaitsTenSeconds) {
  EXPECT_EQ(answer_to({.options = kDiscover}), kOffer);
  now += DhcpServer::kOffer - 1ms;
  EXPECT_EQ(answer_to({.options = kDiscover, .mac = kOtherMac}), 0);
  now += 1ms;
  EXPECT_TRUE(gets_lease(kOtherMac));
  EXPECT_EQ(peer(), kOtherMac);
}

TEST_F(DhcpTest, ALeaseIsItsHostsUntilItEnds) {
  ASSERT_TRUE(gets_lease(kHostMac));
  for (int renewal = 0; renewal < 5; ++renewal) {
    now += DhcpServer::kRenewal;
    EXPECT_FALSE(gets_lease(kOtherMac));
    EXPECT_FALSE(renews(kOtherMac));
    EXPECT_TRUE(renews(kHostMac));
  }
  now += DhcpServer::kLease - 1ms;
  EXPECT_FALSE(gets_lease(kOtherMac));
  EXPECT_EQ(peer(), kHostMac);
  now += 1ms;
  EXPECT_TRUE(gets_lease(kOtherMac));
  EXPECT_EQ(peer(), kOtherMac);
  EXPECT_FALSE(renews(kHostMac));
}

TEST_F(DhcpTest, ANewDiscoverDoesNotShortenALease) {
  ASSERT_TRUE(gets_lease(kHostMac));
  EXPECT_EQ(answer_to({.options = kDiscover}), kOffer);
  now += DhcpServer::kOffer + 1s;
  EXPECT_EQ(answer_to({.options = kDiscover, .mac = kOtherMac}), 0);
}

TEST_F(DhcpTest, AReleasedLeaseIsFree) {
  ASSERT_TRUE(gets_lease(kHostMac));
  EXPECT_FALSE(say({.options = "350107 3604c0000008", .client_address = kAddress}));
  EXPECT_EQ(count(Event::dhcp_released), 1u);
  EXPECT_TRUE(gets_lease(kOtherMac));
}

TEST_F(DhcpTest, ADeclinedLeaseIsFree) {
  ASSERT_TRUE(gets_lease(kHostMac));
  EXPECT_FALSE(say({.options = "350104 3604c0000008 3204cb007109"}));
  EXPECT_EQ(count(Event::dhcp_declined), 1u);
  EXPECT_TRUE(gets_lease(kOtherMac));
}

TEST_F(DhcpTest, OnlyTheHolderEndsALeaseAndOnlyThisServers) {
  ASSERT_TRUE(gets_lease(kHostMac));
  say({.options = "350107 3604c0000008", .client_address = kAddress, .mac = kOtherMac});
  say({.options = "350107 3604c0000201", .client_address = kAddress});
  say({.options = "350107", .client_address = kAddress});
  EXPECT_FALSE(gets_lease(kOtherMac));
  now += DhcpServer::kLease;
  say({.options = "350107 3604c0000008", .client_address = kAddress, .mac = kOtherMac});
  EXPECT_EQ(count(Event::dhcp_released), 0u);
}

TEST_F(DhcpTest, NobodySpeaksForAnother) {
  EXPECT_FALSE(say({.options = kDiscover, .source = kOtherMac}));
  ASSERT_TRUE(gets_lease(kHostMac));
  EXPECT_FALSE(say({.options = "350107 3604c0000008", .client_address = kAddress, .source = kOtherMac}));
  EXPECT_TRUE(renews(kHostMac));
}

TEST_F(DhcpTest, AConfiguredHostIsTheOnlyOne) {
  constexpr auto kConfigured = "02:00:00:00:00:77";
  peers.fix(kFixedPeer, wire::parse_mac(kConfigured).value());
  EXPECT_FALSE(gets_lease(kHostMac, kFixedPeer));
  now += 1h;
  EXPECT_FALSE(gets_lease(kHostMac, kFixedPeer));
  EXPECT_TRUE(gets_lease(kConfigured, kFixedPeer));
  EXPECT_EQ(peer(kFixedPeer), kConfigured);
}

TEST_F(DhcpTest, AHostKnownFromItsTrafficIsGivenTimeToAsk) {
  peers.learn(kUntagged, wire::to_integer(wire::parse_mac(kHostMac).value()));
  EXPECT_FALSE(gets_lease(kOtherMac));
  now += DhcpServer::kLease - 1ms;
  EXPECT_FALSE(gets_lease(kOtherMac));
  EXPECT_TRUE(renews(kHostMac));
  now += 1ms;
  EXPECT_FALSE(gets_lease(kOtherMac)) << "it has asked";
}

TEST_F(DhcpTest, AHostThatNeverAsksLosesTheAddress) {
  peers.learn(kUntagged, wire::to_integer(wire::parse_mac(kHostMac).value()));
  EXPECT_FALSE(gets_lease(kOtherMac));
  now += DhcpServer::kLease;
  EXPECT_TRUE(gets_lease(kOtherMac));
  EXPECT_EQ(peer(), kOtherMac);
}

TEST_F(DhcpTest, AKnownHostIsReplacedOnlyWhenAnotherTakesTheLease) {
  ASSERT_TRUE(gets_lease(kHostMac));
  now += DhcpServer::kLease;
  EXPECT_EQ(answer_to({.options = kDiscover, .mac = kOtherMac}), kOffer);
  EXPECT_EQ(peer(), kHostMac);
  EXPECT_EQ(answer_to({.options = "350103 3604c0000008 3204cb007109", .mac = kOtherMac}), kAck);
  EXPECT_EQ(peer(), kOtherMac);
}

TEST_F(DhcpTest, TheKnownHostIsServedAtOnce) {
  peers.learn(kUntagged, wire::to_integer(wire::parse_mac(kHostMac).value()));
  EXPECT_TRUE(gets_lease(kHostMac));
}

TEST_F(DhcpTest, StrayTrafficDoesNotPassALeaseOn) {
  ASSERT_TRUE(gets_lease(kHostMac));
  peers.learn(kUntagged, wire::to_integer(wire::parse_mac(kThirdMac).value()));
  EXPECT_FALSE(gets_lease(kThirdMac));
  EXPECT_TRUE(renews(kHostMac));
  EXPECT_EQ(peer(), kHostMac);
}

TEST_F(DhcpTest, SessionsDoNotShareHosts) {
  ASSERT_TRUE(gets_lease(kHostMac));
  EXPECT_TRUE(gets_lease(kOtherMac, kLearning));
  EXPECT_EQ(peer(), kHostMac);
  EXPECT_EQ(peer(kLearning), kOtherMac);
}

}  // namespace
}  // namespace narrows::control
