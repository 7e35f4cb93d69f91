// SPDX-License-Identifier: BSD-3-Clause
/// What one frame costs between receive and transmit: classify, clamp, rewrite, sort out and count, in bursts
/// of 32.
///
/// hot: the same burst again and again, all in L1. l3: 16,384 frames in turn, whose buffers and headers (some
/// 5 MB) do not fit L2. Restoring the frames is not timed.
#include <benchmark/benchmark.h>
#include <rte_cycles.h>
#include <rte_mempool.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "bench.h"
#include "eal.h"
#include "narrows/pipeline/process.h"
#include "narrows/pipeline/settle.h"
#include "sessions.h"

namespace narrows::test {
namespace {

constexpr unsigned kColdFrames = 16384;

enum class Case { add, strip, transparent };
constexpr const char* kCaseNames[] = {"add", "strip", "transparent"};

struct Bench {
  Case what;
  unsigned syn_percent;
  unsigned sessions;
  unsigned frames;
  rte_mempool* pool;
  std::vector<rte_mbuf*> mbufs;
  std::vector<Octets> originals;
  std::vector<session::SessionSpec> specs;
  std::unique_ptr<session::SessionTable> table;
  std::unique_ptr<session::LanPeers> peers;
  std::unique_ptr<stats::WorkerCounters> counters;
  pipeline::Context context;
  pipeline::Process process;

  Bench(Case c, unsigned syn, unsigned session_count, unsigned frame_count);
  ~Bench() {
    for (auto* mbuf : mbufs) rte_pktmbuf_free(mbuf);
    rte_mempool_free(pool);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void restore();
  void pass();
};

Bench::Bench(Case c, unsigned syn, unsigned session_count, unsigned frame_count)
    : what(c), syn_percent(syn), sessions(session_count), frames(frame_count) {
  pool = rte_pktmbuf_pool_create("bench", frames + 1, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
  for (unsigned i = 0; i < sessions; ++i) {
    session::SessionSpec spec = plain_session();
    spec.id = static_cast<std::uint16_t>(i + 1);
    spec.lan_vlan = static_cast<std::uint16_t>(sessions == 1 ? 0 : i + 1);
    specs.push_back(spec);
  }
  table = std::make_unique<session::SessionTable>(specs);
  peers = std::make_unique<session::LanPeers>(sessions);
  for (unsigned i = 0; i < sessions; ++i) peers->learn(i, wire::to_integer(mac(kPeerMac)));
  counters = std::make_unique<stats::WorkerCounters>(sessions);
  const auto direction = what == Case::strip ? Direction::wan_to_lan : Direction::lan_to_wan;
  context = {.ingress_mac = wire::to_integer(mac(what == Case::strip ? kWanMac : kLanMac)),
             .ingress_mtu_octets = 1500,
             .max_frame_octets = 1522,
             .max_mss = {1452, 1432},
             .sessions = table.get(),
             .lan_peers = peers.get(),
             .counters = &counters->direction[index_of(direction)],
             .session_counters = counters->session[index_of(direction)].data()};
  process = pipeline::select_process(
      what == Case::transparent ? config::Mode::transparent : config::Mode::terminate, direction,
      simd::best_level());

  std::mt19937 random(1);
  for (unsigned i = 0; i < frames; ++i) {
    const auto of = static_cast<unsigned>(random() % sessions);
    const Octets packet = imix_packet(random, random() % 100 < syn_percent);
    Octets frame;
    if (what == Case::strip)
      frame = ethernet(kWanMac, kAcMac, 0x8864, pppoe(of + 1, 0x0021, packet));
    else if (sessions == 1)
      frame = ethernet(kLanMac, kPeerMac, 0x0800, packet);
    else
      frame = ethernet(kLanMac, kPeerMac, 0x8100, tag(of + 1, be16(0x0800) + packet));
    originals.push_back(padded(frame));
    mbufs.push_back(rte_pktmbuf_alloc(pool));
  }
  // Buffers come back from a real port in no order.
  std::shuffle(mbufs.begin(), mbufs.end(), random);
}

/// Headers only: payload is never touched, and copying it would push the rest out of the cache.
void Bench::restore() {
  constexpr std::size_t kHeaderOctets = 128;
  for (unsigned i = 0; i < frames; ++i) {
    rte_mbuf* mbuf = mbufs[i];
    mbuf->data_off = RTE_PKTMBUF_HEADROOM;
    mbuf->data_len = static_cast<std::uint16_t>(originals[i].size());
    mbuf->pkt_len = mbuf->data_len;
    std::memcpy(rte_pktmbuf_mtod(mbuf, void*), originals[i].data(),
                std::min(originals[i].size(), kHeaderOctets));
  }
}

void Bench::pass() {
  static pipeline::Burst burst;
  static pipeline::Sorted sorted;
  for (unsigned first = 0; first < frames; first += kBurst) {
    burst.size = kBurst;
    std::copy_n(mbufs.begin() + first, kBurst, burst.mbufs.begin());
    process(burst, context);
    pipeline::sort_out(burst, sorted);
    pipeline::account(burst, context);
    if (sorted.forward.size != kBurst) std::abort();
  }
}

void run(benchmark::State& state, Case what, unsigned syn_percent, unsigned sessions, bool hot) {
  Bench bench(what, syn_percent, sessions, hot ? kBurst : kColdFrames);
  const double tsc_hz = static_cast<double>(rte_get_tsc_hz());
  static const std::uint64_t of_clock = clock_cycles();
  std::vector<std::uint64_t> passes;
  for (auto _ : state) {
    bench.restore();
    const std::uint64_t before = rte_rdtsc_precise();
    bench.pass();
    passes.push_back(rte_rdtsc_precise() - before - of_clock);
    state.SetIterationTime(static_cast<double>(passes.back()) / tsc_hz);
  }
  const double cycles = median(passes) / bench.frames;
  state.counters["ns/packet"] = cycles / tsc_hz * 1e9;
  state.counters["cycles/packet"] = cycles;
  state.counters["adds/cycle"] = adds_per_cycle();
}

}  // namespace

void register_benchmarks() {
  for (const auto what : {Case::add, Case::strip, Case::transparent})
    for (const bool hot : {true, false})
      for (const unsigned syn : {0u, 1u, 100u})
        for (const unsigned sessions : {1u, 4000u}) {
          if (sessions != 1 && (what == Case::transparent || syn != 0 || hot)) continue;
          const auto name = std::string(kCaseNames[static_cast<int>(what)]) + "/syn:" + std::to_string(syn) +
                            "%/sessions:" + std::to_string(sessions) + (hot ? "/hot" : "/l3");
          benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
            run(state, what, syn, sessions, hot);
          })->UseManualTime();
        }
}

}  // namespace narrows::test

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  narrows::test::init_eal();
  narrows::simd::permit_widest();
  narrows::test::register_benchmarks();
  narrows::test::register_oversize_benchmarks();
  benchmark::RunSpecifiedBenchmarks();
}
