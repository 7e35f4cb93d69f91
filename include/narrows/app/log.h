// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace narrows::app {

/// One line to stderr: "narrows: TEXT". For the control thread; the data path never logs.
template <typename... Arguments>
void log(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  const auto line = "narrows: " + fmt::format(format, std::forward<Arguments>(arguments)...) + "\n";
  std::fputs(line.c_str(), stderr);
}

}  // namespace narrows::app
