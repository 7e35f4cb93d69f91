// SPDX-License-Identifier: BSD-3-Clause
/// What packets that are too long cost the others: the worker's whole loop between two in-memory ports, LAN
/// to WAN, with a share of the frames too long for the session. Time is that of Worker::poll(), so the
/// driver's, the gate's and the ring's to the control thread are in it, as is freeing what is dropped; the
/// control thread has a core of its own in life, and empties the ring between two polls here.
#include <benchmark/benchmark.h>
#include <rte_eth_ring.h>
#include <rte_mempool.h>
#include <rte_ring.h>

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
#include "narrows/bench/traffic.h"
#include "narrows/port/port.h"
#include "narrows/worker/worker.h"
#include "packets.h"
#include "sessions.h"

namespace narrows::test {
namespace {

/// `stranger`: not too long, but for another station; what a dropped frame costs that nobody is told of.
enum class Excess { none, stranger, dont_fragment, may_fragment };
constexpr const char* kExcessNames[] = {"", " for another station", " DF", " no DF"};

struct RingDeleter {
  void operator()(rte_ring* ring) const noexcept { rte_ring_free(ring); }
};
using Ring = std::unique_ptr<rte_ring, RingDeleter>;

/// A port in memory, and its two ends.
struct Memory {
  Ring in;
  Ring out;
  std::uint16_t id = 0;

  explicit Memory(const std::string& name = "memory" + std::to_string(made_++))
      : in(rte_ring_create((name + "_in").c_str(), 1024, 0, RING_F_SP_ENQ | RING_F_SC_DEQ)),
        out(rte_ring_create((name + "_out").c_str(), 1024, 0, RING_F_SP_ENQ | RING_F_SC_DEQ)) {
    rte_ring* receive = in.get();
    rte_ring* transmit = out.get();
    const int made = rte_eth_from_rings(name.c_str(), &receive, 1, &transmit, 1, 0);
    if (made < 0) std::abort();
    id = static_cast<std::uint16_t>(made);
  }

 private:
  static inline unsigned made_ = 0;  // a closed port's name is not free again
};

unsigned free_all(rte_ring* ring) {
  void* mbuf = nullptr;
  unsigned freed = 0;
  for (; rte_ring_dequeue(ring, &mbuf) == 0; ++freed) rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
  return freed;
}

port::PortSettings settings_of(Side side, const Octets& address) {
  port::PortSettings settings;
  settings.side = side;
  settings.mac = mac(address);
  return settings;
}

Octets octets_of(const bench::Head& head) {
  Octets octets(head.octets.begin(), head.octets.end());
  octets.resize(head.frame_octets);
  return octets;
}

/// The whole data path, and bursts for it.
class Loop {
 public:
  Loop(Excess excess, unsigned percent)
      : pool_(rte_pktmbuf_pool_create("loop", 8191, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0)),
        lan_port_(lan_.id, settings_of(Side::lan, kLanMac), pool_),
        wan_port_(wan_.id, settings_of(Side::wan, kWanMac), pool_),
        sessions_(std::make_unique<session::SessionTable>(std::vector{plain_session()}), 1) {
    worker::WorkerSettings settings;
    settings.ports = {&lan_port_, &wan_port_};
    settings.sessions = &sessions_;
    settings.lan_peers = &peers_;
    settings.undeliverable_per_second = 100;
    worker_ = std::make_unique<worker::Worker>(settings);
    const Octets too_long =
        ethernet(kLanMac, kPeerMac, 0x0800,
                 ipv4(counting(1480), {}, excess == Excess::dont_fragment ? 0x4000 : 0, kUdp));
    const Octets stranger = ethernet(kAcMac, kPeerMac, 0x0800, ipv4(counting(1460), {}, 0x4000, kUdp));
    std::mt19937 random(1);
    for (const bench::Head& head : bench::make_heads({}, Direction::lan_to_wan, kFrames)) {
      const bool excessive = excess != Excess::none && random() % 100 < percent;
      good_ += excessive ? 0 : 1;
      frames_.push_back(excessive ? (excess == Excess::stranger ? stranger : too_long) : octets_of(head));
    }
  }
  ~Loop() {
    worker_.reset();
    free_all(lan_.in.get());
    lan_port_.close();
    wan_port_.close();
    rte_mempool_free(pool_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// TSC cycles that all frames took, once.
  double pass() {
    double cycles = 0;
    for (unsigned first = 0; first < kFrames; first += bench::kBurst) {
      for (unsigned i = first; i < first + bench::kBurst; ++i) {
        rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
        fill(mbuf, frames_[i]);
        rte_ring_enqueue(lan_.in.get(), mbuf);
      }
      watch_.begin();
      worker_->poll();
      cycles += watch_.cycles();
      sent_ += free_all(wan_.out.get());
      free_all(worker_->undeliverable_ring());
    }
    return cycles;
  }
  [[nodiscard]] unsigned good() const { return good_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

 private:
  static constexpr unsigned kFrames = 100 * bench::kBurst;

  rte_mempool* pool_;
  Memory lan_;
  Memory wan_;
  port::Port lan_port_;
  port::Port wan_port_;
  worker::SessionSnapshots sessions_;
  session::LanPeers peers_{1};
  std::unique_ptr<worker::Worker> worker_;
  std::vector<Octets> frames_;
  bench::Stopwatch watch_;
  unsigned good_ = 0;
  std::uint64_t sent_ = 0;
};

void run(benchmark::State& state, Excess excess, unsigned percent) {
  Loop loop(excess, percent);
  const double tsc_hz = static_cast<double>(rte_get_tsc_hz());
  std::vector<double> passes;
  for (auto _ : state) {
    passes.push_back(loop.pass());
    state.SetIterationTime(passes.back() / tsc_hz);
  }
  if (loop.sent() < loop.good() * passes.size()) state.SkipWithError("good packets were lost");
  const double ns = bench::median(passes) / loop.good() / tsc_hz * 1e9;
  state.counters["ns/good"] = ns;
  state.counters["good Mpps"] = 1e3 / ns;
  state.counters["adds/clock"] = bench::adds_per_clock();
}

void register_benchmarks() {
  for (const auto excess : {Excess::none, Excess::stranger, Excess::dont_fragment, Excess::may_fragment}) {
    const unsigned percent = excess == Excess::none ? 0 : 10;
    const auto name =
        "loop/too long:" + std::to_string(percent) + "%" + kExcessNames[static_cast<int>(excess)];
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
      run(state, excess, percent);
    })->UseManualTime();
  }
}

}  // namespace
}  // namespace narrows::test

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  narrows::test::init_eal();
  narrows::simd::permit_widest();
  narrows::test::register_benchmarks();
  benchmark::RunSpecifiedBenchmarks();
}
