// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/ipv6_address.h"

#include <arpa/inet.h>

namespace narrows::wire {

std::optional<Ipv6Octets> parse_ipv6_address(std::string_view text) {
  Ipv6Octets address{};
  if (inet_pton(AF_INET6, std::string(text).c_str(), address.data()) != 1) return std::nullopt;
  return address;
}

std::string to_string(const Ipv6Octets& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(AF_INET6, address.data(), text.data(), text.size());
}

}  // namespace narrows::wire
