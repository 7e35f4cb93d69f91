// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "narrows/app/private_file.h"
#include "narrows/app/yaml_sections.h"
#include "narrows/wire/ipv4_address.h"

namespace narrows::app {
namespace {

using config::Concentrator;
using wire::Ipv4Address;

constexpr std::uint16_t kMostMtu = 1500;  // what RFC 4638 is for
constexpr std::size_t kMaxNameOctets = 64;
constexpr std::size_t kMaxServices = 16;
constexpr std::size_t kMaxDns = 2;
constexpr std::size_t kMaxUsersFileOctets = 4u << 20;

/// The users of a file: "NAME PASSWORD" a line, separated by blanks; a line that begins with # says nothing.
/// No message repeats what a line holds, lest it be a password.
class UsersReader {
 public:
  UsersReader(const Field& field, std::map<std::string, std::string>& users) : field_(field), users_(users) {}

  void read(std::string_view text) {
    for (int line = 1; !text.empty(); ++line) {
      const auto end = text.find('\n');
      std::string_view content = text.substr(0, end);
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
      if (content.ends_with('\r')) content.remove_suffix(1);
      if (!read_user(trimmed(content), line)) return;
    }
    if (users_.empty()) field_.error("the file names no user: lines of NAME PASSWORD are needed");
  }

 private:
  static constexpr std::string_view kBlanks = " \t";

  static std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
  }

  static bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= kMaxCredentialOctets && std::ranges::none_of(text, is_control);
  }

  /// @return whether to go on.
  bool read_user(std::string_view line_text, int line) {
    if (line_text.empty() || line_text.front() == '#') return true;
    const auto name = line_text.substr(0, line_text.find_first_of(kBlanks));
    const auto password = trimmed(line_text.substr(name.size()));
    if (!is_word(name) || !is_word(password)) {
      field_.error(fmt::format(
          "line {} of the file is not NAME PASSWORD, each of 1 to {} octets without control characters", line,
          kMaxCredentialOctets));
      return false;
    }
    if (users_.try_emplace(std::string(name), password).second) return true;
    field_.error(fmt::format("line {} of the file names a user whom an earlier line names too", line));
    return false;
  }

  const Field& field_;
  std::map<std::string, std::string>& users_;
};

void read_authentication(const MapReader& map, bool with_secrets, Concentrator& to) {
  using Method = std::optional<config::AuthMethod>;
  std::array<Word<Method>, kAuthWords.size() + 1> words{};
  std::ranges::transform(kAuthWords, words.begin(), [](const auto& word) {
    return Word<Method>{word.text, word.value};
  });
  words.back() = {"none", std::nullopt};
  if (const auto auth = map.find("auth")) to.auth = read_word<Method>(*auth, words).value_or(to.auth);
  const auto users = to.auth ? map.require("users_file", "a file of NAME PASSWORD lines, unless auth is none")
                             : map.find("users_file");
  if (!users) return;
  if (!to.auth) return users->warning("has no effect: auth is none, so nobody is asked for a password");
  if (!with_secrets) return;
  const auto text = read_private_file(*users, "a file of NAME PASSWORD lines", kMaxUsersFileOctets + 1);
  if (!text) return;
  if (text->size() > kMaxUsersFileOctets)
    return users->error(fmt::format("the file is larger than {} MiB", kMaxUsersFileOctets >> 20));
  UsersReader(*users, to.users).read(*text);
}

void read_services(const std::optional<Field>& field, std::vector<std::string>& services) {
  const auto allowed = fmt::format("a list of 0 to {} service names", kMaxServices);
  const auto elements = field ? read_list(*field, allowed) : std::nullopt;
  if (!elements) return;
  if (elements->size() > kMaxServices)
    return field->error(fmt::format("must be {}, not {}", allowed, elements->size()));
  for (const auto& element : *elements)
    if (auto name = read_line(element, 1, kMaxNameOctets)) services.push_back(std::move(*name));
}

void read_dns(const std::optional<Field>& field, std::vector<Ipv4Address>& dns) {
  constexpr std::string_view kAllowed = "a list of 0 to 2 IPv4 addresses";
  const auto elements = field ? read_list(*field, kAllowed) : std::nullopt;
  if (!elements) return;
  if (elements->size() > kMaxDns)
    return field->error(fmt::format("must be {}, not {}", kAllowed, elements->size()));
  for (const auto& element : *elements)
    if (const auto address = read_host_address(element)) dns.push_back(*address);
}

/// All of the range are hosts' addresses, and none of them is the concentrator's own.
void check_range(const Field& first, const Concentrator& to) {
  constexpr std::uint32_t kLoopbackNet = 127;
  const std::uint64_t last = std::uint64_t{to.first_ipv4.value} + to.sessions - 1;
  const Ipv4Address last_address{static_cast<std::uint32_t>(last)};
  const bool spans_loopback = to.first_ipv4.value >> 24 < kLoopbackNet && last >> 24 >= kLoopbackNet;
  if (last > 0xffffffff || spans_loopback || !wire::is_host_address(last_address))
    return first.error(fmt::format("the {} addresses from {} on are not all addresses of hosts", to.sessions,
                                   wire::to_string(to.first_ipv4)));
  if (to.own_ipv4 >= to.first_ipv4 && to.own_ipv4 <= last_address)
    first.error(fmt::format("the sessions' addresses, {} to {}, hold own, which is {}: it must be another",
                            wire::to_string(to.first_ipv4), wire::to_string(last_address),
                            wire::to_string(to.own_ipv4)));
}

void read_ipv4(const MapReader& map, Concentrator& to) {
  constexpr std::array<std::string_view, 3> kKeys{"own", "first", "dns"};
  const auto field = map.require("ipv4", "a map with the keys own, first, dns");
  if (!field) return;
  const MapReader ipv4(*field, kKeys);
  const auto own = ipv4.require("own", "the concentrator's address in every session");
  const auto first = ipv4.require("first", "the first session's address; the others' follow it");
  const auto own_address = own ? read_host_address(*own) : std::nullopt;
  const auto first_address = first ? read_host_address(*first) : std::nullopt;
  to.own_ipv4 = own_address.value_or(Ipv4Address{});
  to.first_ipv4 = first_address.value_or(Ipv4Address{});
  if (own_address && first_address && to.sessions != 0) check_range(*first, to);
  read_dns(ipv4.find("dns"), to.dns);
}

/// Nothing when it is no /48 of unicast addresses that a site may have.
std::optional<std::array<std::uint8_t, 6>> parse_prefix(std::string_view text) {
  constexpr std::string_view kLength = "/48";
  std::array<std::uint8_t, 6> prefix{};
  if (!text.ends_with(kLength)) return std::nullopt;
  text.remove_suffix(kLength.size());
  const auto address = wire::parse_ipv6_address(text);
  if (!address) return std::nullopt;
  const auto rest = address->begin() + prefix.size();
  if (std::any_of(rest, address->end(), [](auto octet) { return octet != 0; })) return std::nullopt;
  if (address->front() == 0 || address->front() >= 0xfe) return std::nullopt;
  std::copy(address->begin(), rest, prefix.begin());
  return prefix;
}

void read_ipv6(const std::optional<Field>& field, Concentrator& to) {
  constexpr std::array<std::string_view, 1> kKeys{"prefix"};
  constexpr std::string_view kWhat = R"(a /48 such as "2001:db8:100::/48", of which each session gets a /64)";
  if (!field) return;
  const MapReader map(*field, kKeys);
  const auto prefix = map.require("prefix", kWhat);
  const auto text = prefix ? read_text(*prefix, kWhat) : std::nullopt;
  if (!text) return;
  to.ipv6_prefix = parse_prefix(*text);
  if (!to.ipv6_prefix) report_wrong_type(*prefix, kWhat);
}

void read_core(const std::optional<Field>& field, Concentrator& to) {
  constexpr std::array<std::string_view, 1> kKeys{"gateway"};
  if (!field) return;
  const MapReader map(*field, kKeys);
  const auto gateway = map.find("gateway");
  if (gateway) to.gateway = read_host_address(*gateway);
  if (!to.gateway) return;
  const bool is_a_sessions = to.gateway->value - to.first_ipv4.value < to.sessions;
  if (*to.gateway == to.own_ipv4 || is_a_sessions)
    gateway->error(fmt::format("{} is {} too: the core's router must be another",
                               wire::to_string(*to.gateway),
                               is_a_sessions ? "a session's address" : "ipv4.own"));
}

void read_mtu(const std::optional<Field>& field, const Reading& reading, std::uint16_t& mtu_octets) {
  const auto ceiling = std::min(mtu_ceiling(reading), kMostMtu);
  mtu_octets = std::min(mtu_octets, ceiling);
  if (!field) return;
  const auto value = read_integer(*field, {kMtuRule.least, kMostMtu, "octets"});
  if (!value) return;
  if (*value > ceiling)
    return field->error(fmt::format(
        "{0} is more than {1}, which is ports.line.mtu ({2}) less {3} octets of PPPoE header: write at most "
        "{1}, or raise ports.line.mtu to {4}",
        *value, ceiling, reading.config.wan.mtu_octets, kPppoeOctets, *value + kPppoeOctets));
  mtu_octets = static_cast<std::uint16_t>(*value);
}

void read_concentrator(const Field& field, Reading& reading) {
  constexpr std::array<std::string_view, 12> kKeys{"name", "services",   "vlans",    "pcp",
                                                   "auth", "users_file", "sessions", "mtu",
                                                   "ipv4", "ipv6",       "core",     "echo"};
  const MapReader map(field, kKeys);
  Concentrator& to = reading.config.concentrator.emplace();
  if (const auto name = map.find("name")) to.name = read_line(*name, 1, kMaxNameOctets).value_or(to.name);
  read_services(map.find("services"), to.services);
  read_vlans(map, to.vlans, to.pcp);
  read_authentication(map, reading.with_secrets, to);
  read_integer_into(map.require("sessions", "how many sessions there may be at once, 1 to 4094"),
                    {1, kMaxSessions}, to.sessions);
  read_mtu(map.find("mtu"), reading, to.mtu_octets);
  read_ipv4(map, to);
  read_ipv6(map.find("ipv6"), to);
  read_core(map.find("core"), to);
  read_echo(map.find("echo"), to.echo_interval_s, to.echo_failures);
}

/// One for each address, of which it has its name.
void make_sessions(config::Config& config) {
  const Concentrator& from = *config.concentrator;
  config.sessions.resize(from.sessions);
  for (std::uint32_t index = 0; index < from.sessions; ++index) {
    config::Session& session = config.sessions[index];
    session.name = wire::to_string(Ipv4Address{from.first_ipv4.value + index});
    session.wan = {from.vlans, from.pcp};
    session.mtu_octets = from.mtu_octets;
    session.is_mtu_default = false;
    session.mss = config.mss;
  }
}

}  // namespace

void read_concentrator_root(const YamlNode& tree, LoadPurpose purpose, Reading& reading, Findings& findings) {
  constexpr std::array<std::string_view, 7> kKeys{"workers", "ports",      "mss",         "checksum",
                                                  "icmp",    "statistics", "concentrator"};
  if (!is_map_of(kKeys, tree, findings)) return;
  const MapReader root({&tree, {tree.line, ""}, &findings}, kKeys);
  config::Config& config = reading.config;
  config.mode = config::Mode::concentrator;
  reading.mode = config.mode;
  read_workers(root.find("workers"), config.workers);
  read_ports(root, purpose, reading, findings);
  read_checksum(root.find("checksum"), config.checksum);
  read_icmp(root.find("icmp"), config.mode, config.icmp);
  read_statistics(root.find("statistics"), reading.with_secrets, config.statistics);
  const auto section = root.require("concentrator", "what the concentrator offers, and to whom");
  if (section) read_concentrator(*section, reading);
  if (!config.concentrator) return;
  config.mtu_octets = config.concentrator->mtu_octets;
  Link link{config.mss, config.mtu_octets, {}, {}};
  read_link(root, reading, link);
  check_limits(reading, link, nullptr, findings);
  config.mss = link.mss;
  make_sessions(config);
}

}  // namespace narrows::app
