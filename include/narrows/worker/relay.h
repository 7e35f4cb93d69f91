// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "narrows/pipeline/burst.h"
#include "narrows/port/port.h"
#include "narrows/worker/mbuf_ring.h"

namespace narrows::worker {

/// Takes frames out of a ring and sends them by a port, in order and losing none: what the port has no room
/// for waits here, and the rest in the ring. The ring's one consumer, and of the transmit queue's owner.
class RingToPort {
 public:
  explicit RingToPort(rte_ring* ring) noexcept : ring_(ring) {}
  ~RingToPort() { rte_pktmbuf_free_bulk(mbufs_.data() + first_, size_ - first_); }
  RingToPort(const RingToPort&) = delete;
  RingToPort& operator=(const RingToPort&) = delete;

  /// Sends up to `burst` frames. Returns how many the port took.
  /// @param see  is called with those just taken out of the ring, which are going to be sent, now or later.
  template <typename See>
  std::uint16_t send(const port::Port& port, std::uint16_t queue, std::uint16_t burst, See see) noexcept {
    if (first_ == size_) {
      first_ = 0;
      size_ = take(ring_, mbufs_.data(), burst);
      if (size_ == 0) return 0;
      see(std::span<rte_mbuf* const>(mbufs_.data(), size_));
    }
    const std::uint16_t sent =
        port.send(queue, mbufs_.data() + first_, static_cast<std::uint16_t>(size_ - first_));
    first_ = static_cast<std::uint16_t>(first_ + sent);
    return sent;
  }
  std::uint16_t send(const port::Port& port, std::uint16_t queue, std::uint16_t burst) noexcept {
    return send(port, queue, burst, [](std::span<rte_mbuf* const>) {});
  }

 private:
  rte_ring* ring_;
  std::uint16_t first_ = 0;
  std::uint16_t size_ = 0;  ///< of mbufs_, those before first_ included
  std::array<rte_mbuf*, pipeline::kMaxBurst> mbufs_;
};

/// Where a port has fewer transmit queues than there are workers: a worker without one of its own has a ring
/// to one who has, which is to that worker what a transmit queue is. Made before the workers and gone after
/// them.
class TransmitRings {
 public:
  /// What a transmit queue holds.
  static constexpr unsigned kFrames = 1024;

  /// @param queues  of the port, 1 … workers: queue i is worker i's.
  /// @throws std::runtime_error when there is no memory for the rings.
  TransmitRings(Side side, std::uint16_t queues, std::uint16_t workers, int node);

  /// The queue that frames of this worker leave by, and so the worker whose it is.
  [[nodiscard]] std::uint16_t queue_of(std::uint16_t worker) const noexcept {
    return static_cast<std::uint16_t>(worker % queues_);
  }
  /// That worker puts in, the queue's owner takes out. Null: the queue is its own.
  [[nodiscard]] rte_ring* ring(std::uint16_t worker) const noexcept {
    return worker < queues_ ? nullptr : rings_[worker - queues_].get();
  }
  /// Those that this worker is to empty.
  [[nodiscard]] std::vector<rte_ring*> rings_to(std::uint16_t owner) const;

 private:
  std::uint16_t queues_;
  std::vector<MbufRing> rings_;  ///< of worker `queues_` and those behind it
};

}  // namespace narrows::worker
