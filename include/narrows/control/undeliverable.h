// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "narrows/rewrite/icmp_error.h"
#include "narrows/stats/reasons.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/mac_address.h"

namespace narrows::control {

/// An IP packet of a session that the data path dropped, and whose sender may be told why.
struct Undeliverable {
  Side from = Side::lan;
  stats::DropReason reason = stats::DropReason::session_down;
  Family family = Family::ipv4;
  wire::MacAddress source;  ///< of the frame
  rewrite::LinkCast cast = rewrite::LinkCast::unicast;
  std::span<const std::uint8_t>
      packet;  ///< to the end of the frame or of the PPPoE LENGTH; any octets are safe
};

/// Reads a frame that the data path handed over: plain IP from the LAN, a PPPoE session frame from the WAN.
/// @param frame  any octets are safe. Nothing when it holds no IP packet, or comes from no one station.
[[nodiscard]] std::optional<Undeliverable> read_undeliverable(Side from, stats::DropReason reason,
                                                              std::span<const std::uint8_t> frame);

}  // namespace narrows::control
