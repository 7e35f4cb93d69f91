// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/log_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace narrows::control {

bool LogLimit::admit(EventKind kind, Time now) {
  Window& window = windows_[static_cast<std::size_t>(kind)];
  if (window.end == Time{0}) {
    window.end = now + kWindow;
    next_end_ = std::min(next_end_, window.end);
  }
  if (window.admitted < kMost) {
    ++window.admitted;
    return true;
  }
  ++window.held_back;
  return false;
}

std::vector<LogEntry> LogLimit::take_ended(Time now) {
  return now < next_end_ ? std::vector<LogEntry>() : take(now);
}

std::vector<LogEntry> LogLimit::take_all() {
  return take(Time::max());
}

std::vector<LogEntry> LogLimit::take(Time until) {
  std::vector<LogEntry> entries;
  next_end_ = Time::max();
  for (std::size_t kind = 0; kind < windows_.size(); ++kind) {
    Window& window = windows_[kind];
    if (window.end == Time{0}) continue;
    if (window.end > until) {
      next_end_ = std::min(next_end_, window.end);
      continue;
    }
    const std::uint64_t held_back = std::exchange(window, {}).held_back;
    if (held_back != 0)
      entries.push_back({static_cast<EventKind>(kind),
                         fmt::format("{} more of this kind within {} seconds were held back", held_back,
                                     std::chrono::duration_cast<std::chrono::seconds>(kWindow).count()),
                         {{"suppressed", std::to_string(held_back)}}});
  }
  return entries;
}

}  // namespace narrows::control
