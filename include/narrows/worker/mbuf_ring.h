// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <cstdint>
#include <memory>
#include <string>

namespace narrows::worker {

/// Frees the frames that nobody took out, then the ring.
struct MbufRingDeleter {
  void operator()(rte_ring* ring) const noexcept;
};
/// A ring of mbufs with one producer and one consumer.
using MbufRing = std::unique_ptr<rte_ring, MbufRingDeleter>;

/// @param frames  a power of two; it holds one less. @throws std::runtime_error when there is no memory.
[[nodiscard]] MbufRing make_mbuf_ring(const std::string& name, unsigned frames, int node);

/// Producer. Returns how many of the first were taken; the rest stay the caller's.
[[nodiscard]] inline std::uint16_t put(rte_ring* ring, rte_mbuf* const* mbufs, std::uint16_t size) noexcept {
  return static_cast<std::uint16_t>(
      rte_ring_enqueue_burst(ring, reinterpret_cast<void* const*>(mbufs), size, nullptr));
}

/// Consumer. Up to `size` frames, which are the caller's from then on.
[[nodiscard]] inline std::uint16_t take(rte_ring* ring, rte_mbuf** mbufs, std::uint16_t size) noexcept {
  return static_cast<std::uint16_t>(
      rte_ring_dequeue_burst(ring, reinterpret_cast<void**>(mbufs), size, nullptr));
}

}  // namespace narrows::worker
