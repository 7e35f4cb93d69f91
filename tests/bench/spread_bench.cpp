// SPDX-License-Identifier: BSD-3-Clause
/// What spreading in software costs the worker that polls: hashing, sorting and putting into rings, a frame.
#include <benchmark/benchmark.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "eal.h"
#include "narrows/bench/arithmetic.h"
#include "narrows/bench/bench.h"
#include "narrows/bench/clock.h"
#include "narrows/bench/quiet.h"
#include "narrows/worker/flow_hash.h"
#include "narrows/worker/spreader.h"

namespace narrows::test {
namespace {

using bench::kBurst;

constexpr unsigned kFrames = 16384;  // as the l3 cases
constexpr unsigned kHotFrames = kBurst;
/// Of the simple IMIX (7 × 64, 4 × 570, 1 × 1518 octets on Ethernet), cut to what PPPoE carries.
constexpr std::array<std::size_t, 12> kImixPayload{0, 512, 0, 512, 0, 0, 1412, 0, 512, 0, 512, 0};

/// PPPoE frames of IMIX, each of a flow of its own.
std::vector<rte_mbuf*> make_frames(rte_mempool* pool) {
  std::mt19937 random(1);
  std::vector<rte_mbuf*> frames(kFrames);
  if (rte_pktmbuf_alloc_bulk(pool, frames.data(), kFrames) != 0) std::abort();
  for (rte_mbuf* mbuf : frames) {
    Octets packet = ipv4(tcp(0x10, {}, Octets(kImixPayload[random() % kImixPayload.size()])));
    put16(packet, 18, random() & 0xffff);
    put16(packet, 20, random() & 0xffff);
    fill(mbuf, ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, 0x0021, packet)));
  }
  return frames;
}

struct Spreading {
  explicit Spreading(unsigned workers)
      : rings(Side::wan, 0, worker::share_weights(static_cast<std::uint16_t>(workers), kPollers), 0),
        spreader(rings, counters) {}
  /// As the other workers do, whose time is not the poller's.
  void empty() {
    std::array<rte_mbuf*, kBurst> mbufs;
    for (std::uint16_t worker = 1; worker < rings.workers(); ++worker)
      while (worker::take(rings.ring(worker), mbufs.data(), kBurst) != 0) {
      }
  }

  static constexpr std::array<std::uint16_t, 1> kPollers{0};
  stats::DirectionCounters counters;
  worker::SpreadRings rings;
  worker::Spreader spreader;
};

/// @param frames  in turn: 32 are hot, 16,384 come from L3.
void run_spread(benchmark::State& state, unsigned workers, unsigned frames) {
  static rte_mempool* pool =
      rte_pktmbuf_pool_create("spread_bench", kFrames, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
  static const std::vector<rte_mbuf*> all = make_frames(pool);
  const auto spreading = std::make_unique<Spreading>(workers);
  const std::uint64_t clock = bench::clock_cycles();
  std::vector<double> passes;
  std::array<rte_mbuf*, kBurst> burst;
  unsigned next = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    std::copy_n(all.begin() + next, kBurst, burst.begin());
    next = (next + kBurst) % frames;
    const std::uint64_t before = rte_rdtsc_precise();
    benchmark::DoNotOptimize(spreading->spreader.spread(burst.data(), kBurst, nullptr));
    passes.push_back(static_cast<double>(rte_rdtsc_precise() - before - clock));
    spreading->empty();
  }
  const double cycles = bench::median(passes) / kBurst;
  state.counters["cycles"] = cycles;
  state.counters["ns"] = cycles * 1e9 / static_cast<double>(rte_get_tsc_hz());
  state.counters["adds"] = bench::adds_per_clock();
}

}  // namespace
}  // namespace narrows::test

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  narrows::test::init_eal();
  for (const unsigned workers : {2u, 4u, 8u})
    for (const bool hot : {true, false})
      benchmark::RegisterBenchmark(
          ("spread/workers:" + std::to_string(workers) + (hot ? "/hot" : "/l3")).c_str(),
          narrows::test::run_spread, workers, hot ? narrows::test::kHotFrames : narrows::test::kFrames);
  benchmark::RunSpecifiedBenchmarks();
}
