// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/checksum_policy.h"

#include <gtest/gtest.h>

namespace narrows::port {
namespace {

using config::ChecksumPolicy;

ChecksumFacts facts(const char* driver, std::uint8_t l2_octets = 30, std::uint16_t pci_device = 0) {
  return {.driver = driver,
          .pci_device = pci_device,
          .offers_tx = true,
          .offers_rx = true,
          .l2_octets = l2_octets};
}

const ChecksumFacts kVirtio = facts("net_virtio_user");
const ChecksumFacts kPlain{.driver = "net_af_packet"};

void expect_software(ChecksumPolicy policy, const ChecksumFacts& egress, const ChecksumFacts& ingress,
                     const char* why) {
  const auto decision = decide_checksum(policy, egress, ingress);
  EXPECT_FALSE(decision.hardware) << why;
  EXPECT_EQ(decision.error, "") << why;
  EXPECT_EQ(decision.why, why);
}

TEST(ChecksumPolicy, IncrementalIsIncrementalOnEveryPort) {
  for (const auto& egress : {kVirtio, facts("net_ixgbe"), kPlain})
    expect_software(ChecksumPolicy::incremental, egress, kVirtio, "as configured");
}

TEST(ChecksumPolicy, HardwareNeedsThePortsOffer) {
  const auto refused = decide_checksum(ChecksumPolicy::hardware, kPlain, kVirtio);
  EXPECT_FALSE(refused.hardware);
  EXPECT_EQ(refused.error, "net_af_packet offers no TCP checksum offload; set checksum: auto or incremental");
}

TEST(ChecksumPolicy, HardwareTakesTheUsersWordForWhatNobodyKnows) {
  for (const char* driver : {"net_ixgbe", "net_i40e", "net_ice", "net_ena", "net_somebody", "net_virtio"}) {
    const auto decision = decide_checksum(ChecksumPolicy::hardware, facts(driver), kVirtio);
    EXPECT_TRUE(decision.hardware) << driver;
    EXPECT_EQ(decision.error, "") << driver;
  }
}

TEST(ChecksumPolicy, HardwareIsRefusedWhereItIsKnownToFail) {
  constexpr std::uint16_t k82574l = 0x10d3;
  for (const auto& egress : {facts("mlx5_pci", 22), facts("mlx5_auxiliary", 22), facts("net_mlx4", 22),
                             facts("net_vmxnet3", 22), facts("net_e1000_em", 22, k82574l)}) {
    const auto decision = decide_checksum(ChecksumPolicy::hardware, egress, kVirtio);
    EXPECT_FALSE(decision.hardware) << egress.driver;
    EXPECT_NE(decision.error.find("(22 octets in front of IP); set checksum: auto"), std::string::npos)
        << decision.error;
    ChecksumFacts plain = egress;
    plain.l2_octets = 18;
    EXPECT_TRUE(decide_checksum(ChecksumPolicy::hardware, plain, kVirtio).hardware) << egress.driver;
  }
}

TEST(ChecksumPolicy, AutoTakesHardwareWhereItIsProvenAndSavesWork) {
  constexpr std::uint16_t k82540em = 0x100e;
  for (const auto& egress :
       {facts("net_virtio"), facts("net_virtio_user"), facts("net_vhost"),
        facts("net_e1000_em", 30, k82540em), facts("net_ixgbe", 18), facts("mlx5_pci", 14)}) {
    const auto decision = decide_checksum(ChecksumPolicy::automatic, egress, kVirtio);
    EXPECT_TRUE(decision.hardware) << egress.driver;
    EXPECT_EQ(decision.error, "");
    EXPECT_EQ(decision.why.find(egress.driver), 0u);
  }
}

TEST(ChecksumPolicy, AutoTrustsNobodyBeyondWhatIsProven) {
  constexpr std::uint16_t k82545em = 0x100f;
  for (const auto& egress : {facts("net_ixgbe", 22), facts("net_i40e", 26), facts("net_ice", 30),
                             facts("mlx5_pci", 22), facts("net_e1000_em", 22, k82545em),
                             facts("net_e1000_em", 22), facts("net_tap", 14), facts("net_somebody", 14)}) {
    const auto decision = decide_checksum(ChecksumPolicy::automatic, egress, kVirtio);
    EXPECT_FALSE(decision.hardware) << egress.driver;
    EXPECT_EQ(decision.error, "");
    EXPECT_NE(decision.why.find("octets in front of IP"), std::string::npos) << decision.why;
  }
}

TEST(ChecksumPolicy, AutoSaysWhyNot) {
  const auto automatic = ChecksumPolicy::automatic;
  expect_software(automatic, kPlain, kVirtio, "net_af_packet offers no TCP checksum offload");
  expect_software(automatic, kVirtio, facts("net_ice"),
                  "net_ice receives whole checksums, which cost less to correct than to leave to a port");
  expect_software(automatic, kVirtio, kPlain, "the receiving port does not verify checksums");
  ChecksumFacts silent = kVirtio;
  silent.offers_tx = false;
  expect_software(automatic, silent, kVirtio, "net_virtio_user offers no TCP checksum offload");
  expect_software(automatic, kVirtio, facts("net_tap", 22),
                  "net_tap calls received checksums good without having verified them behind 22 octets of "
                  "headers");
}

/// A corrupt segment would leave with a valid checksum, whoever asked for it.
TEST(ChecksumPolicy, NobodysWordIsTakenForWhatWasNotVerified) {
  for (const char* driver :
       {"net_ixgbe", "net_i40e", "net_e1000_igb", "net_mlx4", "net_vmxnet3", "net_somebody"}) {
    EXPECT_FALSE(decide_checksum(ChecksumPolicy::hardware, kVirtio, facts(driver, 22)).hardware) << driver;
    EXPECT_TRUE(decide_checksum(ChecksumPolicy::hardware, kVirtio, facts(driver, 18)).hardware) << driver;
  }
  for (const char* driver : {"net_ice", "net_igc", "net_ena", "mlx5_pci", "net_virtio"})
    EXPECT_TRUE(decide_checksum(ChecksumPolicy::hardware, kVirtio, facts(driver, 22)).hardware) << driver;
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
