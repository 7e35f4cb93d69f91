// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/hand_out.h"

namespace narrows::control {
namespace {

using wire::Ipv4Address;

constexpr unsigned kLongestPrefix = 30;
constexpr unsigned kShortestPrefix = 8;

/// Of 0 … 32; a shift by 32 is none.
constexpr std::uint32_t mask_of(unsigned prefix) noexcept {
  return prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix);
}

/// Whether the address is neither the first nor the last of its subnet.
constexpr bool is_host_of(Ipv4Address address, unsigned prefix) noexcept {
  const std::uint32_t host = address.value & ~mask_of(prefix);
  return host != 0 && host != ~mask_of(prefix);
}

constexpr bool share_subnet(Ipv4Address a, Ipv4Address b, unsigned prefix) noexcept {
  return ((a.value ^ b.value) & mask_of(prefix)) == 0 && is_host_of(a, prefix) && is_host_of(b, prefix);
}

constexpr Ipv4Address lowest_other_host(Ipv4Address address, unsigned prefix) noexcept {
  const std::uint32_t lowest = (address.value & mask_of(prefix)) + 1;
  return {lowest == address.value ? lowest + 1 : lowest};
}

/// With a prefix of kHostPrefix where no subnet will do.
HandOutNetwork subnet_of(Ipv4Address address, const std::optional<Ipv4Address>& gateway) noexcept {
  for (unsigned prefix = kLongestPrefix; prefix >= kShortestPrefix; --prefix) {
    if (gateway && share_subnet(address, *gateway, prefix)) return {*gateway, prefix};
    if (!gateway && is_host_of(address, prefix)) return {lowest_other_host(address, prefix), prefix};
  }
  return {gateway.value_or(Ipv4Address{address.value ^ 1}), HandOutNetwork::kHostPrefix};
}

}  // namespace

Ipv4Address HandOutNetwork::mask() const noexcept {
  return {mask_of(prefix)};
}

HandOutNetwork network_of(const HandOut& hand_out) noexcept {
  const bool is_gateway_usable = hand_out.gateway && *hand_out.gateway != hand_out.address;
  auto network = subnet_of(hand_out.address, is_gateway_usable ? hand_out.gateway : std::nullopt);
  if (hand_out.mask == config::HandOutMask::host) network.prefix = HandOutNetwork::kHostPrefix;
  return network;
}

}  // namespace narrows::control
