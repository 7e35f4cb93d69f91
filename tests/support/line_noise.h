// SPDX-License-Identifier: BSD-3-Clause
/// What a bad line, or a bad neighbour on it, does to packets.
#pragma once

#include <algorithm>

#include "frames.h"

namespace narrows::test {

/// One to four octets changed, cut off, put in, or taken out.
/// @param random  here and below: Random, or what stands in for it.
template <typename Decisions>
Octets mutated(Octets packet, Decisions& random) {
  for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
    const auto at = static_cast<std::ptrdiff_t>(packet.empty() ? 0 : random() % packet.size());
    switch (random() % 6) {
      case 0:
        packet.resize(static_cast<std::size_t>(at));
        break;
      case 1:
        packet.insert(packet.begin() + at, random.octet());
        break;
      case 2:
        if (!packet.empty()) packet.erase(packet.begin() + at);
        break;
      case 3:
        packet.insert(packet.end(), random() % 50, random.octet());
        break;
      case 4:
        if (!packet.empty())
          packet[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1U << random() % 8);
        break;
      default:
        if (!packet.empty()) packet[static_cast<std::size_t>(at)] = random.octet();
        break;
    }
  }
  return packet;
}

/// Loses, doubles and reorders what is sent to one end of a line.
/// @param deliver  called with each packet that arrives.
template <typename Packet, typename Decisions, typename Deliver>
void pass_badly(std::vector<Packet> packets, Decisions& random, unsigned losses_in_16, Deliver deliver) {
  for (std::size_t i = packets.size(); i > 1; --i)
    if (random() % 4 == 0) std::swap(packets[i - 1], packets[random() % i]);
  for (const Packet& packet : packets) {
    if (random() % 16 < losses_in_16) continue;
    deliver(packet);
    if (random() % 8 == 0) deliver(packet);
  }
}

}  // namespace narrows::test
