// SPDX-License-Identifier: BSD-3-Clause
/// A frame in a few words, for people.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"

namespace narrows::app {

/// Where the IP packet of a frame lies, in plain Ethernet or in a PPPoE session frame; nothing beyond the
/// frame is claimed.
struct PacketPlace {
  std::size_t offset = 0;  ///< from the frame's first octet
  std::size_t octets = 0;  ///< that are there, padding included
  Family family = Family::ipv4;
};
[[nodiscard]] std::optional<PacketPlace> find_packet(std::span<const std::uint8_t> frame);

/// "ARP request for 192.0.2.1 from 192.0.2.5"; whatever the octets are.
[[nodiscard]] std::string words_of_frame(std::span<const std::uint8_t> frame);

/// "untagged", "VLAN 10", "VLANs 100.7".
[[nodiscard]] std::string words_of(wire::VlanStack vlans);

/// "IPv4", "IPv6".
[[nodiscard]] std::string_view words_of(Family family);

}  // namespace narrows::app
