// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/finding.h"

#include <fmt/format.h>

#include <algorithm>

namespace narrows::app {

std::string format_finding(const std::string& file, const Finding& finding) {
  return fmt::format("{}:{}: {}: {}", file, finding.line, finding.key, finding.text);
}

std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    // Cut between characters, not inside a UTF-8 sequence.
    if (i >= kMost && (octet & 0xc0) != 0x80) return result + "...";
    if (octet < 0x20 || octet == 0x7f)
      result += fmt::format("\\x{:02x}", octet);
    else
      result += text[i];
  }
  return result;
}

std::vector<Finding> Findings::sorted(std::vector<Finding> findings) {
  std::ranges::stable_sort(findings, {}, &Finding::line);
  return findings;
}

}  // namespace narrows::app
