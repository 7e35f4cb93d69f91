// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/stall_guard.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace narrows::app {

Stall StallCount::look(std::vector<std::uint64_t> counts) {
  still_.resize(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i)
    still_[i] = i < before_.size() && before_[i] == counts[i] ? still_[i] + 1 : 0;
  before_ = std::move(counts);
  const auto longest = std::ranges::max_element(still_);
  if (longest == still_.end()) return {};
  return {static_cast<std::size_t>(longest - still_.begin()), *longest};
}

StallGuard::StallGuard(std::function<std::vector<std::uint64_t>()> counts,
                       std::function<void(std::size_t)> end)
    : counts_(std::move(counts)), end_(std::move(end)), thread_([this] { watch(); }) {}

StallGuard::~StallGuard() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void StallGuard::watch() {
  StallCount stalls;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; }))
    if (const Stall stall = stalls.look(counts_()); stall.looks >= kMostLooks) return end_(stall.count);
}

}  // namespace narrows::app
