// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "narrows/app/private_file.h"
#include "narrows/app/yaml_sections.h"

namespace narrows::app {
namespace {

constexpr std::uint64_t kMostSessions = 4094;

using Listen = config::Statistics::Listen;

/// "127.0.0.1" or "[::1]", without the brackets; nothing: neither.
std::optional<std::string> parse_numeric_address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    const std::string address(text.substr(1, text.size() - 2));
    in6_addr parsed{};
    return inet_pton(AF_INET6, address.c_str(), &parsed) == 1 ? std::optional(address) : std::nullopt;
  }
  return wire::parse_ipv4_address(text) ? std::optional<std::string>(text) : std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0 ? std::optional(port)
                                                                               : std::nullopt;
}

bool is_loopback(const std::string& address) {
  constexpr std::uint32_t kLoopbackNet = 127;
  if (const auto ipv4 = wire::parse_ipv4_address(address)) return ipv4->value >> 24 == kLoopbackNet;
  in6_addr ipv6{};
  return inet_pton(AF_INET6, address.c_str(), &ipv6) == 1 && IN6_IS_ADDR_LOOPBACK(&ipv6);
}

void read_listen(const Field& field, std::optional<Listen>& listen) {
  constexpr std::string_view kAllowed =
      R"(off or "ADDRESS:PORT" such as "127.0.0.1:9480" or "[::1]:9480", port 1 to 65535)";
  const auto text = read_text(field, kAllowed);
  if (!text) return;
  if (*text == "off") {
    listen.reset();
    return;
  }
  const auto colon = text->rfind(':');
  const auto address = parse_numeric_address(text->substr(0, colon));
  const auto port = colon == std::string_view::npos ? std::nullopt : parse_port(text->substr(colon + 1));
  if (!address || !port) {
    report_wrong_type(field, kAllowed);
    return;
  }
  listen = Listen{*address, *port};
}

/// @param token  whether readers have to know one.
void warn_if_public(const Field& field, const Listen& listen, bool token) {
  if (is_loopback(listen.address)) return;
  field.warning(fmt::format("{} is not a loopback address: whoever reaches it {}", listen.address,
                            token ? "can listen in on the token and the statistics, there is no encryption"
                                  : "reads the statistics, there is no password and no encryption"));
}

void read_socket(const Field& field, std::optional<std::string>& socket) {
  constexpr std::string_view kAllowed = "off or the path of a socket, from / on";
  const auto text = read_text(field, kAllowed);
  if (!text) return;
  if (*text == "off")
    socket.reset();
  else if (text->starts_with('/') && std::ranges::none_of(*text, is_control))
    socket = *text;
  else
    report_wrong_type(field, kAllowed);
}

void read_token(const Field& field, std::string& token) {
  constexpr std::size_t kLeast = 16;
  constexpr std::size_t kMost = 255;
  auto text = read_private_file(field, "a file with the token", kMost + 3);
  if (!text) return;
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f; };
  if (text->size() < kLeast || text->size() > kMost || !std::ranges::all_of(*text, is_plain))
    field.error(
        fmt::format("the file must hold {} to {} printable ASCII characters without blanks in one line; "
                    "openssl rand -hex 32 makes a token",
                    kLeast, kMost));
  else
    token = std::move(*text);
}

void read_hosts(const Field& field, std::vector<std::string>& hosts) {
  constexpr std::string_view kAllowed = "a list of host names";
  const auto list = read_list(field, kAllowed);
  if (!list) return;
  for (const Field& element : *list) {
    constexpr std::size_t kMost = 253;
    auto name = read_line(element, 1, kMost);
    if (!name) continue;
    const auto is_of_name = [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
    };
    if (!std::ranges::all_of(*name, is_of_name)) {
      element.error("must be a host name alone, without a port");
      continue;
    }
    for (char& c : *name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    hosts.push_back(std::move(*name));
  }
}

}  // namespace

void read_statistics(const std::optional<Field>& field, bool with_secrets, config::Statistics& statistics) {
  constexpr std::array<std::string_view, 6> kKeys{"listen",       "session_series", "socket",
                                                  "socket_group", "token_file",     "hosts"};
  if (!field) return;
  const MapReader map(*field, kKeys);
  read_integer_into(map.find("session_series"), {0, kMostSessions, "sessions"}, statistics.session_series);
  if (const auto socket = map.find("socket")) read_socket(*socket, statistics.socket);
  if (const auto group = map.find("socket_group"))
    statistics.socket_group = read_line(*group, 1, 32).value_or("");
  if (const auto token = map.find("token_file"); token && with_secrets) read_token(*token, statistics.token);
  if (const auto hosts = map.find("hosts")) read_hosts(*hosts, statistics.hosts);
  if (const auto listen = map.find("listen")) {
    read_listen(*listen, statistics.listen);
    if (statistics.listen) warn_if_public(*listen, *statistics.listen, map.find("token_file").has_value());
  }
}

}  // namespace narrows::app
