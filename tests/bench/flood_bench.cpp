// SPDX-License-Identifier: BSD-3-Clause
/// What a frame of each kind of flood costs the worker, beside a good one of 64 octets: a flood whose frames
/// cost no more than good ones takes from the others what as many good frames would, and no more.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "data_path.h"
#include "narrows/bench/arithmetic.h"
#include "narrows/bench/quiet.h"

namespace narrows::test {
namespace {

constexpr unsigned kFrames = 100 * bench::kBurst;

struct Kind {
  const char* name;
  Side side;
  Octets frame;
  bool drained = true;  ///< by the control thread
};

Octets from_lan(const Octets& packet, unsigned ethertype = 0x0800) {
  return padded(ethernet(kLanMac, kPeerMac, ethertype, packet));
}

Octets from_wan(unsigned protocol, const Octets& packet, unsigned session = 0x1234) {
  return padded(ethernet(kWanMac, kAcMac, 0x8864, pppoe(session, protocol, packet)));
}

std::vector<Kind> kinds() {
  const Octets data = ipv4(tcp(kAck));
  const Octets syn = ipv4(tcp(kSyn, mss_option(1460)));
  const Octets forty = ipv4(tcp(kSyn, Octets(36, 1) + mss_option(1460)));
  const Octets arp = padded(ethernet(Octets(6, 0xff), kPeerMac, 0x0806, Octets(46)));
  const Octets discovery = padded(ethernet(kWanMac, kAcMac, 0x8863, Octets(46)));
  return {
      {"lan: good", Side::lan, from_lan(data)},
      {"lan: SYN", Side::lan, from_lan(syn)},
      {"lan: SYN, MSS behind 36 NOPs", Side::lan, from_lan(forty)},
      {"lan: to another station", Side::lan, padded(ethernet(kAcMac, kPeerMac, 0x0800, data))},
      {"lan: of no VLAN", Side::lan,
       padded(ethernet(kLanMac, kPeerMac, 0x8100, tag(99, be16(0x0800) + data)))},
      {"lan: bad IP", Side::lan, from_lan(with8(data, 0, 0x41))},
      {"lan: 1500 octets, DF", Side::lan, from_lan(ipv4(counting(1480), {}, kDontFragment, kUdp))},
      {"lan: 1500 octets, to be fragmented", Side::lan, from_lan(ipv4(counting(1480), {}, 0, kUdp))},
      {"lan: ARP, taken", Side::lan, arp},
      {"lan: ARP, ring full", Side::lan, arp, false},
      {"wan: good", Side::wan, from_wan(0x0021, data)},
      {"wan: SYN", Side::wan, from_wan(0x0021, syn)},
      {"wan: unknown session", Side::wan, from_wan(0x0021, data, 0x4321)},
      {"wan: discovery, taken", Side::wan, discovery},
      {"wan: discovery, ring full", Side::wan, discovery, false},
      {"wan: LCP, taken", Side::wan, from_wan(0xc021, Octets(8))},
      {"wan: LCP, ring full", Side::wan, from_wan(0xc021, Octets(8)), false},
  };
}

void run(benchmark::State& state, const Kind& kind) {
  DataPath loop(kind.side, std::vector<Octets>(kFrames, kind.frame));
  loop.drain_punts(kind.drained);
  const auto tsc_hz = static_cast<double>(rte_get_tsc_hz());
  std::vector<double> passes;
  for (auto _ : state) {
    passes.push_back(loop.pass());
    state.SetIterationTime(passes.back() / tsc_hz);
  }
  state.counters["ns/frame"] = bench::median(passes) / kFrames / tsc_hz * 1e9;
  state.counters["adds/clock"] = bench::adds_per_clock();
}

}  // namespace
}  // namespace narrows::test

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  narrows::test::init_eal();
  narrows::simd::permit_widest();
  for (const auto& kind : narrows::test::kinds())
    benchmark::RegisterBenchmark(kind.name, [kind](benchmark::State& state) {
      narrows::test::run(state, kind);
    })->UseManualTime();
  benchmark::RunSpecifiedBenchmarks();
}
