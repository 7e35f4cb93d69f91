// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/control/event_kind.h"

namespace narrows::control {

/// A fact of an entry, for programs that read the log.
struct LogField {
  std::string_view key;  ///< a word of lower-case letters and underscores
  std::string value;     ///< any octets
};

/// One thing that happened. No text or value of it may be a secret: it is shown as it is.
struct LogEntry {
  EventKind kind = EventKind::failed;
  std::string text;  ///< what happened and what to do, for people; any octets
  std::vector<LogField> fields;
};

using Log = std::function<void(const LogEntry&)>;

/// The entry as one line of printable ASCII without its end, in logfmt:
///
///     level=notice event=session_up msg="session isp: up after 0.02 s" session=isp mtu=1492
///
/// A value that is not a plain word stands in double quotes and is escaped as in JSON (RFC 8259 §7), so every
/// octet of it can be told, but for what is no UTF-8.
[[nodiscard]] std::string to_line(const LogEntry& entry);

}  // namespace narrows::control
