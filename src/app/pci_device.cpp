// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/pci_device.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

namespace narrows::app {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> kShared{"mlx5_core", "mlx4_core"};
constexpr std::array<std::string_view, 3> kForDpdk{"vfio-pci", "uio_pci_generic", "igb_uio"};

/// The last part of where a link points to; empty when there is none.
std::string target_name(const fs::path& link) {
  std::error_code error;
  return fs::read_symlink(link, error).filename();
}

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

/// PCI class 06: a group often holds the bridges on the way to the device, and VFIO does not mind those.
bool is_bridge(const fs::path& device) {
  std::ifstream file(device / "class");
  std::string text;
  return file >> text && text.starts_with("0x06");
}

}  // namespace

PciDevice inspect_pci_device(const fs::path& root, const std::string& address) {
  const fs::path devices = root / "sys/bus/pci/devices";
  const fs::path path = devices / address;
  PciDevice device;
  device.address = address;
  std::error_code error;
  device.is_present = fs::exists(path, error);
  if (!device.is_present) return device;
  device.driver = target_name(path / "driver");
  device.interfaces = names_in(path / "net");
  device.iommu_group = target_name(path / "iommu_group");
  for (const auto& name : names_in(path / "iommu_group/devices")) {
    const std::string driver = target_name(devices / name / "driver");
    if (name != address && !driver.empty() && !driver.starts_with("vfio") && !is_bridge(devices / name))
      device.companions.push_back(name);
  }
  return device;
}

bool is_shared_driver(std::string_view driver) noexcept {
  return std::ranges::find(kShared, driver) != kShared.end();
}

bool is_driver_for_dpdk(std::string_view driver) noexcept {
  return is_shared_driver(driver) || std::ranges::find(kForDpdk, driver) != kForDpdk.end();
}

std::string vfio_file_of(const fs::path& root, const PciDevice& device) {
  // VFIO makes a group of its own for a device without an IOMMU, and says so in its name.
  std::error_code error;
  const std::string file = "/dev/vfio/noiommu-" + device.iommu_group;
  return fs::exists(root / file.substr(1), error) ? file : "/dev/vfio/" + device.iommu_group;
}

}  // namespace narrows::app
