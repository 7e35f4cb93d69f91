// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/privileges.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "narrows/app/pci_device.h"

namespace narrows::app {
namespace {

constexpr Capabilities bit(unsigned capability) {
  return Capabilities{1} << capability;
}

struct Named {
  unsigned capability;
  std::string_view name;
};

constexpr std::array<Named, 4> kNames{{
    {CAP_NET_ADMIN, "CAP_NET_ADMIN"},
    {CAP_NET_RAW, "CAP_NET_RAW"},
    {CAP_BPF, "CAP_BPF"},
    {CAP_SYS_RAWIO, "CAP_SYS_RAWIO"},
}};

struct Demand {
  std::string_view driver;
  Capabilities capabilities;
};

constexpr std::array<Demand, 3> kDemands{{
    {"net_af_packet", bit(CAP_NET_RAW) | bit(CAP_NET_ADMIN)},
    {"net_af_xdp", bit(CAP_NET_RAW) | bit(CAP_NET_ADMIN) | bit(CAP_BPF)},
    {"net_tap", bit(CAP_NET_ADMIN)},
}};

/// What one PCI device lacks: capabilities, and the file that may not be opened, if any.
struct PciNeeds {
  Capabilities capabilities = 0;
  std::string closed_file{};
};

PciNeeds needs_of(const std::filesystem::path& root, const std::string& address) {
  const PciDevice pci = inspect_pci_device(root, address);
  if (is_shared_driver(pci.driver)) return {.capabilities = bit(CAP_NET_RAW) | bit(CAP_NET_ADMIN)};
  if (pci.driver != "vfio-pci" || pci.iommu_group.empty()) return {.capabilities = bit(CAP_SYS_RAWIO)};
  const std::string file = vfio_file_of(root, pci);
  // Nothing protects memory from a device without an IOMMU, and the kernel asks for this to open one.
  if (file.find("noiommu") != std::string::npos) return {.capabilities = bit(CAP_SYS_RAWIO)};
  return {.closed_file = access((root / file.substr(1)).c_str(), R_OK | W_OK) == 0 ? "" : file};
}

}  // namespace

Capabilities capabilities_needed(const Device& device) noexcept {
  for (const Demand& demand : kDemands)
    if (device.kind == Device::Kind::virtual_device && device.name.starts_with(demand.driver))
      return demand.capabilities;
  return 0;
}

std::string names_of(Capabilities capabilities) {
  std::string text;
  for (const Named& named : kNames)
    if ((capabilities & bit(named.capability)) != 0)
      text += fmt::format("{}{}", text.empty() ? "" : " and ", named.name);
  return text;
}

Capabilities effective_capabilities() noexcept {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) return 0;
  return data[0].effective | Capabilities{data[1].effective} << 32;
}

std::string missing_privileges(const config::Config& config, Capabilities held,
                               const std::filesystem::path& root) {
  Capabilities missing = 0;
  std::string closed_file;
  for (const auto* port : {&config.lan, &config.wan}) {
    const auto device = parse_device(port->device, Side::lan).device;
    if (!device) continue;  // the configuration was checked
    PciNeeds needs{.capabilities = capabilities_needed(*device)};
    if (device->kind == Device::Kind::pci) needs = needs_of(root, device->name);
    missing |= needs.capabilities & ~held;
    if (closed_file.empty()) closed_file = needs.closed_file;
  }
  if (missing == 0 && closed_file.empty()) return {};
  const std::string what =
      missing != 0 ? names_of(missing) : fmt::format("to read and write {}", closed_file);
  return fmt::format("these ports need {}: start narrows as root or as the service narrows@NAME", what);
}

}  // namespace narrows::app
