// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/arp.h"

#include "narrows/wire/ethernet.h"

namespace narrows::wire {

std::optional<ArpMessage> parse_arp(std::span<const std::uint8_t> payload) noexcept {
  if (payload.size() < sizeof(ArpHeader)) return std::nullopt;
  const auto& header = header_at<ArpHeader>(payload.data());
  if (header.hardware_type.host() != kArpHardwareEthernet || header.protocol_type.host() != kEthertypeIpv4)
    return std::nullopt;
  if (header.hardware_octets != sizeof(MacAddress) || header.protocol_octets != sizeof(Be32))
    return std::nullopt;
  const ArpMessage message{header.operation.host(), header.sender_mac,
                           Ipv4Address{header.sender_address.host()}, header.target_mac,
                           Ipv4Address{header.target_address.host()}};
  if (message.operation != kArpRequest && message.operation != kArpReply) return std::nullopt;
  if (!message.sender_mac.is_station()) return std::nullopt;
  if (message.sender.value != 0 && !is_host_address(message.sender)) return std::nullopt;
  // The reply to a probe is for 0.0.0.0.
  const bool reply_to_probe = message.operation == kArpReply && message.target.value == 0;
  if (!reply_to_probe && !is_host_address(message.target)) return std::nullopt;
  return message;
}

ArpHeader make_arp(const ArpMessage& message) noexcept {
  return {Be16(kArpHardwareEthernet), Be16(kEthertypeIpv4), sizeof(MacAddress),         sizeof(Be32),
          Be16(message.operation),    message.sender_mac,   Be32(message.sender.value), message.target_mac,
          Be32(message.target.value)};
}

}  // namespace narrows::wire
