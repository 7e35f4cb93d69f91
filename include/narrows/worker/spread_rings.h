// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "narrows/wire/direction.h"
#include "narrows/worker/flow_hash.h"
#include "narrows/worker/mbuf_ring.h"

namespace narrows::worker {

/// Which worker has the flows of each hash, by the hash's low bits; a network card calls it the redirection
/// table.
using ShareTable = std::array<std::uint8_t, 256>;

/// Hands the shares out so that each worker's number of them is as close to its weight as that can be.
/// @param weights  of each worker, 1 … 255 of them, not all 0; one with 0 gets none.
[[nodiscard]] ShareTable share_out(std::span<const unsigned> weights) noexcept;

/// How the frames of one port are shared out in software: one worker, the poller, has the port's only receive
/// queue, and hands each other worker its share over a ring. Made before the workers and gone after them.
class SpreadRings {
 public:
  /// What the poller's own receive queue would hold, and the queues that the others do without.
  static constexpr unsigned kFrames = 1024;

  /// @throws std::runtime_error when there is no memory for the rings.
  SpreadRings(Side side, std::uint16_t poller, std::span<const unsigned> weights, int node);

  [[nodiscard]] Side side() const noexcept { return side_; }
  [[nodiscard]] std::uint16_t poller() const noexcept { return poller_; }
  [[nodiscard]] std::size_t workers() const noexcept { return rings_.size(); }
  /// Of a flow_hash(); what is no flow is the poller's.
  [[nodiscard]] std::uint16_t worker_of(std::uint32_t hash) const noexcept {
    return hash == kNoFlow ? poller_ : shares_[hash % std::tuple_size_v<ShareTable>];
  }
  /// The poller puts in, that worker takes out. Null: the poller's own.
  [[nodiscard]] rte_ring* ring(std::uint16_t worker) const noexcept { return rings_[worker].get(); }

 private:
  Side side_;
  ShareTable shares_;
  std::uint16_t poller_;
  std::vector<MbufRing> rings_;  ///< by worker
};

/// What each worker is to have of all flows: the pollers, who have the hashing to do besides, half as much as
/// the others.
/// @param pollers  one for each port that is spread in software.
[[nodiscard]] std::vector<unsigned> share_weights(std::uint16_t workers,
                                                  std::span<const std::uint16_t> pollers);

}  // namespace narrows::worker
