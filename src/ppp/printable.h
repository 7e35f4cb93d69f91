// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace narrows::ppp {

/// Longest text of the other end that is kept.
inline constexpr std::size_t kMostPrintable = 128;

/// Text from the line, fit for a log: the first kMostPrintable octets up to a NUL, '?' for each octet that is
/// not printable ASCII, no blanks around it.
[[nodiscard]] std::string printable(std::span<const std::uint8_t> octets);
[[nodiscard]] std::string printable(std::string_view text);

/// The octets of a text.
[[nodiscard]] inline std::span<const std::uint8_t> octets_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Octets as the text they are.
[[nodiscard]] inline std::string_view text_of(std::span<const std::uint8_t> octets) noexcept {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

}  // namespace narrows::ppp
