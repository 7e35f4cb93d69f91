// SPDX-License-Identifier: BSD-3-Clause
/// Ports in memory, for the commands that run the pipeline without a network.
#pragma once

#include <rte_mempool.h>
#include <rte_ring.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/wire/direction.h"

struct rte_mbuf;

namespace narrows::app {

/// A port made of two rings; whoever has the object stands at its far side. EAL runs, and outlives it.
class RingPort {
 public:
  /// @param user  whose port it is, for DPDK's names: one of each side a process.
  /// @throws std::runtime_error, one line.
  RingPort(const std::string& user, Side side);

  [[nodiscard]] std::uint16_t id() const noexcept { return id_; }

  /// A frame for the worker. @return false: full; the frame is still the caller's.
  [[nodiscard]] bool put(rte_mbuf* frame) noexcept;
  /// A frame that the worker sent, the caller's to free; null: none.
  [[nodiscard]] rte_mbuf* take() noexcept;

 private:
  rte_ring* to_port_;
  rte_ring* from_port_;
  std::uint16_t id_ = 0;
};

/// A frame as a device hands it over: one beyond what the port's MTU allows lies in several buffers.
/// @param pool  of the port it comes in by. @throws std::runtime_error: no buffers left.
[[nodiscard]] rte_mbuf* make_frame(rte_mempool* pool, std::span<const std::uint8_t> octets);

/// All octets of a frame, whatever buffers it lies in.
[[nodiscard]] std::vector<std::uint8_t> octets_of(const rte_mbuf& frame);

/// What holds for ports in memory: a MAC address where none is configured, and checksums in software.
void configure_ring_ports(config::Config& config);

}  // namespace narrows::app
