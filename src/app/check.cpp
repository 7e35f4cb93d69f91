// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/check.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <vector>

#include "narrows/app/checksum_plan.h"
#include "narrows/app/load_or_explain.h"
#include "narrows/app/yaml_sections.h"

namespace narrows::app {
namespace {

using config::Config;

constexpr std::size_t kMostRows = 20;
constexpr auto kLanToWan = index_of(Direction::lan_to_wan);
constexpr auto kWanToLan = index_of(Direction::wan_to_lan);

/// Rows of equal length, printed with each column as wide as its widest cell.
class Table {
 public:
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  void print(std::ostream& out) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto& row : rows_) {
      std::string line = " ";
      for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format(" {:<{}} ", row[i], widths[i]);
      line.erase(line.find_last_not_of(' ') + 1);
      fmt::print(out, "{}\n", line);
    }
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string node_text(int node) {
  return node == kUnknownNode ? "" : fmt::format("NUMA node {}", node);
}

void print_ports(const Config& config, const Machine& machine, std::ostream& out) {
  fmt::print(out, "\nports\n");
  Table table;
  const std::array<const config::Port*, kSides> ports{&config.lan, &config.wan};
  for (std::size_t side = 0; side < kSides; ++side) {
    const auto& port = *ports[side];
    const auto& location = machine.ports[side];
    table.add({std::string(config::port_keys(config.mode)[side]), port.device,
               fmt::format("MAC {}", port.mac ? wire::to_string(*port.mac) : "the device's own"),
               fmt::format("MTU {}", port.mtu_octets),
               location.is_present ? node_text(location.node) : "not present on this machine"});
  }
  table.print(out);
}

std::string_view idle_text(config::Idle idle) {
  switch (idle) {
    case config::Idle::spin:
      return "spin, a whole CPU each";
    case config::Idle::pause:
      return "pause, a whole CPU each that others may have";
    case config::Idle::interrupt:
      return "interrupt where both ports have receive interrupts, else sleep";
    case config::Idle::sleep:
      break;
  }
  return "sleep, 100 us at most";
}

void print_threads(const Config& config, const Machine& machine, const Placement& placement,
                   std::ostream& out) {
  fmt::print(out, "\nthreads\n");
  const auto node = [&machine](unsigned number) {
    const auto cpu = std::ranges::find(machine.cpus, number, &Cpu::number);
    return cpu == machine.cpus.end() ? "" : node_text(cpu->node);
  };
  Table table;
  table.add({"control", fmt::format("CPU {}", placement.control_cpu), node(placement.control_cpu)});
  for (std::size_t i = 0; i < placement.worker_cpus.size(); ++i) {
    const auto cpu = placement.worker_cpus[i];
    table.add({fmt::format("worker {}", i), fmt::format("CPU {}", cpu), node(cpu)});
  }
  table.print(out);
  fmt::print(out, "  bursts of up to {} frames; while nothing comes: {}\n", config.workers.burst,
             idle_text(config.workers.idle));
  for (const auto& note : placement.notes) fmt::print(out, "  note: {}\n", note);
}

std::string vlan_text(const std::vector<std::uint16_t>& vlans) {
  return vlans.empty() ? "untagged" : fmt::format("{}", fmt::join(vlans, "+"));
}

std::string lan_vlan_text(const config::SessionLan& lan) {
  return lan.vlan ? fmt::format("{}", *lan.vlan) : "untagged";
}

std::string limit_text(std::uint16_t limit) {
  return limit == config::kNoMssLimit ? "off" : fmt::format("{}", limit);
}

/// "1452 / 1432", "off".
std::string limits_text(const std::array<std::uint16_t, kFamilies>& limits) {
  const auto ipv4 = limit_text(limits[index_of(Family::ipv4)]);
  const auto ipv6 = limit_text(limits[index_of(Family::ipv6)]);
  return ipv4 == "off" && ipv6 == "off" ? "off" : fmt::format("{} / {}", ipv4, ipv6);
}

/// The MTU from which each packet's outer headers are taken off.
std::string tunnels_text(std::uint16_t tunnel_mtu_octets) {
  return tunnel_mtu_octets == 0 ? "off" : fmt::format("from MTU {}", tunnel_mtu_octets);
}

std::string id_text(const config::Session& session) {
  return session.client ? "-" : fmt::format("{:#06x}", session.fixed.id);
}

std::string concentrator_text(const config::Session& session) {
  return session.client ? fmt::format("dialled as {}", printable(session.client->username))
                        : wire::to_string(session.fixed.ac_mac);
}

std::string lan_host_text(const config::SessionLan& lan) {
  return fmt::format("{}{}", lan.peer_mac ? wire::to_string(*lan.peer_mac) : "learned",
                     lan.hand_out == config::HandOut::dhcp ? ", DHCP" : "");
}

/// "1492", "1492 to 1500".
std::string mtu_text(const Config& config, const config::Session& session) {
  const auto largest = config::largest_mtu(config, session);
  const auto first = std::min(session.mtu_octets, largest);
  return largest > first ? fmt::format("{} to {}", first, largest) : fmt::format("{}", first);
}

constexpr std::array<const char*, kDirections> kLimitHeadings{"MSS lan_to_wan", "MSS wan_to_lan"};
constexpr const char* kTunnelsHeading = "MSS in tunnels";

void print_sessions(const Config& config, std::ostream& out) {
  const auto count = config.sessions.size();
  fmt::print(out, "\n{} session{} (MSS limits: IPv4 / IPv6, octets)\n", count, count == 1 ? "" : "s");
  Table table;
  table.add({"name", "id", "concentrator", "WAN VLAN", "LAN VLAN", "LAN host", "MTU",
             kLimitHeadings[kLanToWan], kLimitHeadings[kWanToLan], kTunnelsHeading});
  for (const auto& session : config.sessions) {
    if (&session - config.sessions.data() == kMostRows) break;
    const auto limits = config::max_mss(config, session);
    table.add({session.name, id_text(session), concentrator_text(session), vlan_text(session.wan.vlans),
               lan_vlan_text(session.lan), lan_host_text(session.lan), mtu_text(config, session),
               limits_text(limits[kLanToWan]), limits_text(limits[kWanToLan]),
               tunnels_text(config::tunnel_mtu(config, session, session.mtu_octets))});
  }
  table.print(out);
  const auto may_grow = [&config](const auto& session) {
    return config::largest_mtu(config, session) > session.mtu_octets;
  };
  if (std::ranges::any_of(config.sessions, may_grow))
    fmt::print(out,
               "  an MTU over 1492 where the concentrator grants it (RFC 4638); the MSS limits follow\n");
  if (count > kMostRows) fmt::print(out, "  ... and {} more\n", count - kMostRows);
}

void print_concentrator(const Config& config, std::ostream& out) {
  const config::Concentrator& from = *config.concentrator;
  const auto authentication = [&from] {
    if (!from.auth) return std::string("none: whoever comes is let in");
    const auto* word = std::ranges::find(kAuthWords, *from.auth, &Word<config::AuthMethod>::value);
    return fmt::format("{}, {} user{}", word->text, from.users.size(), from.users.size() == 1 ? "" : "s");
  };
  const auto addresses = [&config] {
    return config.sessions.size() == 1
               ? config.sessions.front().name
               : fmt::format("{} to {}", config.sessions.front().name, config.sessions.back().name);
  };
  const auto limits = config::max_mss(config, config.sessions.front());
  fmt::print(out, "\nconcentrator {}\n", printable(from.name));
  Table table;
  table.add({"services", from.services.empty() ? "any" : fmt::format("{}", from.services.size())});
  table.add({"line VLANs", vlan_text(from.vlans)});
  table.add({"authentication", authentication()});
  table.add({"sessions", fmt::format("up to {}, MTU up to {}", from.sessions, from.mtu_octets)});
  table.add({"IPv4", fmt::format("{} here, {} there", wire::to_string(from.own_ipv4), addresses())});
  table.add({"IPv6", from.ipv6_prefix ? "a /64 of the prefix for each session" : "off"});
  table.add({"core router", from.gateway ? wire::to_string(*from.gateway) : "learned"});
  table.add({"MSS core to line", limits_text(limits[kLanToWan])});
  table.add({"MSS line to core", limits_text(limits[kWanToLan])});
  table.add(
      {kTunnelsHeading, tunnels_text(config::tunnel_mtu(config, config.sessions.front(), from.mtu_octets))});
  table.print(out);
}

std::string_view mode_text(config::Mode mode) {
  switch (mode) {
    case config::Mode::terminate:
      return "PPPoE session headers put on from LAN to WAN, taken off from WAN to LAN";
    case config::Mode::transparent:
      return "frames pass unchanged but for their MSS";
    case config::Mode::concentrator:
      break;
  }
  return "PPPoE sessions for whoever calls on the line, plain IP on the core";
}

void print_transparent_limits(const Config& config, std::ostream& out) {
  fmt::print(out, "\nMSS limits (IPv4 / IPv6, octets; plain IP and inside PPPoE)\n");
  const auto limits = config::max_mss(config);
  Table table;
  table.add({"MTU", kLimitHeadings[kLanToWan], kLimitHeadings[kWanToLan], kTunnelsHeading});
  table.add({fmt::format("{}", config.mtu_octets), limits_text(limits[kLanToWan]),
             limits_text(limits[kWanToLan]), tunnels_text(config::tunnel_mtu(config))});
  table.print(out);
  if (config.learn_mtu)
    fmt::print(out, "  of what is not learned; a PPPoE session has the MTU that its two ends agree on\n");
}

std::string_view checksum_text(config::ChecksumPolicy policy) {
  switch (policy) {
    case config::ChecksumPolicy::hardware:
      return "hardware: by the port; one that cannot is an error at start";
    case config::ChecksumPolicy::incremental:
      return "incremental: in software, RFC 1624";
    case config::ChecksumPolicy::automatic:
      break;
  }
  return "auto: by a port that can be trusted with it where that saves work, else in software (RFC 1624)";
}

std::string icmp_text(const config::Icmp& icmp) {
  if (icmp.per_second == 0) return "off: senders of packets that are too long are not told";
  return fmt::format("up to {} errors a second and session; IPv6 from {}", icmp.per_second,
                     icmp.ipv6_source ? wire::to_string(*icmp.ipv6_source) : "an address chosen for each");
}

std::string statistics_text(const config::Statistics& statistics) {
  if (!statistics.listen) return "off";
  const auto& listen = *statistics.listen;
  const bool is_ipv6 = listen.address.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}/metrics, /api/v1/stats, /healthz", is_ipv6 ? "[" : "", listen.address,
                     is_ipv6 ? "]" : "", listen.port);
}

}  // namespace

void print_plan(const Config& config, const Machine& machine, const Placement& placement, std::ostream& out) {
  fmt::print(out, "mode {}: {}\n", config::name_of(config.mode), mode_text(config.mode));
  print_ports(config, machine, out);
  print_threads(config, machine, placement, out);
  switch (config.mode) {
    case config::Mode::terminate:
      print_sessions(config, out);
      break;
    case config::Mode::transparent:
      print_transparent_limits(config, out);
      break;
    case config::Mode::concentrator:
      print_concentrator(config, out);
      break;
  }
  fmt::print(out, "\nchecksum    {}\n", checksum_text(config.checksum));
  for (const auto side : {Side::lan, Side::wan})
    fmt::print(out, "            {}: {}\n", config::port_keys(config.mode)[index_of(side)],
               expected_checksum(config, side));
  if (config.mode != config::Mode::transparent) fmt::print(out, "icmp        {}\n", icmp_text(config.icmp));
  fmt::print(out, "statistics  {}\n", statistics_text(config.statistics));
}

int check_command(const std::string& path, std::ostream& out, std::ostream& err) {
  const auto config = load_or_explain(path, LoadPurpose::check, err);
  if (!config) return 1;
  const auto machine = inspect_machine(*config);
  const auto placement = place(*config, machine);
  // The file may be meant for another machine: what this one lacks is worth a word, not a failure.
  for (const auto& error : placement.errors) fmt::print(err, "note: {}: {}\n", path, error);
  print_plan(*config, machine, placement, out);
  return 0;
}

}  // namespace narrows::app
