// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/yaml_config.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>
#include <system_error>

#include "narrows/app/device.h"
#include "narrows/app/yaml_sections.h"
#include "narrows/wire/direction.h"

namespace narrows::app {
namespace {

using config::Mode;

constexpr std::size_t kMaxFileOctets = 16u << 20;

void read_workers(const std::optional<Field>& field, config::Workers& workers) {
  constexpr std::array<std::string_view, 2> kKeys{"lcores", "burst"};
  if (!field) return;
  const MapReader map(*field, kKeys);
  read_integer_into(map.find("burst"), {1, 64, "frames"}, workers.burst);
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
  if (purpose == LoadPurpose::replay) return identity;
  constexpr std::string_view kWhat =
      "a PCI address (0000:03:00.1) or a DPDK virtual device (net_af_packet0,iface=eth0)";
  identity.device_field = map.require("device", kWhat);
  const auto text = identity.device_field ? read_text(*identity.device_field, kWhat) : std::nullopt;
  if (!text) return identity;
  auto result = parse_device(*text, side);
  if (!result.device) identity.device_field->error(std::move(result.problem));
  port.device = *text;
  identity.device = std::move(result.device);
  return identity;
}

void compare_ports(const PortIdentity& lan, const PortIdentity& wan, const config::Config& config) {
  if (lan.device && wan.device) {
    const auto line = lan.device_field->place.line;
    if (lan.device->name == wan.device->name) {
      wan.device_field->error(
          fmt::format("{} is the LAN port's device too (line {}): each port needs one of its own",
                      wan.device->name, line));
    }
    if (!lan.device->interface.empty() && lan.device->interface == wan.device->interface) {
      wan.device_field->error(
          fmt::format("interface {} is the LAN port's too (line {}): each port needs one of its own",
                      wan.device->interface, line));
    }
  }
  if (config.lan.mac && config.lan.mac == config.wan.mac)
    wan.mac_field->error(fmt::format("{} is the LAN port's address too (line {}): the addresses must differ",
                                     wire::to_string(*config.wan.mac), lan.mac_field->place.line));
}

/// A WAN MTU that no PPPoE link fits into; goes on with the default, so that it is reported once.
void check_room_for_pppoe(Reading& reading, Findings& findings) {
  constexpr auto kLeast = kMtuRule.least + kPppoeOctets;
  auto& mtu = reading.config.wan.mtu_octets;
  if (reading.mode != Mode::terminate || mtu >= kLeast) return;
  findings.error(*reading.wan_mtu, fmt::format("{} is too small: terminate mode allows {} to {} octets", mtu,
                                               kLeast, kMtuRule.most));
  mtu = config::Port{}.mtu_octets;
}

void read_ports(const MapReader& root, LoadPurpose purpose, Reading& reading, Findings& findings) {
  constexpr std::array<std::string_view, kSides> kKeys = kSideNames;
  const bool is_replay = purpose == LoadPurpose::replay;
  const auto field = is_replay ? root.find("ports") : root.require("ports", "a map with the keys lan, wan");
  if (!field) return;
  const MapReader map(*field, kKeys);
  const auto port = [&](Side side) {
    const auto name = kSideNames[index_of(side)];
    return is_replay ? map.find(name) : map.require(name, "a map with the keys device, mac, mtu");
  };
  auto& config = reading.config;
  const auto lan = read_port(port(Side::lan), Side::lan, purpose, config.lan, reading.lan_mtu);
  const auto wan = read_port(port(Side::wan), Side::wan, purpose, config.wan, reading.wan_mtu);
  compare_ports(lan, wan, config);
  check_room_for_pppoe(reading, findings);
}

void read_mode(const std::optional<Field>& field, Reading& reading) {
  constexpr std::array<Word<Mode>, 2> kWords{
      {{"terminate", Mode::terminate}, {"transparent", Mode::transparent}}};
  reading.mode = field ? read_word<Mode>(*field, kWords) : Mode::terminate;
  reading.config.mode = reading.mode.value_or(Mode::terminate);
}

void read_checksum(const std::optional<Field>& field, config::ChecksumPolicy& policy) {
  using config::ChecksumPolicy;
  constexpr std::array<Word<ChecksumPolicy>, 3> kWords{{{"auto", ChecksumPolicy::automatic},
                                                        {"hardware", ChecksumPolicy::hardware},
                                                        {"incremental", ChecksumPolicy::incremental}}};
  if (field) policy = read_word<ChecksumPolicy>(*field, kWords).value_or(policy);
}

/// The sessions where the mode wants them.
/// @return whether some link takes the global MTU.
bool read_sessions_of_mode(const MapReader& root, Reading& reading) {
  const auto sessions = root.find("sessions");
  if (reading.mode == Mode::transparent) {
    if (sessions) sessions->error("not allowed in transparent mode, which owns no session: remove it");
    return true;
  }
  if (sessions) return read_sessions(*sessions, reading);
  if (reading.mode)
    static_cast<void>(root.require("sessions", "a list of 1 to 4094 sessions, as the mode is terminate"));
  return true;
}

/// A default MTU that the WAN port cannot carry is a mistake of the WAN port's MTU.
void check_default_mtu(const Reading& reading, Findings& findings) {
  const auto ceiling = mtu_ceiling(reading);
  const auto mtu = reading.config.mtu_octets;
  if (!reading.wan_mtu || mtu <= ceiling) return;
  findings.error(*reading.wan_mtu,
                 fmt::format("leaves {} octets for the PPPoE link, less than the default mtu {}: set "
                             "mtu to at most {}, or raise this",
                             ceiling, mtu, ceiling));
}

void read_root(const YamlNode& tree, LoadPurpose purpose, Reading& reading, Findings& findings) {
  constexpr std::array<std::string_view, 8> kKeys{"mode", "workers",  "ports",    "mtu",
                                                  "mss",  "checksum", "sessions", "statistics"};
  if (tree.kind != YamlNode::Kind::map) {
    report_wrong_type({&tree, {tree.line, "file"}, &findings},
                      fmt::format("a map with the keys {}", fmt::join(kKeys, ", ")));
    return;
  }
  const MapReader root({&tree, {tree.line, ""}, &findings}, kKeys);
  auto& config = reading.config;
  read_mode(root.find("mode"), reading);
  read_workers(root.find("workers"), config.workers);
  read_ports(root, purpose, reading, findings);
  Link link{config.mss, config.mtu_octets, {}, {}};
  read_link(root, reading, link);
  check_limits(reading, link, nullptr, findings);
  config.mtu_octets = link.mtu_octets;
  reading.mtu = link.mtu_place;
  config.mss = link.mss;
  read_checksum(root.find("checksum"), config.checksum);
  read_statistics(root.find("statistics"), config.statistics);
  const bool is_global_mtu_used = read_sessions_of_mode(root, reading);
  if (!link.mtu_place && is_global_mtu_used) check_default_mtu(reading, findings);
}

/// The contents of a file of at most kMaxFileOctets; else an error.
std::optional<std::string> read_file(const std::string& path, Findings& findings) {
  const auto refuse = [&findings](std::string text) {
    findings.error({1, "file"}, std::move(text));
    return std::nullopt;
  };
  const auto reason = [] { return std::system_category().message(errno); };
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return refuse(fmt::format("cannot be opened: {}", reason()));
  std::string text;
  std::array<char, 65536> buffer;
  ssize_t length = 0;
  while (text.size() <= kMaxFileOctets && (length = read(descriptor, buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(length));
  const auto error = length < 0 ? reason() : std::string();
  close(descriptor);
  if (!error.empty()) return refuse(fmt::format("cannot be read: {}", error));
  if (text.size() > kMaxFileOctets)
    return refuse(
        fmt::format("is too large for a configuration: at most {} MiB are allowed", kMaxFileOctets >> 20));
  return text;
}

LoadedConfig parse_text(std::string_view text, LoadPurpose purpose, Findings& findings) {
  Reading reading;
  const auto tree = parse_yaml(text, findings);
  if (tree && tree->kind == YamlNode::Kind::null)
    findings.error({1, "file"}, "is empty: docs/configuration.md and conf/ show what to write");
  else if (tree)
    read_root(*tree, purpose, reading, findings);
  return {std::move(reading.config), findings.sorted_errors(), findings.sorted_warnings()};
}

}  // namespace

LoadedConfig load_config(const std::string& path, LoadPurpose purpose) {
  Findings findings;
  const auto text = read_file(path, findings);
  if (!text) return {{}, findings.sorted_errors(), {}};
  return parse_text(*text, purpose, findings);
}

LoadedConfig parse_config(std::string_view yaml_text, LoadPurpose purpose) {
  Findings findings;
  return parse_text(yaml_text, purpose, findings);
}

}  // namespace narrows::app
