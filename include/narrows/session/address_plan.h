// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "narrows/session/session.h"
#include "narrows/wire/byte_order.h"

namespace narrows::session {

/// Which session of a concentrator an address belongs to: both families' addresses follow from the session's
/// index. Fixed before the workers start, read by all.
struct AddressPlan {
  static constexpr std::uint64_t kNoPrefix = ~std::uint64_t{0};

  std::uint32_t first_ipv4 = 0;           ///< session 0's, host order
  std::uint32_t sessions = 0;             ///< at most 4094
  std::uint64_t ipv6_prefix = kNoPrefix;  ///< a /48, its first octet most significant (48 bits)
  bool learns_router = false;             ///< the core router's MAC comes from its frames

  /// kNone: nobody's. @param destination  as it lies in the packet.
  [[nodiscard]] std::uint16_t find_ipv4(const std::array<std::uint8_t, 4>& destination) const noexcept {
    const std::uint32_t index = wire::header_at<wire::Be32>(destination.data()).host() - first_ipv4;
    return index < sessions ? static_cast<std::uint16_t>(index) : kNone;
  }
  [[nodiscard]] std::uint16_t find_ipv6(const std::array<std::uint8_t, 16>& destination) const noexcept {
    const std::uint64_t high = wire::header_at<wire::Be32>(destination.data()).host();
    const std::uint32_t low = wire::header_at<wire::Be32>(destination.data() + sizeof(wire::Be32)).host();
    const bool ours = (high << 16 | low >> 16) == ipv6_prefix && (low & 0xffff) < sessions;
    return ours ? static_cast<std::uint16_t>(low & 0xffff) : kNone;
  }
};

}  // namespace narrows::session
