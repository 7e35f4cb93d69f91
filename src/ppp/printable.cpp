// SPDX-License-Identifier: BSD-3-Clause
#include "printable.h"

#include <algorithm>

namespace narrows::ppp {

std::string printable(std::string_view text) {
  text = text.substr(0, std::min({text.size(), text.find('\0'), kMostPrintable}));
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
  std::string result(text);
  std::replace_if(
      result.begin(), result.end(), [](char each) { return each < ' ' || each > '~'; }, '?');
  return result;
}

std::string printable(std::span<const std::uint8_t> octets) {
  return printable(text_of(octets));
}

}  // namespace narrows::ppp
