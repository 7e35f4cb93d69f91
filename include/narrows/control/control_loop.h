// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
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
  /// Undeliverable frames are looked at this often and no oftener: a flood of them costs little.
  static constexpr Time kAnswersInterval = std::chrono::milliseconds(1);

  /// Both outlive the object. @param has_link  whether a port has a link; asked a few times a second.
  /// @param answers_interval  0: undeliverable frames are looked at in every turn, all of them.
  ControlLoop(Plane& plane, std::span<const std::unique_ptr<worker::Worker>> workers,
              std::function<bool(Side)> has_link, Time answers_interval = kAnswersInterval);

  /// Returns how many punted frames it met; a bounded number a turn, so that a flood cannot hold the thread.
  unsigned poll(Time now);

 private:
  unsigned drain_punts(const worker::Worker& worker, Time now);
  void drain_undeliverable(Time now);
  void tick(Time now);
  void look_at_links(Time now);

  Plane& plane_;
  std::span<const std::unique_ptr<worker::Worker>> workers_;
  std::function<bool(Side)> has_link_;
  std::vector<std::uint64_t> no_lan_peer_;  ///< by session, summed over the workers
  std::vector<std::uint64_t> from_wan_;     ///< likewise
  std::array<bool, kSides> had_link_{true, true};
  Time answers_interval_;
  Time next_tick_{0};
  Time next_answers_{0};
};

}  // namespace narrows::control
