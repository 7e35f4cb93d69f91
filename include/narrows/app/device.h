// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "narrows/wire/direction.h"

namespace narrows::app {

/// A DPDK device as the configuration names it: "0000:03:00.1" or "net_af_packet0,iface=lan0".
struct Device {
  enum class Kind { pci, virtual_device };
  Kind kind = Kind::pci;
  std::string name;       ///< PCI address in full and lower case, or the virtual device's name
  std::string arguments;  ///< behind the first comma, as given
  std::string interface;  ///< the Linux interface of iface=; empty: none
};

/// A device, or what is wrong with the text and what to write instead.
struct DeviceResult {
  std::optional<Device> device;
  std::string problem;
};

/// What DPDK is given to open a virtual device: name and arguments, and of an af_packet port, unless the user
/// has chosen it, the size of its ring's frames, where the MTU would have the usual ones cut short, and how
/// many queues it is to have.
[[nodiscard]] std::string probe_text(const Device& device, std::uint16_t mtu_octets, std::size_t queues = 1);

/// `side` only serves to suggest a name that the other port does not need.
[[nodiscard]] DeviceResult parse_device(std::string_view text, Side side);

}  // namespace narrows::app
