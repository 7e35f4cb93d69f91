// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <httplib.h>

namespace narrows::control {

/// A few threads that serve connections; cpp-httplib's own pool queues without a limit, a descriptor for each
/// connection that waits.
class BoundedPool : public httplib::TaskQueue {
 public:
  BoundedPool();
  void enqueue(std::function<void()> job) override;
  void shutdown() override;

  /// Inside a job: the connection is to be closed unserved, as the queue is full or the server stops.
  [[nodiscard]] static bool refuses() noexcept;

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace narrows::control
