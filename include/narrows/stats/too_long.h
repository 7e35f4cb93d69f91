// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include "narrows/wire/direction.h"

namespace narrows::stats {

/// Packets to one destination that were too long for the link ahead, and might not be fragmented.
struct TooLong {
  std::uint16_t session = 0;
  Direction direction = Direction::lan_to_wan;
  std::string destination;           ///< of the packets
  std::uint64_t packets = 0;         ///< those that the control thread has seen: of a flood a sample
  std::uint16_t largest_octets = 0;  ///< of IP packets
  std::uint16_t mtu_octets = 0;      ///< of the link, by the last of them

  [[nodiscard]] bool same_destination(const TooLong& other) const noexcept {
    return session == other.session && direction == other.direction && destination == other.destination;
  }
};

}  // namespace narrows::stats
