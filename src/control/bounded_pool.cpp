// SPDX-License-Identifier: BSD-3-Clause
#include "bounded_pool.h"

#include <utility>

namespace narrows::control {
namespace {

constexpr std::size_t kThreads = 3;
constexpr std::size_t kMaxWaiting = 32;

thread_local bool refuse_connection = false;

}  // namespace

bool BoundedPool::refuses() noexcept {
  return refuse_connection;
}

BoundedPool::BoundedPool() {
  for (std::size_t thread = 0; thread < kThreads; ++thread) threads_.emplace_back([this] { serve(); });
}

void BoundedPool::enqueue(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() < kMaxWaiting) {
      jobs_.push_back(std::move(job));
      changed_.notify_one();
      return;
    }
  }
  refuse_connection = true;
  job();
  refuse_connection = false;
}

void BoundedPool::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void BoundedPool::serve() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    // Those still waiting at the end are closed, not served: stop() is not to wait for them all.
    refuse_connection = stopping_;
    lock.unlock();
    job();
  }
}

}  // namespace narrows::control
