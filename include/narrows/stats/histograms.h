// SPDX-License-Identifier: BSD-3-Clause
/// The rows of the histograms: powers of two, so that finding one is a single instruction.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

namespace narrows::stats {

/// Bursts by size: 1, 2, up to 4, 8, 16, 32 and 64 frames. Those without any are the polls' rest.
inline constexpr std::size_t kBurstSizes = 7;

/// @param frames  1 to 64.
[[nodiscard]] constexpr std::size_t burst_size_row(unsigned frames) noexcept {
  return std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(frames - 1)), kBurstSizes - 1);
}
/// Largest burst of a row, frames.
[[nodiscard]] constexpr std::uint64_t largest_burst(std::size_t row) noexcept {
  return std::uint64_t{1} << row;
}

/// Times in the box: up to 256 ns, 512 ns and so on to 2^22 ns (4.2 ms), and whatever is longer.
inline constexpr std::size_t kLatencies = 16;
inline constexpr unsigned kShortestLatencyBits = 8;
/// Of so many bursts with frames the time of one is taken. Not a power of two, with which traffic may beat.
inline constexpr unsigned kLatencySample = 61;

[[nodiscard]] constexpr std::size_t latency_row(std::uint64_t ns) noexcept {
  const auto bits = static_cast<unsigned>(std::bit_width(ns == 0 ? ns : ns - 1));
  return std::min<std::size_t>(bits - std::min(bits, kShortestLatencyBits), kLatencies - 1);
}
/// Longest time of a row, ns; not of the last row, which has none.
[[nodiscard]] constexpr std::uint64_t longest_latency_ns(std::size_t row) noexcept {
  return std::uint64_t{1} << (row + kShortestLatencyBits);
}

/// Keys of the rows, in JSON and telemetry.
[[nodiscard]] inline std::string burst_size_name(std::size_t row) {
  return "up_to_" + std::to_string(largest_burst(row));
}
[[nodiscard]] inline std::string latency_name(std::size_t row) {
  return row + 1 == kLatencies ? "longer" : "up_to_" + std::to_string(longest_latency_ns(row)) + "_ns";
}

}  // namespace narrows::stats
