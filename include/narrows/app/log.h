// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

namespace narrows::app {

/// How much a line matters, as sd-daemon(3) has it.
enum class LogLevel : char { error = '3', warning = '4', notice = '5', info = '6' };

/// What goes in front of a line: where stderr is the journal (JOURNAL_STREAM names it), the level, which the
/// journal takes off; elsewhere nothing.
[[nodiscard]] inline std::string log_prefix(LogLevel level) {
  static const bool is_journal = std::getenv("JOURNAL_STREAM") != nullptr;
  if (!is_journal) return "narrows: ";
  return {'<', static_cast<char>(level), '>', 'n', 'a', 'r', 'r', 'o', 'w', 's', ':', ' '};
}

/// One line to stderr: "narrows: TEXT". Not for the data path, which never logs.
template <typename... Arguments>
void log_at(LogLevel level, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  const auto line = log_prefix(level) + fmt::format(format, std::forward<Arguments>(arguments)...) + "\n";
  std::fputs(line.c_str(), stderr);
}

template <typename... Arguments>
void log(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  log_at(LogLevel::info, format, std::forward<Arguments>(arguments)...);
}

}  // namespace narrows::app
