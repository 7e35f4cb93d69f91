// SPDX-License-Identifier: BSD-3-Clause
/// ARP for IPv4 over Ethernet (RFC 826).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/mac_address.h"

namespace narrows::wire {

inline constexpr std::uint16_t kArpHardwareEthernet = 1;
inline constexpr std::uint16_t kArpRequest = 1;
inline constexpr std::uint16_t kArpReply = 2;

/// As it lies in the frame.
struct ArpHeader {
  Be16 hardware_type;
  Be16 protocol_type;
  std::uint8_t hardware_octets;
  std::uint8_t protocol_octets;
  Be16 operation;
  MacAddress sender_mac;
  Be32 sender_address;
  MacAddress target_mac;
  Be32 target_address;
};
static_assert(sizeof(ArpHeader) == 28);

/// A request or a reply, host order.
struct ArpMessage {
  std::uint16_t operation = 0;  ///< kArpRequest or kArpReply
  MacAddress sender_mac;        ///< a station's own: neither multicast nor zero
  Ipv4Address sender;           ///< 0.0.0.0 in a probe (RFC 5227 §1.1), else a host's
  MacAddress target_mac;        ///< means nothing in a request
  Ipv4Address target;           ///< a host's
};

/// @param payload  what follows the ethertype, padding included.
/// Nothing for what is not Ethernet and IPv4, neither request nor reply, truncated, or names as a station
/// or host what cannot be one.
[[nodiscard]] std::optional<ArpMessage> parse_arp(std::span<const std::uint8_t> payload) noexcept;

[[nodiscard]] ArpHeader make_arp(const ArpMessage& message) noexcept;

}  // namespace narrows::wire
