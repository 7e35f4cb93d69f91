// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/checksum_policy.h"

#include <gtest/gtest.h>

namespace narrows::port {
namespace {

using config::ChecksumPolicy;

const ChecksumFacts kCapable{.driver = "net_virtio_user", .offers_tx = true, .offers_rx = true};
const ChecksumFacts kCard{.driver = "net_ixgbe", .offers_tx = true, .offers_rx = true};
const ChecksumFacts kPlain{.driver = "net_af_packet"};

TEST(ChecksumPolicy, IncrementalIsIncrementalOnEveryPort) {
  for (const auto& egress : {kCapable, kCard, kPlain}) {
    const auto decision = decide_checksum(ChecksumPolicy::incremental, egress, kCapable);
    EXPECT_FALSE(decision.hardware);
    EXPECT_EQ(decision.error, "");
    EXPECT_EQ(decision.why, "as configured");
  }
}

TEST(ChecksumPolicy, HardwareNeedsThePortsOffer) {
  for (const auto& egress : {kCapable, kCard}) {
    const auto decision = decide_checksum(ChecksumPolicy::hardware, egress, kPlain);
    EXPECT_TRUE(decision.hardware);
    EXPECT_EQ(decision.error, "");
  }
  const auto refused = decide_checksum(ChecksumPolicy::hardware, kPlain, kCapable);
  EXPECT_FALSE(refused.hardware);
  EXPECT_EQ(refused.error, "net_af_packet offers no TCP checksum offload; set checksum: auto or incremental");
}

TEST(ChecksumPolicy, AutoTakesHardwareWhereEverythingHolds) {
  for (const char* driver : {"net_virtio", "net_virtio_user", "net_vhost"}) {
    ChecksumFacts egress = kCapable;
    egress.driver = driver;
    const auto decision = decide_checksum(ChecksumPolicy::automatic, egress, kCard);
    EXPECT_TRUE(decision.hardware) << driver;
    EXPECT_EQ(decision.error, "");
    EXPECT_NE(decision.why.find(driver), std::string::npos);
  }
}

TEST(ChecksumPolicy, AutoSaysWhyNot) {
  const auto expect_not = [](const ChecksumFacts& egress, const ChecksumFacts& ingress, const char* why) {
    const auto decision = decide_checksum(ChecksumPolicy::automatic, egress, ingress);
    EXPECT_FALSE(decision.hardware) << why;
    EXPECT_EQ(decision.error, "") << why;
    EXPECT_EQ(decision.why, why);
  };
  expect_not(kPlain, kCapable, "net_af_packet offers no TCP checksum offload");
  expect_not(kCard, kCapable, "net_ixgbe is not known to find TCP behind PPPoE");
  expect_not(kCapable, kPlain, "the receiving port does not verify checksums");
  ChecksumFacts silent = kCapable;
  silent.offers_tx = false;
  expect_not(silent, kCapable, "net_virtio_user offers no TCP checksum offload");
}

TEST(ChecksumPolicy, WhoHandsOverPartialChecksums) {
  for (const char* driver :
       {"net_af_packet", "net_af_xdp", "net_pcap", "net_tap", "net_virtio", "net_virtio_user", "net_vhost"})
    EXPECT_TRUE(may_hand_over_partial_checksums(driver)) << driver;
  for (const char* driver : {"net_ixgbe", "mlx5_pci", "net_ring", "net_null", "", "net_virtio_", "net"})
    EXPECT_FALSE(may_hand_over_partial_checksums(driver)) << driver;
}

}  // namespace
}  // namespace narrows::port
