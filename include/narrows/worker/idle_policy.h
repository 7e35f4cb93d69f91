// SPDX-License-Identifier: BSD-3-Clause
/// How a worker spends the time in which nothing comes: what follows from the configuration, the ports and
/// the CPU, and for how long it may sleep. No DPDK, no clock of its own.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "narrows/config/config.h"
#include "narrows/wire/direction.h"

namespace narrows::worker {

/// What is done in the end. `monitor` is what `interrupt` comes to where ports have no receive interrupts,
/// but a place in memory that the CPU can wait for.
enum class IdleMethod { spin, pause, sleep, interrupt, monitor };

[[nodiscard]] constexpr std::string_view name_of(IdleMethod method) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"spin", "pause", "sleep", "interrupt", "monitor"};
  return kNames[static_cast<std::size_t>(method)];
}

/// Behind a frame the queues are watched without sleeping for so long: whatever comes oftener meets a worker
/// that is awake.
inline constexpr std::chrono::nanoseconds kStayAwake = std::chrono::microseconds(50);
/// The worker sleeps no longer than this at a time, so that a burst out of silence finds room: it is 500 of
/// the smallest frames at 5 million a second, and a receive queue takes 1024.
inline constexpr std::chrono::nanoseconds kLongestSleep = std::chrono::microseconds(100);

/// With interrupts: it looks at its queues at least this often, should one be lost.
inline constexpr std::chrono::milliseconds kLongestWait{10};
/// After an interrupt that brought nothing yet, the worker naps for so long before it waits for another:
/// net_tap's may come before its driver has heard of the frame, and come once.
inline constexpr std::chrono::nanoseconds kExpectFrame = std::chrono::milliseconds(1);

/// For how long to sleep after `idle` without a frame; 0: not at all. No more than a quarter of that, so that
/// whoever sends after a silence waits little longer than it was silent.
[[nodiscard]] constexpr std::chrono::nanoseconds sleep_after(std::chrono::nanoseconds idle) noexcept {
  if (idle < kStayAwake) return std::chrono::nanoseconds{0};
  return std::min(idle / 4, kLongestSleep);
}

/// What a port has to wait with.
struct IdleFacts {
  std::string_view key;     ///< what the configuration calls the port: "lan"
  std::string_view driver;  ///< its driver's name
  bool interrupts = false;  ///< of its receive queues
  bool monitor = false;     ///< a place in memory that changes with the next frame
};

struct IdleDecision {
  IdleMethod method = IdleMethod::sleep;
  std::string why;  ///< one line when it is not what was asked for; else empty
};

/// @param cpu_monitors  whether the CPU can wait for one of two places in memory.
[[nodiscard]] IdleDecision decide_idle(config::Idle wanted, const std::array<IdleFacts, kSides>& ports,
                                       bool cpu_monitors);

}  // namespace narrows::worker
