// SPDX-License-Identifier: BSD-3-Clause
#define ALLOW_EXPERIMENTAL_API  // rte_power_*, rte_eth_get_monitor_addr(), in DPDK since 20.11 and 21.02
#include "narrows/worker/idle.h"

#include <rte_cpuflags.h>
#include <rte_cycles.h>
#include <rte_pause.h>
#include <rte_power_intrinsics.h>
#include <sched.h>
#include <sys/prctl.h>

#include <ctime>

#include "narrows/worker/tsc.h"

namespace narrows::worker {
namespace {

rte_cpu_intrinsics cpu_intrinsics() noexcept {
  rte_cpu_intrinsics offered{};
  rte_cpu_get_intrinsics_support(&offered);
  return offered;
}

}  // namespace

bool cpu_monitors() noexcept {
  return cpu_intrinsics().power_monitor_multi != 0;
}

Idle::Idle(const Surroundings& surroundings) noexcept
    : around_(surroundings),
      ticks_per_ns_(ticks_per_ns()),
      stay_awake_ticks_(ticks_of(kStayAwake)),
      expect_frame_ticks_(ticks_of(kExpectFrame)),
      cpu_pauses_(cpu_intrinsics().power_pause != 0) {
  prctl(PR_SET_TIMERSLACK, 1UL);  // else Linux adds up to 50 us to each sleep
}

std::uint64_t Idle::ticks_of(std::chrono::nanoseconds time) const noexcept {
  return static_cast<std::uint64_t>(static_cast<double>(time.count()) * ticks_per_ns_);
}

void Idle::rest() noexcept {
  if (around_.method == IdleMethod::spin) return;
  const std::uint64_t now = rte_rdtsc();
  if (since_ == 0) since_ = now;
  const std::uint64_t idle_ticks = now - since_;
  if (idle_ticks < stay_awake_ticks_) return rte_pause();
  switch (around_.method) {
    case IdleMethod::spin:
      return;
    case IdleMethod::pause:
      return pause(now);
    case IdleMethod::sleep:
      return sleep(idle_ticks);
    case IdleMethod::interrupt:
      return wait(idle_ticks);
    case IdleMethod::monitor:
      return monitor(now, idle_ticks);
  }
}

void Idle::pause(std::uint64_t now) const noexcept {
  if (cpu_pauses_)
    rte_power_pause(now + ticks_of(kPowerPause));
  else
    sched_yield();  // lets whoever shares this CPU run
}

/// Runs `rest`, which takes long, with the session tables let go of.
template <typename Rest>
void Idle::away(Rest rest) noexcept {
  const std::uint64_t before = rte_rdtsc();
  around_.sessions.leave(around_.worker);
  around_.counters.sleeps.add(1);
  rest();
  around_.sessions.come_back(around_.worker);
  around_.counters.asleep_ticks.add(rte_rdtsc() - before);
}

void Idle::sleep(std::uint64_t idle_ticks) noexcept {
  const auto idle =
      std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(idle_ticks) / ticks_per_ns_));
  const timespec time{.tv_sec = 0, .tv_nsec = sleep_after(idle).count()};
  away([&] { clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr); });
}

/// Interrupts first, then one more turn, as frames may have come before they were on; then the wait.
void Idle::wait(std::uint64_t idle_ticks) noexcept {
  if (expecting_ && idle_ticks < expect_frame_ticks_) return sleep(idle_ticks);
  expecting_ = false;
  if (!armed_) {
    around_.wait->arm();
    armed_ = true;
    return;
  }
  away([this] { expecting_ = around_.wait->wait(around_.longest_wait); });
  if (expecting_) since_ = rte_rdtsc();
  disarm();
}

void Idle::disarm() noexcept {
  around_.wait->disarm();
  armed_ = false;
}

void Idle::monitor(std::uint64_t now, std::uint64_t idle_ticks) noexcept {
  std::array<rte_power_monitor_cond, kSides> next{};
  for (std::size_t side = 0; side < kSides; ++side)
    if (rte_eth_get_monitor_addr(around_.ports[side]->id(), around_.worker, &next[side]) != 0) {
      // A virtual port whose other end has gone, for one: not asked again, as drivers log each time.
      around_.method = IdleMethod::sleep;
      return sleep(idle_ticks);
    }
  const auto until = now + ticks_of(kLongestSleep);
  away([&] { rte_power_monitor_multi(next.data(), kSides, until); });
}

}  // namespace narrows::worker
