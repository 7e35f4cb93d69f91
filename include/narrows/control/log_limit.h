// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "narrows/control/log_entry.h"
#include "narrows/control/time.h"

namespace narrows::control {

/// Keeps one kind of event from filling the log: of each kind the first kMost within kWindow pass, the others
/// are counted and told of when the window is over. No clock of its own; not thread-safe.
class LogLimit {
 public:
  static constexpr std::uint32_t kMost = 10;
  static constexpr Time kWindow = std::chrono::seconds(5);

  /// Whether an entry of this kind may be written now. A kind's window begins with its first entry.
  [[nodiscard]] bool admit(EventKind kind, Time now);

  /// For each kind of which entries were held back, when its window is over: how many. To be asked before
  /// admit(), and now and then when nothing comes.
  [[nodiscard]] std::vector<LogEntry> take_ended(Time now);
  /// Of all windows, over or not: at the end of the program.
  [[nodiscard]] std::vector<LogEntry> take_all();

 private:
  struct Window {
    Time end{0};  ///< 0: none is open
    std::uint32_t admitted = 0;
    std::uint64_t held_back = 0;
  };

  [[nodiscard]] std::vector<LogEntry> take(Time until);

  std::array<Window, kEventKinds> windows_{};
  Time next_end_ = Time::max();  ///< of the windows that are open, the earliest
};

}  // namespace narrows::control
