// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <numa.h>
#include <sched.h>

#include <filesystem>
#include <fstream>

#include "narrows/app/device.h"
#include "narrows/app/placement.h"

namespace narrows::app {
namespace {

namespace fs = std::filesystem;

int read_node(const fs::path& path) {
  std::ifstream file(path);
  int node = kUnknownNode;
  return file >> node && node >= 0 ? node : kUnknownNode;
}

/// The device's directory in sysfs; empty: it is software that sysfs does not know.
fs::path sysfs_path(const Device& device) {
  if (device.kind == Device::Kind::pci) return fs::path("/sys/bus/pci/devices") / device.name;
  // net_tap's interface is the one it will create.
  const bool is_found_by_name = !device.interface.empty() && !device.name.starts_with("net_tap");
  return is_found_by_name ? fs::path("/sys/class/net") / device.interface : fs::path();
}

PortLocation locate(const config::Port& port, Side side) {
  const auto result = parse_device(port.device, side);
  const auto path = result.device ? sysfs_path(*result.device) : fs::path();
  if (path.empty()) return {};
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return {.is_present = false};
  const bool is_pci = result.device->kind == Device::Kind::pci;
  return {.is_present = true, .node = read_node(path / (is_pci ? "numa_node" : "device/numa_node"))};
}

std::vector<Cpu> allowed_cpus() {
  std::vector<Cpu> cpus;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return cpus;
  const bool has_numa = numa_available() >= 0;
  for (unsigned number = 0; number < CPU_SETSIZE; ++number)
    if (CPU_ISSET(number, &allowed))
      cpus.push_back({number, has_numa ? numa_node_of_cpu(static_cast<int>(number)) : kUnknownNode});
  return cpus;
}

}  // namespace

Machine inspect_machine(const config::Config& config) {
  return {.cpus = allowed_cpus(), .ports = {locate(config.lan, Side::lan), locate(config.wan, Side::wan)}};
}

}  // namespace narrows::app
