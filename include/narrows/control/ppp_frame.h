// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/wire/ethernet.h"

namespace narrows::control {

struct PppPacket {
  std::uint16_t protocol = 0;                 ///< host order
  std::span<const std::uint8_t> information;  ///< to the end of the PPPoE LENGTH; lies in the frame
};

/// Reads a frame that was punted as one of a session's, and makes sure that it is.
/// @param view  of the frame, whole. Nothing when it is not that session's as of now, or malformed: counted.
[[nodiscard]] std::optional<PppPacket> read_ppp_frame(const session::SessionSpec& spec,
                                                      const wire::EthernetView& view,
                                                      std::span<const std::uint8_t> frame,
                                                      stats::ControlCounters& counters);

}  // namespace narrows::control
