// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "narrows/control/time.h"

namespace narrows::control {

/// When each of a number of things is due next, found in order. kNever: not at all.
class Deadlines {
 public:
  explicit Deadlines(std::size_t size) : times_(size, kNever) {}

  /// Room for more; never for fewer.
  void grow(std::size_t size) {
    if (size > times_.size()) times_.resize(size, kNever);
  }

  void set(std::size_t index, Time time) {
    if (times_[index] == time) return;
    if (times_[index] != kNever) queue_.erase({times_[index], index});
    times_[index] = time;
    if (time != kNever) queue_.emplace(time, index);
  }

  /// The next that is due, which has no deadline any more.
  [[nodiscard]] std::optional<std::size_t> take_due(Time now) {
    if (queue_.empty() || queue_.begin()->first > now) return std::nullopt;
    const std::size_t index = queue_.begin()->second;
    set(index, kNever);
    return index;
  }

 private:
  std::vector<Time> times_;
  std::set<std::pair<Time, std::size_t>> queue_;
};

}  // namespace narrows::control
