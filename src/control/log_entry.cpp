// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/log_entry.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace narrows::control {
namespace {

bool is_plain(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '=' && c != '\\';
  });
}

std::string quoted(const std::string& value) {
  return nlohmann::json(value).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void add(std::string& line, std::string_view key, const std::string& value) {
  line += ' ';
  line += key;
  line += '=';
  line += is_plain(value) ? value : quoted(value);
}

}  // namespace

std::string to_line(const LogEntry& entry) {
  const EventRow& row = row_of(entry.kind);
  std::string line = "level=";
  line += name_of(row.level);
  line += " event=";
  line += row.name;
  // Always in quotes, even if it is one word: a sentence looks like one.
  line += " msg=" + quoted(entry.text);
  for (const LogField& field : entry.fields) add(line, field.key, field.value);
  return line;
}

}  // namespace narrows::control
