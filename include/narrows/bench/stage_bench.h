// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mempool.h>

#include <cstddef>
#include <random>
#include <vector>

#include "narrows/bench/bench.h"
#include "narrows/bench/clock.h"
#include "narrows/bench/selection.h"
#include "narrows/bench/traffic.h"
#include "narrows/pipeline/process.h"
#include "narrows/pipeline/settle.h"
#include "narrows/session/lan_peers.h"
#include "narrows/session/session_table.h"
#include "narrows/stats/counters.h"

namespace narrows::bench {

/// Frames of a setting in `l3` memory: so many that the lines touched are four times what this machine's L2
/// holds, some 256 octets each.
[[nodiscard]] std::size_t l3_frames() noexcept;

/// What a frame costs between receive and transmit: prefetch, classify, clamp, rewrite, sort out and count,
/// for add, strip and transparent. Not timed: putting the frames back as they were received, and, hot,
/// shuffling them, so that no branch predictor knows the next.
class StageBench final : public Bench {
 public:
  /// @param pool  has as many mbufs as the setting's memory takes; they are taken for as long as this lives.
  StageBench(const Setting& setting, rte_mempool* pool);
  ~StageBench() override;
  StageBench(const StageBench&) = delete;
  StageBench& operator=(const StageBench&) = delete;

  [[nodiscard]] Sample sample(simd::Level level) override;

 private:
  void restore();
  void pass(pipeline::Process process, std::vector<double>& times);
  double time(pipeline::Process process, std::size_t first, std::size_t end);

  Setting setting_;
  std::vector<Head> heads_;
  std::vector<rte_mbuf*> mbufs_;  ///< by head
  std::vector<rte_mbuf*> order_;  ///< as they are received
  session::SessionTable sessions_;
  session::LanPeers lan_peers_;
  stats::WorkerCounters counters_;
  pipeline::Context context_;
  pipeline::Burst burst_;
  pipeline::Sorted sorted_;
  std::minstd_rand random_;
  Stopwatch watch_;
};

}  // namespace narrows::bench
