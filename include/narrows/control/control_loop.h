// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "narrows/control/plane.h"
#include "narrows/worker/worker.h"

namespace narrows::control {

/// One turn after the other of the control thread's work for the workers: takes punted frames to the control
/// plane, and lets it do what is due.
class ControlLoop {
 public:
  /// Both outlive the object. @param line_up  whether the WAN port has a link; asked a few times a second.
  ControlLoop(Plane& plane, std::span<const std::unique_ptr<worker::Worker>> workers, std::size_t sessions,
              std::function<bool()> line_up);

  /// Returns how many punted frames it met; a bounded number a turn, so that a flood cannot hold the thread.
  unsigned poll(Time now);

 private:
  unsigned drain_punts(const worker::Worker& worker, Time now);
  void drain_undeliverable(const worker::Worker& worker, Time now);
  void tick(Time now);

  Plane& plane_;
  std::span<const std::unique_ptr<worker::Worker>> workers_;
  std::function<bool()> line_up_;
  std::vector<std::uint64_t> no_lan_peer_;  ///< by session, summed over the workers
  std::vector<std::uint64_t> from_wan_;     ///< likewise
  Time next_tick_{0};
  Time next_answers_{0};
};

}  // namespace narrows::control
