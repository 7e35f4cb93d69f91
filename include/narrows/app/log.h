// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "narrows/control/log_entry.h"

namespace narrows::app {

/// Writes an entry to stderr, one line (control::to_line), unless too many of its kind were
/// (control::LogLimit). Where stderr is the journal, the level stands in front as sd-daemon(3) has it. Any
/// thread, but not the data path, which never logs.
void log(const control::LogEntry& entry);

/// Likewise, an entry of nothing but a text.
template <typename... Arguments>
void log(control::EventKind kind, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  log({kind, fmt::format(format, std::forward<Arguments>(arguments)...), {}});
}

/// However many there were: for what the user asked to see all of. Takes no lock.
void log_unlimited(const control::LogEntry& entry) noexcept;

/// Before the process ends, while other threads hang, maybe in this log: without waiting for a reader. What
/// stderr cannot take at once is not said.
void log_last_words(const control::LogEntry& entry) noexcept;

/// Tells of entries that were held back, some seconds after the first of them. To be called now and then; a
/// call with nothing to tell costs one comparison.
void tell_held_back();

/// At the end of its life tells of all that were held back.
class LogEnd {
 public:
  LogEnd() = default;
  ~LogEnd();
  LogEnd(const LogEnd&) = delete;
  LogEnd& operator=(const LogEnd&) = delete;
};

/// Whether a JOURNAL_STREAM ("DEVICE:INODE") names the file behind a descriptor.
[[nodiscard]] bool is_journal(const char* journal_stream, int descriptor);

}  // namespace narrows::app
