// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>

namespace narrows::worker {

/// Ends a worker's wait for its ports' interrupts, on behalf of whoever put something into one of its rings
/// or raised its stop flag. Costs the one who wakes a system call only if the worker waits.
class Wakeup {
 public:
  Wakeup() = default;
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  /// Before any worker runs, where there is something to wait for. @throws std::runtime_error
  void open();
  /// Readable once woken; -1: not open.
  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// Any thread, behind what the worker is to see.
  void wake() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (waiting_.load(std::memory_order_relaxed)) signal();
  }

  // --- the worker ---

  /// Whatever is put before its rings after this ends the wait; what was put there before, it must look for
  /// once more itself.
  void begin() noexcept {
    waiting_.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
  void end() noexcept { waiting_.store(false, std::memory_order_relaxed); }
  /// Takes back what fd() has to read.
  void clear() const noexcept;

 private:
  void signal() const noexcept;

  int fd_ = -1;
  std::atomic<bool> waiting_{false};  ///< the worker writes, all others read
};

}  // namespace narrows::worker
