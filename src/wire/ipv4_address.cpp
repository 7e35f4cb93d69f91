// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/ipv4_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

namespace narrows::wire {

std::optional<Ipv4Address> parse_ipv4_address(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return Ipv4Address{ntohl(address.s_addr)};
}

bool is_host_address(Ipv4Address address) noexcept {
  const std::uint32_t first = address.value >> 24;
  return first >= 1 && first <= 223 && first != 127;
}

std::string to_string(Ipv4Address address) {
  return fmt::format("{}.{}.{}.{}", address.value >> 24, address.value >> 16 & 0xff,
                     address.value >> 8 & 0xff, address.value & 0xff);
}

}  // namespace narrows::wire
