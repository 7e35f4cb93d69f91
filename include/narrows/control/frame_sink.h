// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

#include "narrows/wire/direction.h"

namespace narrows::control {

/// Where the control thread's own frames go: a worker's inject ring in the product, a list in tests.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  /// Takes a copy of a whole Ethernet frame (no FCS; short ones are padded by the sink) to leave by the
  /// port on `side`. Returns false when there was no buffer or no room: the frame is lost, as on any wire.
  virtual bool send(Side side, std::span<const std::uint8_t> frame) = 0;
};

}  // namespace narrows::control
