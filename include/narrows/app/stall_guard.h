// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace narrows::app {

/// The count that has stood still for the most looks in a row.
struct Stall {
  std::size_t count = 0;  ///< its index; of several the first
  unsigned looks = 0;     ///< 0: all have moved
};

/// How many looks in a row some count has not moved. Looks are counted, not time: a process that was stopped
/// and goes on has missed none.
class StallCount {
 public:
  /// @param counts  as many each time, in the same order.
  Stall look(std::vector<std::uint64_t> counts);

 private:
  std::vector<std::uint64_t> before_;
  std::vector<unsigned> still_;
};

/// Ends the process when the control thread or a worker makes no progress: forwarding nothing, it would hold
/// the line for ever. A thread of its own, which looks once a second.
class StallGuard {
 public:
  static constexpr unsigned kMostLooks = 15;
  static constexpr int kExitCode = 3;

  /// Both are called by the guard's thread. @param counts  which grow as long as all is well.
  /// @param end  what is done when one, whose index it is told, has stood still for kMostLooks; does not
  ///             return.
  StallGuard(std::function<std::vector<std::uint64_t>()> counts, std::function<void(std::size_t)> end);
  ~StallGuard();
  StallGuard(const StallGuard&) = delete;
  StallGuard& operator=(const StallGuard&) = delete;

 private:
  void watch();

  std::function<std::vector<std::uint64_t>()> counts_;
  std::function<void(std::size_t)> end_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace narrows::app
