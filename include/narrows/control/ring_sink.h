// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mempool.h>

#include "narrows/control/frame_sink.h"
#include "narrows/worker/worker.h"

namespace narrows::control {

/// Sends through a worker's inject rings, because the ports' transmit queues belong to the workers alone. For
/// the control thread only.
class RingSink : public FrameSink {
 public:
  /// Both outlive the object. Buffers come from `pool`.
  RingSink(worker::Worker& worker, rte_mempool* pool) : worker_(worker), pool_(pool) {}

  /// Pads with zeros to 60 octets. False: no buffer, frame longer than one, or the ring is full.
  bool send(Side side, std::span<const std::uint8_t> frame) override;

 private:
  worker::Worker& worker_;
  rte_mempool* pool_;
};

}  // namespace narrows::control
