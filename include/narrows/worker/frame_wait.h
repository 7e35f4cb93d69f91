// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_interrupts.h>

#include <array>
#include <chrono>
#include <cstdint>

#include "narrows/port/port.h"
#include "narrows/worker/wakeup.h"

namespace narrows::worker {

/// The receive interrupts of one queue of both ports, and a Wakeup, to wait for together.
class FrameWait {
 public:
  /// All outlive the object; both ports have receive interrupts, and `wakeup` is open.
  /// @throws std::runtime_error when one cannot be waited for.
  FrameWait(const std::array<const port::Port*, kSides>& ports, std::uint16_t queue, Wakeup& wakeup);
  ~FrameWait();
  FrameWait(const FrameWait&) = delete;
  FrameWait& operator=(const FrameWait&) = delete;

  /// From here on the next frame, or wake(), ends wait(). What is in queues and rings already does not
  /// everywhere: look there once more in between.
  void arm() noexcept;
  void disarm() noexcept;
  /// @return whether something ended it before its time.
  bool wait(std::chrono::milliseconds longest) noexcept;

 private:
  std::array<const port::Port*, kSides> ports_;
  std::uint16_t queue_;
  Wakeup& wakeup_;
  int epoll_;
  rte_epoll_event wakeup_event_{};  ///< DPDK keeps its address
};

}  // namespace narrows::worker
