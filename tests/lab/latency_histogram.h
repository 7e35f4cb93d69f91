// SPDX-License-Identifier: BSD-3-Clause
/// Latencies of millions of frames in 8 KB: each power of two of clocks is cut into 32 equal buckets, so that
/// a bucket is never wider than 1/32 of what it holds.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace narrows::lab {

class LatencyHistogram {
 public:
  static constexpr unsigned kSubBits = 5;
  static constexpr std::uint32_t kSubBuckets = 1u << kSubBits;
  static constexpr std::size_t kBuckets = (32 - kSubBits + 1) * std::size_t{kSubBuckets};

  void add(std::uint32_t clocks) noexcept { ++counts_[bucket_of(clocks)]; }

  [[nodiscard]] std::uint64_t count(std::size_t bucket) const { return counts_.at(bucket); }

  /// Below 32 clocks a bucket is one value.
  [[nodiscard]] static constexpr std::size_t bucket_of(std::uint32_t clocks) noexcept {
    if (clocks < kSubBuckets) return clocks;
    const auto shift = static_cast<unsigned>(std::bit_width(clocks)) - kSubBits - 1;
    return (std::size_t{shift} << kSubBits) + (clocks >> shift);
  }

  /// The smallest value of a bucket, clocks.
  [[nodiscard]] static constexpr std::uint64_t lower_bound(std::size_t bucket) noexcept {
    if (bucket < 2 * std::size_t{kSubBuckets}) return bucket;
    const std::size_t shift = (bucket >> kSubBits) - 1;
    return (bucket - (shift << kSubBits)) << shift;
  }

 private:
  std::array<std::uint64_t, kBuckets> counts_{};
};

}  // namespace narrows::lab
