// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/yaml_config.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "narrows/app/yaml_sections.h"

namespace narrows::app {
namespace {

using config::Mode;

constexpr std::size_t kMaxFileOctets = 16u << 20;

void read_mode(const std::optional<Field>& field, Reading& reading) {
  constexpr std::array<Word<Mode>, 2> kWords{
      {{"terminate", Mode::terminate}, {"transparent", Mode::transparent}}};
  reading.mode = field ? read_word<Mode>(*field, kWords) : Mode::terminate;
  reading.config.mode = reading.mode.value_or(Mode::terminate);
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
void check_default_mtu(const Reading& reading, std::string_view key, Findings& findings) {
  const auto ceiling = mtu_ceiling(reading);
  const auto mtu = reading.config.mtu_octets;
  if (!reading.wan_mtu || mtu <= ceiling) return;
  findings.error(*reading.wan_mtu,
                 fmt::format("leaves {0} octets for the PPPoE link, less than the default {1} "
                             "{2}: set {1} to at most {0}, or raise this",
                             ceiling, key, mtu));
}

/// Whether the file is read as a concentrator's.
bool reads_concentrator(const YamlNode& tree, LoadPurpose purpose) {
  if (purpose == LoadPurpose::concentrate) return true;
  return (purpose == LoadPurpose::check || purpose == LoadPurpose::explain) &&
         std::ranges::find(tree.keys, "concentrator", &YamlKey::text) != tree.keys.end();
}

void read_root(const YamlNode& tree, LoadPurpose purpose, Reading& reading, Findings& findings) {
  if (reads_concentrator(tree, purpose)) return read_concentrator_root(tree, purpose, reading, findings);
  constexpr std::array<std::string_view, 10> kKeys{"mode", "workers",  "ports", "mtu",      "fallback_mtu",
                                                   "mss",  "checksum", "icmp",  "sessions", "statistics"};
  if (!is_map_of(kKeys, tree, findings)) return;
  const MapReader root({&tree, {tree.line, ""}, &findings}, kKeys);
  auto& config = reading.config;
  read_mode(root.find("mode"), reading);
  read_workers(root.find("workers"), config.workers);
  read_ports(root, purpose, reading, findings);
  Link link{config.mss, config.mtu_octets, {}, {}};
  read_link(root, reading, link);
  read_fallback_mtu(root.find("fallback_mtu"), reading, link);
  check_limits(reading, link, nullptr, findings);
  config.mtu_octets = link.mtu_octets;
  config.learn_mtu = link.learns_mtu;
  reading.mtu = link.mtu_place;
  config.mss = link.mss;
  read_checksum(root.find("checksum"), config.checksum);
  read_icmp(root.find("icmp"), config.mode, config.icmp);
  read_statistics(root.find("statistics"), reading.with_secrets, config.statistics);
  const bool is_global_mtu_used = read_sessions_of_mode(root, reading);
  if (!link.mtu_place && is_global_mtu_used)
    check_default_mtu(reading, link.learns_mtu ? "fallback_mtu" : "mtu", findings);
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
  reading.with_secrets = purpose != LoadPurpose::explain;
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
