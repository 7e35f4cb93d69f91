// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/actions.h"

#include <algorithm>
#include <utility>

namespace narrows::control {

ActionResult Actions::call(Action action, std::chrono::milliseconds patience) {
  const auto mine = std::make_shared<Waiting>();
  mine->action = std::move(action);
  std::unique_lock lock(mutex_);
  if (closed_) return {false, "not done: Narrows is stopping"};
  if (waiting_.size() >= kMostWaiting) return {false, "not done: too many actions are waiting; try again"};
  waiting_.push_back(mine);
  count_.store(waiting_.size(), std::memory_order_relaxed);
  const bool in_time =
      changed_.wait_for(lock, patience, [&mine] { return mine->state == Waiting::State::done; });
  if (in_time) return std::move(mine->result);
  if (mine->state == Waiting::State::runs)
    return {false, "still being done: see the log for what comes of it"};
  std::erase(waiting_, mine);
  count_.store(waiting_.size(), std::memory_order_relaxed);
  return {false, "not done: the control thread is busy or stuck; try again"};
}

std::size_t Actions::run_waiting(const Handler& handler) {
  std::size_t done = 0;
  // What callers add meanwhile waits for the next turn.
  for (std::size_t left = count_.load(std::memory_order_relaxed); left > 0; --left) {
    std::unique_lock lock(mutex_);
    if (waiting_.empty()) break;
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    count_.store(waiting_.size(), std::memory_order_relaxed);
    next->state = Waiting::State::runs;
    lock.unlock();
    auto result = handler(next->action);
    lock.lock();
    next->result = std::move(result);
    next->state = Waiting::State::done;
    changed_.notify_all();
    ++done;
  }
  return done;
}

void Actions::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& left : waiting_) {
    left->result = {false, "not done: Narrows is stopping"};
    left->state = Waiting::State::done;
  }
  waiting_.clear();
  count_.store(0, std::memory_order_relaxed);
  changed_.notify_all();
}

}  // namespace narrows::control
