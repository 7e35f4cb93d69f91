// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/event_log.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace narrows::control {

void EventLog::note(EventKind kind, std::string session, std::string text) {
  const std::chrono::duration<double> time = std::chrono::system_clock::now().time_since_epoch();
  const std::lock_guard lock(mutex_);
  events_.push_back({++last_id_, time.count(), kind, std::move(session), std::move(text)});
  if (events_.size() > kMost) events_.pop_front();
}

std::vector<Event> EventLog::since(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto first = std::ranges::upper_bound(events_, id, {}, &Event::id);
  return {first, events_.end()};
}

}  // namespace narrows::control
