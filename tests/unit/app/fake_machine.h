// SPDX-License-Identifier: BSD-3-Clause
/// A directory that stands for a machine: as much of /sys, /proc, /dev and /etc as a test needs.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace narrows::app {

class FakeMachine {
 public:
  FakeMachine() {
    std::string name = testing::TempDir() + "narrows-machine-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  ~FakeMachine() { std::filesystem::remove_all(root_); }
  FakeMachine(const FakeMachine&) = delete;
  FakeMachine& operator=(const FakeMachine&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

  /// @param path absolute, as on a machine.
  [[nodiscard]] std::filesystem::path at(std::string_view path) const { return root_ / path.substr(1); }

  void write(std::string_view path, std::string_view text) const {
    std::filesystem::create_directories(at(path).parent_path());
    std::ofstream(at(path)) << text;
  }

  [[nodiscard]] std::string read(std::string_view path) const {
    std::ifstream file(at(path));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  void link(std::string_view path, std::string_view target) const {
    std::filesystem::create_directories(at(path).parent_path());
    std::filesystem::create_symlink(target, at(path));
  }

  /// @param group    of the IOMMU; empty: none.
  /// @param interface that the driver made; empty: none.
  void add_pci(const std::string& address, const std::string& driver, const std::string& group,
               const std::string& interface = "", std::string_view device_class = "0x020000") const {
    const std::string device = "/sys/bus/pci/devices/" + address;
    write(device + "/class", device_class);
    write(device + "/driver_override", "(null)\n");
    if (!driver.empty()) {
      write("/sys/bus/pci/drivers/" + driver + "/unbind", "");
      link(device + "/driver", "../../drivers/" + driver);
    }
    if (!interface.empty()) write(device + "/net/" + interface + "/address", "02:00:00:00:00:01\n");
    if (group.empty()) return;
    const std::string path = "/sys/kernel/iommu_groups/" + group;
    write(path + "/devices/" + address, "");
    link(device + "/iommu_group", "../../../../kernel/iommu_groups/" + group);
    write("/dev/vfio/" + group, "");
  }

 private:
  std::filesystem::path root_;
};

}  // namespace narrows::app
