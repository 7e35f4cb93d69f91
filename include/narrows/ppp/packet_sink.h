// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

namespace narrows::ppp {

/// Where an engine's PPP packets go: into PPPoE session frames in the product, into a list in tests.
class PacketSink {
 public:
  virtual ~PacketSink() = default;
  /// Takes a copy. A packet that cannot be sent is lost, as on any line.
  /// @param protocol     PPP protocol, host order.
  /// @param information  what follows it, in network order.
  virtual void send(std::uint16_t protocol, std::span<const std::uint8_t> information) = 0;
};

}  // namespace narrows::ppp
