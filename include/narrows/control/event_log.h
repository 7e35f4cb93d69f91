// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "narrows/control/event_kind.h"

namespace narrows::control {

struct Event {
  std::uint64_t id = 0;  ///< 1, 2, …
  double time_s = 0;     ///< since 1970
  EventKind kind = EventKind::started;
  std::string session;  ///< empty: of no session
  std::string text;     ///< one line, for people; printable
};

/// The last kMost things that happened, oldest first. The control thread writes, any thread reads.
class EventLog {
 public:
  static constexpr std::size_t kMost = 256;

  void note(EventKind kind, std::string session, std::string text);

  /// Those with a greater id than `id`.
  [[nodiscard]] std::vector<Event> since(std::uint64_t id) const;

 private:
  mutable std::mutex mutex_;
  std::deque<Event> events_;
  std::uint64_t last_id_ = 0;
};

}  // namespace narrows::control
