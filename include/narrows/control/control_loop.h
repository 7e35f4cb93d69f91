// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "narrows/control/control_plane.h"
#include "narrows/worker/worker.h"

namespace narrows::control {

/// One turn after the other of the control thread's work for the workers: takes punted frames to the control
/// plane, and lets it do what is due.
class ControlLoop {
 public:
  /// Both outlive the object.
  ControlLoop(ControlPlane& plane, std::span<const std::unique_ptr<worker::Worker>> workers,
              std::size_t sessions);

  /// Returns how many punted frames it met; a bounded number a turn, so that a flood cannot hold the thread.
  unsigned poll(Time now);

 private:
  unsigned drain(const worker::Worker& worker, Time now);

  ControlPlane& plane_;
  std::span<const std::unique_ptr<worker::Worker>> workers_;
  std::vector<std::uint64_t> no_lan_peer_;  ///< by session, summed over the workers
  Time next_tick_{0};
};

}  // namespace narrows::control
