// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "narrows/app/finding.h"
#include "narrows/wire/ethernet.h"

namespace narrows::app {
namespace {

constexpr std::size_t kMaxDeviceName = 63;     // RTE_DEV_NAME_MAX_LEN, 64 with its NUL
constexpr std::size_t kMaxInterfaceName = 15;  // IFNAMSIZ, 16 with its NUL

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

/// "0000:03:00.1" or "03:00.1" in full and in lower case.
std::optional<std::string> parse_pci_address(std::string_view text) {
  constexpr std::size_t kShort = 7;  // "03:00.1"
  if (text.size() < kShort) return std::nullopt;
  const auto bus = text.substr(text.size() - kShort);
  if (!is_hex(bus.substr(0, 2)) || bus[2] != ':' || !is_hex(bus.substr(3, 2)) || bus[5] != '.' ||
      bus[6] < '0' || bus[6] > '7')
    return std::nullopt;
  auto domain = text.substr(0, text.size() - kShort);
  if (!domain.empty()) {
    if (domain.size() < 5 || domain.size() > 9 || domain.back() != ':') return std::nullopt;
    domain.remove_suffix(1);
    if (!is_hex(domain)) return std::nullopt;
  }
  auto address = fmt::format("{}:{}", domain.empty() ? "0000" : domain, bus);
  std::ranges::transform(address, address.begin(), [](unsigned char c) { return std::tolower(c); });
  return address;
}

bool is_virtual_device_name(std::string_view name) {
  return name.starts_with("net_") && name.size() > 4 && name.size() <= kMaxDeviceName &&
         std::ranges::all_of(name,
                             [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '_'; });
}

/// The value of `key=` among "key=value,key=value"; commas in brackets do not separate.
std::optional<std::string_view> find_argument(std::string_view arguments, std::string_view key) {
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= arguments.size(); ++i) {
    if (i < arguments.size() && (depth > 0 || arguments[i] != ',')) {
      depth += arguments[i] == '[' ? 1 : arguments[i] == ']' ? -1 : 0;
      continue;
    }
    const auto argument = arguments.substr(start, i - start);
    if (argument.starts_with(key) && argument.substr(key.size()).starts_with('='))
      return argument.substr(key.size() + 1);
    start = i + 1;
  }
  return std::nullopt;
}

bool is_interface_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxInterfaceName &&
         name.find_first_of("/:,\" \t") == std::string_view::npos;
}

bool needs_interface(std::string_view name) {
  constexpr std::array<std::string_view, 2> kDrivers{"net_af_packet", "net_af_xdp"};
  return std::ranges::any_of(kDrivers, [name](auto driver) { return name.starts_with(driver); });
}

/// iface= of a vhost port is the path of its socket.
bool has_socket(std::string_view name) {
  return name.starts_with("net_vhost");
}

DeviceResult refuse(std::string problem) {
  return {std::nullopt, std::move(problem)};
}

}  // namespace

std::string probe_text(const Device& device, std::uint16_t mtu_octets, std::size_t queues) {
  // A ring frame begins with the kernel's header (packet(7): tpacket2_hdr, sockaddr_ll, room for Ethernet),
  // and its size is a multiple of 16; a block is whole pages.
  constexpr unsigned kUsualFrame = 2048;
  constexpr unsigned kRingHeader = 66;
  constexpr unsigned kFrameAlignment = 16;
  constexpr unsigned kPage = 4096;
  const auto up = [](unsigned octets, unsigned to) { return (octets + to - 1) / to * to; };
  std::string text = device.name;
  if (!device.arguments.empty()) text += "," + device.arguments;
  if (!device.name.starts_with("net_af_packet")) return text;
  const unsigned frame = up(mtu_octets + wire::kMaxEthernetOctets + kRingHeader, kFrameAlignment);
  if (frame > kUsualFrame && !find_argument(device.arguments, "framesz") &&
      !find_argument(device.arguments, "blocksz"))
    text += fmt::format(",framesz={},blocksz={}", frame, up(frame, kPage));
  if (queues > 1 && !find_argument(device.arguments, "qpairs")) text += fmt::format(",qpairs={}", queues);
  return text;
}

DeviceResult parse_device(std::string_view text, Side side) {
  const auto comma = std::min(text.find(','), text.size());
  const auto name = text.substr(0, comma);
  Device device;
  device.arguments = text.substr(std::min(comma + 1, text.size()));
  if (auto address = parse_pci_address(name)) {
    device.name = std::move(*address);
    return {std::move(device), {}};
  }
  if (!is_virtual_device_name(name)) {
    const auto example =
        is_interface_name(text) ? printable(text) : fmt::format("{}0", kSideNames[index_of(side)]);
    return refuse(fmt::format(
        "\"{}\" is no DPDK device: for a Linux interface write \"net_af_packet{},iface={}\", for a network "
        "card its PCI address (0000:03:00.1)",
        printable(text), index_of(side), example));
  }
  device.kind = Device::Kind::virtual_device;
  device.name = name;
  const auto interface = has_socket(name) ? std::nullopt : find_argument(device.arguments, "iface");
  if (!interface && needs_interface(name))
    return refuse(fmt::format("{0} needs a Linux interface: write \"{0},iface={1}0\"", name,
                              kSideNames[index_of(side)]));
  if (interface && !is_interface_name(*interface))
    return refuse(fmt::format("iface={} is no interface name: 1 to {} characters", printable(*interface),
                              kMaxInterfaceName));
  device.interface = interface.value_or("");
  return {std::move(device), {}};
}

}  // namespace narrows::app
