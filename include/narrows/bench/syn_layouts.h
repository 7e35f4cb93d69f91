// SPDX-License-Identifier: BSD-3-Clause
/// Option lists of TCP SYNs and SYN-ACKs as they are met, for benchmarks and tests. A branch predictor learns
/// one host's list by heart, so figures are taken over all of them, shuffled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace narrows::bench {

inline constexpr std::size_t kMaxOptionOctets = 40;

/// The options of one host's SYN.
struct SynLayout {
  std::string_view name;
  /// Option by option: M1460 MSS, W7 window scale, S SACK permitted, T timestamps (T0: both 0), N NOP, E end
  /// of list, K34/10 an option of that kind and length (no length: the kind octet alone), X0204 octets as
  /// they are.
  std::string_view options;
  std::string_view source;  ///< who says so
  std::array<std::uint8_t, kMaxOptionOctets> octets{};
  std::uint8_t length = 0;  ///< of octets, padded with ends of list to whole words

  [[nodiscard]] std::span<const std::uint8_t> view() const noexcept { return {octets.data(), length}; }
};

/// All of them, always in the same order.
[[nodiscard]] std::span<const SynLayout> syn_layouts();

/// Every index of syn_layouts() once, in an order that follows from `seed` alone.
[[nodiscard]] std::vector<std::size_t> shuffled_syn_layouts(std::uint64_t seed);

}  // namespace narrows::bench
