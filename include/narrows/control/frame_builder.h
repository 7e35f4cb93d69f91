// SPDX-License-Identifier: BSD-3-Clause
/// Frames of the control thread's own making, on top of the very headers that the data path puts on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "narrows/session/session.h"
#include "narrows/wire/mac_address.h"

namespace narrows::control {

/// The octets of a header made of octets only.
template <typename Header>
[[nodiscard]] std::span<const std::uint8_t> octets_of(const Header& header) noexcept {
  static_assert(alignof(Header) == 1);
  return {reinterpret_cast<const std::uint8_t*>(&header), sizeof(Header)};
}

/// A frame from the LAN port into the session's LAN VLAN.
[[nodiscard]] std::vector<std::uint8_t> lan_frame(const session::HeaderTemplate& header,
                                                  const wire::MacAddress& destination,
                                                  std::uint16_t ethertype,
                                                  std::span<const std::uint8_t> payload);

/// A PPP frame of the session, from the WAN port to the concentrator with the session's VLAN tags.
/// @param protocol  PPP protocol, host order.
/// @param information  at most the session's MTU.
[[nodiscard]] std::vector<std::uint8_t> ppp_frame(const session::HeaderTemplate& header,
                                                  std::uint16_t protocol,
                                                  std::span<const std::uint8_t> information);

/// A PPPoE discovery frame with the session's VLAN tags.
/// @param header  of the session's frames to the WAN. @param code, session_id  RFC 2516 §4, host order.
/// @param tags    the whole payload.
[[nodiscard]] std::vector<std::uint8_t> discovery_frame(const session::HeaderTemplate& header,
                                                        const wire::MacAddress& destination,
                                                        std::uint8_t code, std::uint16_t session_id,
                                                        std::span<const std::uint8_t> tags);

}  // namespace narrows::control
