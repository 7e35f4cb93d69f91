// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/privileges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>

#include "fake_machine.h"

namespace narrows::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr Capabilities kNetAdmin = Capabilities{1} << CAP_NET_ADMIN;
constexpr Capabilities kNetRaw = Capabilities{1} << CAP_NET_RAW;
constexpr Capabilities kRawIo = Capabilities{1} << CAP_SYS_RAWIO;

config::Config on(std::string lan, std::string wan) {
  config::Config config;
  config.lan.device = std::move(lan);
  config.wan.device = std::move(wan);
  return config;
}

TEST(Privileges, AfPacketNeedsTwoCapabilities) {
  const auto config = on("net_af_packet0,iface=a", "net_af_packet1,iface=b");
  EXPECT_EQ(missing_privileges(config, kNetRaw | kNetAdmin), "");
  EXPECT_THAT(missing_privileges(config, kNetRaw),
              AllOf(HasSubstr("CAP_NET_ADMIN"), Not(HasSubstr("CAP_NET_RAW")), HasSubstr("root")));
  EXPECT_THAT(missing_privileges(config, 0), HasSubstr("CAP_NET_ADMIN and CAP_NET_RAW"));
}

TEST(Privileges, OnePortIsEnoughToNeedThem) {
  EXPECT_NE(missing_privileges(on("net_null0", "net_tap0"), kNetRaw), "");
  EXPECT_NE(missing_privileges(on("net_tap0", "net_null0"), kNetRaw), "");
  EXPECT_EQ(missing_privileges(on("net_tap0", "net_null0"), kNetAdmin), "");
  EXPECT_EQ(missing_privileges(on("net_null0", "net_memif0"), 0), "");
}

TEST(Privileges, AfXdpLoadsAProgram) {
  EXPECT_THAT(missing_privileges(on("net_af_xdp0,iface=a", "net_null0"), kNetRaw | kNetAdmin),
              HasSubstr("need CAP_BPF:"));
}

TEST(Privileges, VfioNeedsItsFileAndNoCapability) {
  const FakeMachine machine;
  machine.add_pci("0000:03:00.0", "vfio-pci", "14");
  const auto config = on("0000:03:00.0", "net_null0");
  EXPECT_EQ(missing_privileges(config, 0, machine.root()), "");
  std::filesystem::remove(machine.at("/dev/vfio/14"));
  EXPECT_THAT(missing_privileges(config, 0, machine.root()), HasSubstr("read and write /dev/vfio/14"));
}

TEST(Privileges, WithoutIommuVfioNeedsRawAccess) {
  const FakeMachine machine;
  machine.add_pci("0000:03:00.0", "vfio-pci", "0");
  machine.write("/dev/vfio/noiommu-0", "");
  const auto config = on("0000:03:00.0", "net_null0");
  EXPECT_THAT(missing_privileges(config, kNetRaw | kNetAdmin, machine.root()), HasSubstr("CAP_SYS_RAWIO"));
  EXPECT_EQ(missing_privileges(config, kRawIo, machine.root()), "");
}

TEST(Privileges, MellanoxStaysWithTheKernel) {
  const FakeMachine machine;
  machine.add_pci("0000:03:00.0", "mlx5_core", "14", "eth1");
  EXPECT_EQ(missing_privileges(on("0000:03:00.0", "net_null0"), kNetRaw | kNetAdmin, machine.root()), "");
  EXPECT_NE(missing_privileges(on("0000:03:00.0", "net_null0"), 0, machine.root()), "");
}

}  // namespace
}  // namespace narrows::app
