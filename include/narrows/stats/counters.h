// SPDX-License-Identifier: BSD-3-Clause
/// Counters of the data path. Every block has one writer (its worker); the control thread only reads.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "narrows/stats/histograms.h"
#include "narrows/stats/reasons.h"
#include "narrows/wire/direction.h"

namespace narrows::stats {

/// A count that only grows. One thread adds, any thread reads; no locked instruction (a plain add on
/// x86 and arm64), because there is never a second writer.
class Counter {
 public:
  void add(std::uint64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

inline constexpr std::size_t kCacheLineOctets = 64;

/// What became of the frames received in one direction: received = forwarded + punted + the sum of dropped.
/// A reader that wants them from one moment uses read_consistent().
struct alignas(kCacheLineOctets) DirectionCounters {
  Counter version;  ///< odd while the fates of a burst are being added
  Counter received;
  Counter forwarded;
  Counter punted;
  Counter forwarded_ip_octets;
  Counter fragmented;  ///< of forwarded: packets that left in fragments
  Counter fragments;   ///< how many these were
  std::array<Counter, kFamilies> syn;
  std::array<Counter, kFamilies> clamped;
  std::array<Counter, kDropReasons> dropped;
  std::array<Counter, kOddCases> odd;
};

/// Writer side: brackets the adding of one burst's fates.
class CountersUpdate {
 public:
  explicit CountersUpdate(DirectionCounters& counters) noexcept : counters_(counters) {
    counters_.version.add(1);
    std::atomic_thread_fence(std::memory_order_release);
  }
  ~CountersUpdate() {
    std::atomic_thread_fence(std::memory_order_release);
    counters_.version.add(1);
  }
  CountersUpdate(const CountersUpdate&) = delete;
  CountersUpdate& operator=(const CountersUpdate&) = delete;

 private:
  DirectionCounters& counters_;
};

/// Reader side: runs `read()` until no burst was counted meanwhile, and returns what it returned. An update
/// takes some tens of nanoseconds, so this ends soon, and never holds up the worker.
template <typename Read>
[[nodiscard]] auto read_consistent(const DirectionCounters& counters, Read read) {
  while (true) {
    const auto before = counters.version.value();
    std::atomic_thread_fence(std::memory_order_acquire);
    auto result = read();
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 == 0 && counters.version.value() == before) return result;
  }
}

/// The same for one session; the first cache line is all that a forwarded frame touches. Frames dropped
/// before their session was known are in DirectionCounters alone.
struct alignas(kCacheLineOctets) SessionCounters {
  Counter packets;    ///< forwarded
  Counter ip_octets;  ///< of those: IP header and payload
  Counter punted;
  std::array<Counter, kFamilies> syn;
  std::array<Counter, kFamilies> clamped;
  std::array<Counter, kDropReasons> dropped;
};

/// How long bursts were in the box: one of every kLatencySample.
struct alignas(kCacheLineOctets) LatencyCounters {
  std::array<Counter, kLatencies> bursts;  ///< by time: see latency_row()
  Counter ns;                              ///< of all of them together
};

/// All counters of one worker.
struct alignas(kCacheLineOctets) WorkerCounters {
  explicit WorkerCounters(std::size_t sessions) {
    for (auto& way : session) way = std::vector<SessionCounters>(sessions);
  }
  std::array<DirectionCounters, kDirections> direction;
  std::array<std::vector<SessionCounters>, kDirections> session;  ///< by direction, then session index
  std::array<LatencyCounters, kDirections> latency;
  alignas(kCacheLineOctets) Counter polls;
  Counter busy_polls;                       ///< polls that found at least one frame
  Counter ticks;                            ///< TSC ticks from the end of the first poll to that of the last
  Counter busy_ticks;                       ///< of those: of polls that found at least one frame
  Counter sleeps;                           ///< times it slept, or waited, because nothing came
  Counter asleep_ticks;                     ///< TSC ticks spent so
  std::array<Counter, kSides> originated;   ///< frames of the control thread sent, by the port they left by
  std::array<Counter, kBurstSizes> bursts;  ///< with frames to process, by size: see burst_size_row()
};

}  // namespace narrows::stats
