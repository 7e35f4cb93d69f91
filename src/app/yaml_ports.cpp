// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <array>
#include <set>

#include "narrows/app/device.h"
#include "narrows/app/yaml_sections.h"

namespace narrows::app {
namespace {

using config::Mode;

constexpr std::array<Word<config::Spread>, 4> kSpreadWords{{{"auto", config::Spread::automatic},
                                                            {"hardware", config::Spread::hardware},
                                                            {"software", config::Spread::software},
                                                            {"off", config::Spread::off}}};

/// What the two ports must not share, for the comparison of the second with the first.
struct PortIdentity {
  std::optional<Field> device_field;
  std::optional<Device> device;
  std::optional<Field> mac_field;
};

PortIdentity read_port(const std::optional<Field>& field, Side side, LoadPurpose purpose, config::Port& port,
                       std::optional<Place>& mtu_place) {
  constexpr std::array<std::string_view, 3> kKeys{"device", "mac", "mtu"};
  if (!field) return {};
  const MapReader map(*field, kKeys);
  PortIdentity identity;
  if (const auto mtu = map.find("mtu")) {
    mtu_place = mtu->place;
    read_integer_into(mtu, kMtuRule, port.mtu_octets);
  }
  if (const auto mac = map.find("mac")) {
    port.mac = read_station_mac(*mac);
    identity.mac_field = mac;
  }
  if (purpose == LoadPurpose::replay || (purpose == LoadPurpose::explain && !map.find("device")))
    return identity;
  constexpr std::string_view kWhat =
      "a PCI address (0000:03:00.1) or a DPDK virtual device (net_af_packet0,iface=eth0)";
  identity.device_field = map.require("device", kWhat);
  const auto text = identity.device_field ? read_text(*identity.device_field, kWhat) : std::nullopt;
  if (!text) return identity;
  auto result = parse_device(*text, side);
  port.device = *text;
  if (result.device)
    port.interface = result.device->interface;
  else
    identity.device_field->error(std::move(result.problem));
  identity.device = std::move(result.device);
  return identity;
}

/// @param other  what the messages call the first port.
void compare_ports(const PortIdentity& lan, const PortIdentity& wan, std::string_view other,
                   const config::Config& config) {
  if (lan.device && wan.device) {
    const auto line = lan.device_field->place.line;
    if (lan.device->name == wan.device->name) {
      wan.device_field->error(
          fmt::format("{} is the {} port's device too (line {}): each port needs one of its own",
                      wan.device->name, other, line));
    }
    if (!lan.device->interface.empty() && lan.device->interface == wan.device->interface) {
      wan.device_field->error(
          fmt::format("interface {} is the {} port's too (line {}): each port needs one of its own",
                      wan.device->interface, other, line));
    }
  }
  if (config.lan.mac && config.lan.mac == config.wan.mac)
    wan.mac_field->error(fmt::format("{} is the {} port's address too (line {}): the addresses must differ",
                                     wire::to_string(*config.wan.mac), other, lan.mac_field->place.line));
}

/// A WAN MTU that no PPPoE link fits into; goes on with the default, so that it is reported once.
void check_room_for_pppoe(Reading& reading, Findings& findings) {
  constexpr auto kLeast = kMtuRule.least + kPppoeOctets;
  auto& mtu = reading.config.wan.mtu_octets;
  if (!reading.mode || reading.mode == Mode::transparent || mtu >= kLeast) return;
  findings.error(*reading.wan_mtu, fmt::format("{} is too small: {} mode allows {} to {} octets", mtu,
                                               config::name_of(*reading.mode), kLeast, kMtuRule.most));
  mtu = config::Port{}.mtu_octets;
}

}  // namespace

void read_workers(const std::optional<Field>& field, config::Workers& workers) {
  constexpr std::array<std::string_view, 4> kKeys{"lcores", "burst", "spread", "idle"};
  if (!field) return;
  const MapReader map(*field, kKeys);
  if (const auto spread = map.find("spread"))
    workers.spread = read_word<config::Spread>(*spread, kSpreadWords).value_or(workers.spread);
  read_integer_into(map.find("burst"), {1, 64, "frames"}, workers.burst);
  if (const auto idle = map.find("idle"))
    workers.idle = read_word<config::Idle>(*idle, kIdleWords).value_or(workers.idle);
  const auto lcores = map.find("lcores");
  const auto elements = lcores ? read_list(*lcores, "a list of CPU numbers such as [1, 3]") : std::nullopt;
  if (!elements) return;
  if (elements->empty())
    lcores->error("must name at least one CPU; leave the key out for one worker chosen at start");
  std::set<std::uint64_t> known;
  for (const auto& element : *elements) {
    const auto cpu = read_integer(element, {0, 1023});
    if (!cpu) continue;
    if (known.insert(*cpu).second)
      workers.lcores.push_back(static_cast<unsigned>(*cpu));
    else
      element.error(fmt::format("CPU {} is given twice: each worker needs a CPU of its own", *cpu));
  }
}

void read_checksum(const std::optional<Field>& field, config::ChecksumPolicy& policy) {
  using config::ChecksumPolicy;
  constexpr std::array<Word<ChecksumPolicy>, 3> kWords{{{"auto", ChecksumPolicy::automatic},
                                                        {"hardware", ChecksumPolicy::hardware},
                                                        {"incremental", ChecksumPolicy::incremental}}};
  if (field) policy = read_word<ChecksumPolicy>(*field, kWords).value_or(policy);
}

void read_ports(const MapReader& root, LoadPurpose purpose, Reading& reading, Findings& findings) {
  const auto keys = config::port_keys(reading.config.mode);
  const bool is_optional = purpose == LoadPurpose::replay || purpose == LoadPurpose::explain;
  const auto field = is_optional
                         ? root.find("ports")
                         : root.require("ports", fmt::format("a map with the keys {}, {}", keys[0], keys[1]));
  if (!field) return;
  const MapReader map(*field, keys);
  const auto port = [&](Side side) {
    const auto name = keys[index_of(side)];
    return is_optional ? map.find(name) : map.require(name, "a map with the keys device, mac, mtu");
  };
  auto& config = reading.config;
  const auto lan = read_port(port(Side::lan), Side::lan, purpose, config.lan, reading.lan_mtu);
  const auto wan = read_port(port(Side::wan), Side::wan, purpose, config.wan, reading.wan_mtu);
  compare_ports(lan, wan, config.mode == Mode::concentrator ? "core" : "LAN", config);
  check_room_for_pppoe(reading, findings);
}

}  // namespace narrows::app
