// SPDX-License-Identifier: BSD-3-Clause
/// Where the time of a plain burst goes: each stage of add and of strip by itself, at the widest level, in
/// TSC cycles a packet; of one session, and with each frame of another (told apart by VLANs on the LAN).
/// Three bursts of 32 in a pass, all in L1; frames are put back between passes, untimed.
///
/// Takes EAL's arguments: without any it needs no hugepages; with --in-memory --no-pci it uses reserved ones,
/// and misses no TLB.
#include <fmt/format.h>
#include <rte_mempool.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "eal.h"
#include "frames.h"
#include "narrows/bench/arithmetic.h"
#include "narrows/bench/clock.h"
#include "narrows/bench/quiet.h"
#include "narrows/pipeline/process.h"
#include "narrows/pipeline/settle.h"
#include "pipeline/plain.h"
#include "pipeline/stages.h"
#include "sessions.h"

namespace narrows::test {
namespace {

using namespace pipeline;

constexpr unsigned kBurst = 32;
constexpr unsigned kBursts = 3;
constexpr unsigned kPasses = 5000;
constexpr std::array<std::size_t, 4> kPayload{0, 512, 0, 1412};
constexpr auto kMatch = avx512::match;
constexpr auto kPutHeaders = avx512::kHeaderKernels;

std::vector<session::SessionSpec> sessions(unsigned count) {
  std::vector<session::SessionSpec> specs(count, plain_session());
  for (unsigned i = 0; count > 1 && i < count; ++i) {
    specs[i].id = static_cast<std::uint16_t>(i + 1);
    specs[i].lan_vlan = specs[i].id;
  }
  return specs;
}

struct Stages {
  Stages(Direction of, unsigned sessions);
  ~Stages() { rte_mempool_free(pool); }
  Stages(const Stages&) = delete;
  Stages& operator=(const Stages&) = delete;
  void restore();
  template <typename Before, typename Timed>
  void time(const char* what, Before before, Timed timed);

  Octets frame(unsigned number) const;

  Direction direction;
  unsigned sessions;
  session::SessionTable table{test::sessions(sessions)};
  session::LanPeers peers{sessions};
  stats::WorkerCounters counters{sessions};
  Context context;
  rte_mempool* pool = rte_pktmbuf_pool_create("stages", 255, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
  std::vector<Octets> frames;
  std::array<Burst, kBursts> bursts;
};

/// The session of frame `number` is `number` too, where there are many.
Octets Stages::frame(unsigned number) const {
  const Octets packet = ipv4(tcp(0x10, {}, Octets(kPayload[number % kPayload.size()])));
  const auto id = static_cast<std::uint16_t>(number + 1);
  if (direction == Direction::wan_to_lan)
    return ethernet(kWanMac, kAcMac, 0x8864, pppoe(sessions == 1 ? 0x1234 : id, 0x0021, packet));
  if (sessions == 1) return ethernet(kLanMac, kPeerMac, 0x0800, packet);
  return ethernet(kLanMac, kPeerMac, 0x8100, tag(id, be16(0x0800) + packet));
}

Stages::Stages(Direction of, unsigned count) : direction(of), sessions(count) {
  const bool outward = direction == Direction::lan_to_wan;
  for (unsigned i = 0; i < sessions; ++i) peers.learn(i, wire::to_integer(mac(kPeerMac)));
  context = {.ingress_mac = wire::to_integer(mac(outward ? kLanMac : kWanMac)),
             .ingress_mtu_octets = 1500,
             .sessions = &table,
             .lan_peers = &peers,
             .counters = &counters.direction[index_of(direction)],
             .session_counters = counters.session[index_of(direction)].data()};
  for (unsigned i = 0; i < kBurst * kBursts; ++i) {
    frames.push_back(frame(i));
    bursts[i / kBurst].mbufs[i % kBurst] = rte_pktmbuf_alloc(pool);
  }
}

void Stages::restore() {
  constexpr std::size_t kHeaders = 64;
  for (unsigned i = 0; i < frames.size(); ++i) {
    rte_mbuf* mbuf = bursts[i / kBurst].mbufs[i % kBurst];
    mbuf->data_off = RTE_PKTMBUF_HEADROOM;
    mbuf->pkt_len = mbuf->data_len = static_cast<std::uint16_t>(frames[i].size());
    std::memcpy(rte_pktmbuf_mtod(mbuf, void*), frames[i].data(), std::min(kHeaders, frames[i].size()));
  }
}

template <typename Before, typename Timed>
void Stages::time(const char* what, Before before, Timed timed) {
  std::vector<double> passes;
  const std::uint64_t clock = bench::clock_cycles();
  for (unsigned pass = 0; pass < kPasses; ++pass) {
    restore();
    for (Burst& burst : bursts) {
      burst.size = kBurst;
      before(burst);
    }
    const std::uint64_t start = rte_rdtsc_precise();
    for (Burst& burst : bursts) timed(burst);
    passes.push_back(static_cast<double>(rte_rdtsc_precise() - start - clock));
  }
  fmt::print("{:10} {:4} {:28} {:6.1f} cycles a packet, {:.1f} additions a cycle\n",
             kDirectionNames[index_of(direction)], sessions, what, bench::median(passes) / (kBurst * kBursts),
             bench::adds_per_clock());
}

template <Direction direction>
void run(unsigned sessions) {
  Stages stages(direction, sessions);
  const Context& context = stages.context;
  Sorted sorted;
  const auto process = select_process(config::Mode::terminate, direction, simd::Level::avx512);
  const auto classify = [&](Burst& burst) {
    burst.group_count = 0;
    burst.grouped = burst.too_long = burst.syn = 0;
    burst.in_groups_alone = false;
    if (classify_plain<config::Mode::terminate, direction>(burst, context, kMatch) == 0) std::abort();
  };
  const auto whole = [&](Burst& burst) { process(burst, context); };
  const auto nothing = [](Burst&) {};
  stages.time("all", nothing, [&](Burst& burst) {
    process(burst, context);
    sort_out(burst, sorted);
    account(burst, context);
  });
  const wire::Shapes& shapes = stages.table.shapes(ingress_of(direction));
  stages.time("match kernel", nothing, [&](Burst& burst) {
    Match match;
    kMatch({.mbufs = burst.mbufs.data(),
            .size = burst.size,
            .shape = &wire::shape_to_try(shapes, rte_pktmbuf_mtod(burst.mbufs[0], const std::uint8_t*)),
            .source = 0,
            .max_ip_octets = 1492,
            .max_frame_octets = 0xffff,
            .ip_octets = burst.ip_octets.data()},
           match);
  });
  stages.time("classify, with that kernel", nothing, classify);
  stages.time("headers", classify, [&](Burst& burst) {
    if constexpr (direction == Direction::lan_to_wan)
      add_headers(burst, context, kPutHeaders);
    else
      strip_headers(burst, context, kPutHeaders);
  });
  stages.time("prefetch, classify, headers", nothing, whole);
  stages.time("sort out", whole, [&](Burst& burst) { sort_out(burst, sorted); });
  stages.time("account", whole, [&](Burst& burst) { account(burst, context); });
}

}  // namespace
}  // namespace narrows::test

int main(int argc, char** argv) {
  if (argc > 1 ? rte_eal_init(argc, argv) < 0 : (narrows::test::init_eal(), false)) return 1;
  const auto levels = narrows::simd::levels();
  if (levels.back() != narrows::simd::Level::avx512) {
    fmt::print("stages_bench: this CPU has no {}\n", narrows::simd::name_of(narrows::simd::Level::avx512));
    return 1;
  }
  for (const unsigned sessions : {1u, 4000u}) {
    narrows::test::run<narrows::Direction::lan_to_wan>(sessions);
    narrows::test::run<narrows::Direction::wan_to_lan>(sessions);
  }
}
