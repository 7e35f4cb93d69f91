// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "narrows/port/port.h"
#include "narrows/stats/counters.h"
#include "narrows/worker/frame_wait.h"
#include "narrows/worker/idle_policy.h"
#include "narrows/worker/session_snapshots.h"

namespace narrows::worker {

/// What a worker does between two turns: nothing while frames come, else what IdleMethod says. While it
/// sleeps or waits it looks at no session table, so the control thread is never held up by it.
///
/// The longest it takes to see a new frame, or one of the control thread's: kLongestSleep; kPowerPause where
/// it pauses; by `interrupt` as long as the kernel needs, and kLongestWait should an interrupt be lost.
class Idle {
 public:
  static constexpr std::chrono::nanoseconds kPowerPause = std::chrono::microseconds(2);

  /// Everything outlives the object.
  struct Surroundings {
    IdleMethod method = IdleMethod::sleep;
    std::uint16_t worker = 0;  ///< also its queue on both ports
    std::array<const port::Port*, kSides> ports{};
    SessionSnapshots& sessions;
    stats::WorkerCounters& counters;
    FrameWait* wait = nullptr;  ///< with `interrupt`
    std::chrono::milliseconds longest_wait = kLongestWait;
  };

  /// On the worker's thread, whose timers it makes exact.
  explicit Idle(const Surroundings& surroundings) noexcept;
  ~Idle() { busy(); }
  Idle(const Idle&) = delete;
  Idle& operator=(const Idle&) = delete;

  /// After a turn that met a frame. No system call, unless frames have been waited for.
  void busy() noexcept {
    since_ = 0;
    expecting_ = false;
    if (armed_) disarm();
  }
  /// After a turn that met none.
  void rest() noexcept;

 private:
  [[nodiscard]] std::uint64_t ticks_of(std::chrono::nanoseconds time) const noexcept;
  void pause(std::uint64_t now) const noexcept;
  void sleep(std::uint64_t idle_ticks) noexcept;
  void wait(std::uint64_t idle_ticks) noexcept;
  void monitor(std::uint64_t now, std::uint64_t idle_ticks) noexcept;
  void disarm() noexcept;
  template <typename Rest>
  void away(Rest rest) noexcept;

  Surroundings around_;
  double ticks_per_ns_;
  std::uint64_t stay_awake_ticks_;
  std::uint64_t expect_frame_ticks_;
  bool cpu_pauses_;          ///< it has an instruction that sleeps until a time
  std::uint64_t since_ = 0;  ///< TSC at the first turn that met nothing; 0: frames flow
  bool armed_ = false;       ///< interrupts are on, and the queues are looked at once more
  bool expecting_ = false;   ///< there was an interrupt, but no frame yet
};

/// Whether this CPU can wait for one of two places in memory (IdleMethod::monitor).
[[nodiscard]] bool cpu_monitors() noexcept;

}  // namespace narrows::worker
