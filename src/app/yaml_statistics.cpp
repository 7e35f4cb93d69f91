// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>

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
  if (!is_loopback(*address)) {
    field.warning(
        fmt::format("{} is not a loopback address: whoever reaches it reads the statistics, there is no "
                    "password and no encryption",
                    *address));
  }
}

}  // namespace

void read_statistics(const std::optional<Field>& field, config::Statistics& statistics) {
  constexpr std::array<std::string_view, 2> kKeys{"listen", "session_series"};
  if (!field) return;
  const MapReader map(*field, kKeys);
  if (const auto listen = map.find("listen")) read_listen(*listen, statistics.listen);
  read_integer_into(map.find("session_series"), {0, kMostSessions, "sessions"}, statistics.session_series);
}

}  // namespace narrows::app
