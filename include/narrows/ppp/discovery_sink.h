// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

#include "narrows/wire/mac_address.h"

namespace narrows::ppp {

/// Where PPPoE discovery packets go.
class DiscoverySink {
 public:
  virtual ~DiscoverySink() = default;
  /// Takes a copy; the packet may be lost.
  /// @param code  PADI, PADO, … (RFC 2516 §5). @param session_id  host order. @param tags  the whole payload.
  virtual void send(const wire::MacAddress& destination, std::uint8_t code, std::uint16_t session_id,
                    std::span<const std::uint8_t> tags) = 0;
};

}  // namespace narrows::ppp
