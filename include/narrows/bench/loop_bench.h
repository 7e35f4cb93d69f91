// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_ethdev.h>
#include <rte_mempool.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "narrows/bench/bench.h"
#include "narrows/bench/clock.h"
#include "narrows/bench/selection.h"
#include "narrows/bench/traffic.h"
#include "narrows/port/port.h"
#include "narrows/session/lan_peers.h"
#include "narrows/simd/level.h"
#include "narrows/worker/session_snapshots.h"

namespace narrows::bench {

/// What a port in memory receives: the heads in an order that no branch predictor learns. The lcore that
/// polls the port owns it.
class Feed {
 public:
  /// @param heads  at most 65,536.
  void set(std::vector<Head> heads);
  /// Off: frames come without contents.
  void turn(bool on) noexcept { on_ = on; }
  /// Makes frames of what a driver received.
  void fill(rte_mbuf** mbufs, std::uint16_t size) noexcept;

 private:
  std::vector<Head> heads_;
  std::vector<std::uint16_t> order_;
  std::size_t next_ = 0;
  bool on_ = false;
};

/// A port in memory, of DPDK's null driver: receiving takes mbufs from the pool, sending frees them. The null
/// driver's frames have no contents, so a receive callback gives them some.
class MemoryPort {
 public:
  /// @throws std::runtime_error, one line.
  MemoryPort(Side side, rte_mempool* pool);
  ~MemoryPort();
  MemoryPort(const MemoryPort&) = delete;
  MemoryPort& operator=(const MemoryPort&) = delete;

  [[nodiscard]] const port::Port& port() const noexcept { return *port_; }
  [[nodiscard]] Feed& feed() noexcept { return feed_; }

 private:
  Feed feed_;
  std::optional<port::Port> port_;
  const rte_eth_rxtx_callback* callback_ = nullptr;
};

/// A worker's whole loop between two ports in memory, both ways: mbuf allocation, receive, what `run` does,
/// send, free. Beside it what testpmd's `io` engine does, between the same ports at the same moment: receive
/// a burst, send it, free what was not taken.
class LoopBench final : public Bench {
 public:
  using Ports = std::array<MemoryPort*, kSides>;

  /// @param ports  outlive this.
  LoopBench(const Setting& setting, const Ports& ports);

  [[nodiscard]] Sample sample(simd::Level level) override;

 private:
  double io_pass(bool with_contents);

  Ports ports_;
  worker::SessionSnapshots sessions_;
  session::LanPeers lan_peers_;
  Stopwatch watch_;
};

}  // namespace narrows::bench
