// SPDX-License-Identifier: BSD-3-Clause
/// What packets that are too long cost the others: the data path, LAN to WAN, with a share of the frames too
/// long for the session.
#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "data_path.h"
#include "narrows/bench/arithmetic.h"
#include "narrows/bench/quiet.h"

namespace narrows::test {
namespace {

constexpr unsigned kFrames = 100 * bench::kBurst;

/// `stranger`: not too long, but for another station; what a dropped frame costs that nobody is told of.
enum class Excess { none, stranger, dont_fragment, may_fragment };
constexpr const char* kExcessNames[] = {"", " for another station", " DF", " no DF"};

struct Mix {
  std::vector<Octets> frames;
  unsigned good = 0;
};

Mix make_mix(Excess excess, unsigned percent) {
  const Octets too_long =
      ethernet(kLanMac, kPeerMac, 0x0800,
               ipv4(counting(1480), {}, excess == Excess::dont_fragment ? 0x4000 : 0, kUdp));
  const Octets stranger = ethernet(kAcMac, kPeerMac, 0x0800, ipv4(counting(1460), {}, 0x4000, kUdp));
  Mix mix;
  std::mt19937 random(1);
  for (const bench::Head& head : bench::make_heads({}, Direction::lan_to_wan, kFrames)) {
    const bool excessive = excess != Excess::none && random() % 100 < percent;
    mix.good += excessive ? 0 : 1;
    mix.frames.push_back(excessive ? (excess == Excess::stranger ? stranger : too_long) : octets_of(head));
  }
  return mix;
}

void run(benchmark::State& state, Excess excess, unsigned percent) {
  Mix mix = make_mix(excess, percent);
  DataPath loop(Side::lan, std::move(mix.frames));
  const double tsc_hz = static_cast<double>(rte_get_tsc_hz());
  std::vector<double> passes;
  for (auto _ : state) {
    passes.push_back(loop.pass());
    state.SetIterationTime(passes.back() / tsc_hz);
  }
  if (loop.sent() < mix.good * passes.size()) state.SkipWithError("good packets were lost");
  const double ns = bench::median(passes) / mix.good / tsc_hz * 1e9;
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
