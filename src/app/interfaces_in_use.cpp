// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/interfaces_in_use.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace narrows::app {
namespace {

namespace fs = std::filesystem;

/// 16 octets, network order; IPv4 as ::ffff:a.b.c.d, which is how a socket for both families shows it too.
using Address = std::array<std::uint8_t, 16>;
constexpr unsigned kIpv4Prefix = 96;

struct Route {
  std::string interface;
  Address destination{};
  unsigned prefix = 0;  ///< bits
};

template <class Integer>
std::optional<Integer> parse(std::string_view text, int base) {
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Address from_ipv4(std::uint32_t kernel_order) {
  Address address{};
  address[10] = address[11] = 0xff;
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&kernel_order), 4, address.begin() + 12);
  return address;
}

/// proc/net/tcp and tcp6: words of 32 bits, each in the machine's order.
std::optional<Address> from_words(std::string_view hex) {
  constexpr std::size_t kDigits = 8;
  if (hex.size() == kDigits) {
    const auto word = parse<std::uint32_t>(hex, 16);
    return word ? std::optional(from_ipv4(*word)) : std::nullopt;
  }
  Address address{};
  if (hex.size() != 4 * kDigits) return std::nullopt;
  auto to = address.begin();
  for (std::size_t at = 0; at < hex.size(); at += kDigits) {
    const auto word = parse<std::uint32_t>(hex.substr(at, kDigits), 16);
    if (!word) return std::nullopt;
    to = std::copy_n(reinterpret_cast<const std::uint8_t*>(&*word), sizeof *word, to);
  }
  return address;
}

/// proc/net/ipv6_route: octets in order.
std::optional<Address> from_octets(std::string_view hex) {
  Address address{};
  if (hex.size() != 2 * address.size()) return std::nullopt;
  for (std::size_t i = 0; i < address.size(); ++i) {
    const auto octet = parse<std::uint8_t>(hex.substr(2 * i, 2), 16);
    if (!octet) return std::nullopt;
    address[i] = *octet;
  }
  return address;
}

std::vector<std::vector<std::string>> rows_of(const fs::path& path) {
  std::vector<std::vector<std::string>> rows;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    rows.emplace_back(std::istream_iterator<std::string>(words), std::istream_iterator<std::string>());
  }
  return rows;
}

std::vector<Route> routes(const fs::path& root) {
  std::vector<Route> routes;
  for (const auto& row : rows_of(root / "proc/net/route")) {
    if (row.size() < 8) continue;
    const auto destination = parse<std::uint32_t>(row[1], 16);
    const auto mask = parse<std::uint32_t>(row[7], 16);
    if (destination && mask)  // the heading is neither
      routes.push_back(
          {row[0], from_ipv4(*destination), kIpv4Prefix + static_cast<unsigned>(std::popcount(*mask))});
  }
  constexpr std::uint32_t kReject = 0x0200;  // RTF_REJECT: where packets end, not where they go
  for (const auto& row : rows_of(root / "proc/net/ipv6_route")) {
    if (row.size() < 10) continue;
    const auto destination = from_octets(row[0]);
    const auto prefix = parse<unsigned>(row[1], 16);
    const auto flags = parse<std::uint32_t>(row[8], 16);
    if (destination && prefix && flags && (*flags & kReject) == 0)
      routes.push_back({row[9], *destination, *prefix});
  }
  return routes;
}

bool is_ipv4(const Address& address) {
  const Address any = from_ipv4(0);
  return std::equal(any.begin(), any.begin() + 12, address.begin());
}

bool is_default(const Route& route) {
  return route.prefix == (is_ipv4(route.destination) ? kIpv4Prefix : 0);
}

bool covers(const Route& route, const Address& address) {
  if (is_ipv4(route.destination) != is_ipv4(address)) return false;
  for (unsigned bit = 0; bit < route.prefix; ++bit) {
    const unsigned mask = 0x80u >> (bit % 8);
    if (((route.destination.at(bit / 8) ^ address.at(bit / 8)) & mask) != 0) return false;
  }
  return true;
}

/// Where packets to `address` leave; empty: nowhere.
std::string interface_to(const std::vector<Route>& routes, const Address& address) {
  const Route* best = nullptr;
  for (const Route& route : routes)
    if (route.interface != "lo" && covers(route, address) && (best == nullptr || route.prefix > best->prefix))
      best = &route;
  return best == nullptr ? "" : best->interface;
}

/// Whom this machine's SSH server has open connections to.
std::vector<Address> ssh_clients(const fs::path& root, const std::string& ssh_connection) {
  std::vector<Address> clients;
  constexpr std::string_view kEstablished = "01";
  constexpr std::string_view kSshPort = ":0016";
  for (const auto* file : {"proc/net/tcp", "proc/net/tcp6"})
    for (const auto& row : rows_of(root / file)) {
      if (row.size() < 4 || row[3] != kEstablished || !row[1].ends_with(kSshPort)) continue;
      if (const auto client = from_words(row[2].substr(0, row[2].find(':')))) clients.push_back(*client);
    }
  std::string name;
  std::istringstream(ssh_connection) >> name;
  Address address{};
  std::uint32_t ipv4 = 0;
  if (inet_pton(AF_INET, name.c_str(), &ipv4) == 1) clients.push_back(from_ipv4(ipv4));
  if (inet_pton(AF_INET6, name.c_str(), address.data()) == 1) clients.push_back(address);
  return clients;
}

/// The interface and all that it stands on.
void add(const fs::path& root, const std::string& interface, const std::string& why,
         std::map<std::string, std::string>& used) {
  if (interface.empty() || interface == "lo" || !used.emplace(interface, why).second) return;
  std::error_code error;
  constexpr std::string_view kLower = "lower_";
  for (const auto& entry : fs::directory_iterator(root / "sys/class/net" / interface, error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(kLower)) add(root, name.substr(kLower.size()), why, used);
  }
}

}  // namespace

std::map<std::string, std::string> interfaces_in_use(const fs::path& root,
                                                     const std::string& ssh_connection) {
  std::map<std::string, std::string> used;
  const auto all = routes(root);
  for (const Address& client : ssh_clients(root, ssh_connection))
    add(root, interface_to(all, client), "carries an SSH session", used);
  for (const Route& route : all)
    if (is_default(route)) add(root, route.interface, "carries the default route", used);
  return used;
}

}  // namespace narrows::app
