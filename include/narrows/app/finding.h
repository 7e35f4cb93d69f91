// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace narrows::app {

/// Something to tell the user about one place of the configuration file.
struct Finding {
  int line = 1;      ///< from 1
  std::string key;   ///< dotted path, "sessions[1].wan.vlans"; "yaml" or "file" when it is about no key
  std::string text;  ///< what is wrong and what is allowed, one line
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// "FILE:LINE: key: text".
[[nodiscard]] std::string format_finding(const std::string& file, const Finding& finding);

/// Text from the file as it may stand in a message: one line, printable, not endless.
[[nodiscard]] std::string printable(std::string_view text);

/// Where a value stands: the line and the dotted path of its key.
struct Place {
  int line = 1;
  std::string path;
  friend bool operator==(const Place&, const Place&) = default;
};

/// Collects findings in the order of discovery.
class Findings {
 public:
  void error(const Place& place, std::string text) {
    errors_.push_back({place.line, place.path, std::move(text)});
  }
  void warning(const Place& place, std::string text) {
    warnings_.push_back({place.line, place.path, std::move(text)});
  }

  /// By line; those of one line in the order of discovery.
  [[nodiscard]] std::vector<Finding> sorted_errors() const { return sorted(errors_); }
  [[nodiscard]] std::vector<Finding> sorted_warnings() const { return sorted(warnings_); }

 private:
  static std::vector<Finding> sorted(std::vector<Finding> findings);

  std::vector<Finding> errors_;
  std::vector<Finding> warnings_;
};

}  // namespace narrows::app
