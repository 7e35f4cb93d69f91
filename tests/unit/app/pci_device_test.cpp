// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/pci_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_machine.h"

namespace narrows::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PciDevice, IsReadFromSysfs) {
  const FakeMachine machine;
  machine.add_pci("0000:03:00.0", "ixgbe", "14", "eth1");
  const auto device = inspect_pci_device(machine.root(), "0000:03:00.0");
  EXPECT_TRUE(device.is_present);
  EXPECT_EQ(device.driver, "ixgbe");
  EXPECT_THAT(device.interfaces, ElementsAre("eth1"));
  EXPECT_EQ(device.iommu_group, "14");
  EXPECT_THAT(device.companions, IsEmpty());
  EXPECT_EQ(vfio_file_of(machine.root(), device), "/dev/vfio/14");
}

TEST(PciDevice, NotThere) {
  const FakeMachine machine;
  const auto device = inspect_pci_device(machine.root(), "0000:03:00.0");
  EXPECT_FALSE(device.is_present);
  EXPECT_EQ(device.driver, "");
}

TEST(PciDevice, CompanionsAreWhatAKernelDriverHoldsOfTheGroup) {
  const FakeMachine machine;
  machine.add_pci("0000:03:00.0", "", "14");
  machine.add_pci("0000:03:00.1", "ixgbe", "14");
  machine.add_pci("0000:03:00.2", "vfio-pci", "14");
  machine.add_pci("0000:03:00.3", "", "14");
  machine.add_pci("0000:02:00.0", "pcieport", "14", "", "0x060400");
  EXPECT_THAT(inspect_pci_device(machine.root(), "0000:03:00.0").companions, ElementsAre("0000:03:00.1"));
}

TEST(PciDevice, WithoutIommuVfioNamesItsGroupOtherwise) {
  const FakeMachine machine;
  machine.add_pci("0000:03:00.0", "vfio-pci", "0");
  machine.write("/dev/vfio/noiommu-0", "");
  const auto device = inspect_pci_device(machine.root(), "0000:03:00.0");
  EXPECT_EQ(vfio_file_of(machine.root(), device), "/dev/vfio/noiommu-0");
}

TEST(PciDevice, DriversForDpdk) {
  EXPECT_TRUE(is_driver_for_dpdk("vfio-pci"));
  EXPECT_FALSE(is_shared_driver("vfio-pci"));
  EXPECT_TRUE(is_driver_for_dpdk("mlx5_core"));
  EXPECT_TRUE(is_shared_driver("mlx5_core"));
  EXPECT_FALSE(is_driver_for_dpdk("ixgbe"));
  EXPECT_FALSE(is_driver_for_dpdk(""));
}

}  // namespace
}  // namespace narrows::app
