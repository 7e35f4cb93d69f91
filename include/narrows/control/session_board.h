// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "narrows/stats/session_status.h"

namespace narrows::control {

/// How each session is doing, for those who report it: the control thread writes, any thread reads.
class SessionBoard {
 public:
  explicit SessionBoard(std::size_t sessions) : statuses_(sessions) {}

  /// Room for more; never for fewer.
  void grow(std::size_t sessions) {
    const std::lock_guard lock(mutex_);
    if (sessions > statuses_.size()) statuses_.resize(sessions);
  }
  void set(std::size_t session, stats::SessionStatus status) {
    const std::lock_guard lock(mutex_);
    statuses_[session] = std::move(status);
  }
  /// Sessions that are up; places of nobody are down.
  [[nodiscard]] std::size_t count_up() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::ranges::count(statuses_, stats::SessionState::up, &stats::SessionStatus::state));
  }
  [[nodiscard]] stats::SessionStatus get(std::size_t session) const {
    const std::lock_guard lock(mutex_);
    return statuses_[session];
  }

 private:
  mutable std::mutex mutex_;
  std::vector<stats::SessionStatus> statuses_;
};

}  // namespace narrows::control
