// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::app {

/// A PCI device as the kernel sees it now.
struct PciDevice {
  std::string address;                  ///< "0000:03:00.1"
  bool is_present = false;              ///< the rest is empty without
  std::string driver;                   ///< it is bound to; empty: none
  std::vector<std::string> interfaces;  ///< Linux interfaces that its driver made, sorted
  std::string iommu_group;              ///< number, as text; empty: no IOMMU
  std::vector<std::string>
      companions;  ///< others of that group that a kernel driver holds, bridges apart, sorted
};

/// Reads sysfs. @param root where "/sys" is looked up: "/", or a tree that stands for a machine.
[[nodiscard]] PciDevice inspect_pci_device(const std::filesystem::path& root, const std::string& address);

/// Whether DPDK can drive a device that this kernel driver holds.
[[nodiscard]] bool is_driver_for_dpdk(std::string_view driver) noexcept;

/// Whether DPDK drives the device beside this kernel driver, which keeps it.
[[nodiscard]] bool is_shared_driver(std::string_view driver) noexcept;

/// The VFIO group's device file, such as "/dev/vfio/14"; where there is no IOMMU, "/dev/vfio/noiommu-0".
[[nodiscard]] std::string vfio_file_of(const std::filesystem::path& root, const PciDevice& device);

}  // namespace narrows::app
