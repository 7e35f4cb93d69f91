// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/stage_bench.h"

#include <rte_mbuf.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "narrows/bench/arithmetic.h"
#include "narrows/bench/quiet.h"

namespace narrows::bench {
namespace {

static_assert(kHotFrames % kBurst == 0);

constexpr unsigned kHotPasses = 201;
constexpr unsigned kL3Passes = 3;
/// Timed in one piece: short enough that most pieces are not interrupted, and long enough to hide the clock.
constexpr std::size_t kTimedFrames = 512;

Direction direction_of(const Setting& setting) {
  return setting.what == Case::strip ? Direction::wan_to_lan : Direction::lan_to_wan;
}

std::size_t frames_of(const Setting& setting) {
  return setting.memory == Memory::hot ? kHotFrames : l3_frames();
}

/// How often somebody else had this core because the kernel wanted it so.
long preemptions() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

pipeline::Context make_context(const Setting& setting, const session::SessionTable& sessions,
                               session::LanPeers& lan_peers, stats::WorkerCounters& counters) {
  const Direction direction = direction_of(setting);
  pipeline::Context context;
  context.ingress_mac = wire::to_integer(direction == Direction::lan_to_wan ? kLanMac : kWanMac);
  context.ingress_mtu_octets = 1500;
  context.max_frame_octets = 1500 + wire::kMaxEthernetOctets;
  context.max_mss = {1452, 1432};
  context.direction = direction;
  context.sessions = &sessions;
  context.lan_peers = &lan_peers;
  context.counters = &counters.direction[index_of(direction)];
  context.session_counters = counters.session[index_of(direction)].data();
  return context;
}

}  // namespace

std::size_t l3_frames() noexcept {
  constexpr std::size_t kFrameOctets = 256;
  constexpr std::size_t kLeast = 16384;
  constexpr std::size_t kMost = 65536;
  const std::size_t wanted = 4 * l2_octets() / kFrameOctets;
  return std::clamp(wanted, kLeast, kMost) / kBurst * kBurst;
}

StageBench::StageBench(const Setting& setting, rte_mempool* pool)
    : setting_(setting),
      heads_(make_heads(setting, direction_of(setting), frames_of(setting))),
      mbufs_(heads_.size()),
      sessions_(make_sessions(setting)),
      lan_peers_(setting.sessions),
      counters_(setting.sessions),
      context_(make_context(setting_, sessions_, lan_peers_, counters_)) {
  if (rte_pktmbuf_alloc_bulk(pool, mbufs_.data(), static_cast<unsigned>(mbufs_.size())) != 0)
    throw std::runtime_error("narrows bench: out of packet buffers");
  for (std::size_t i = 0; i < setting.sessions; ++i) lan_peers_.learn(i, wire::to_integer(kPeerMac));
  // Buffers come back from a real port in no order.
  std::ranges::shuffle(mbufs_, random_);
  order_ = mbufs_;
}

StageBench::~StageBench() {
  rte_pktmbuf_free_bulk(mbufs_.data(), static_cast<unsigned>(mbufs_.size()));
}

void StageBench::restore() {
  for (std::size_t i = 0; i < heads_.size(); ++i) heads_[i].put_into(*mbufs_[i]);
  if (setting_.memory == Memory::hot) std::ranges::shuffle(order_, random_);
}

/// TSC cycles of frames [first, end).
double StageBench::time(pipeline::Process process, std::size_t first, std::size_t end) {
  std::size_t forwarded = 0;
  watch_.begin();
  for (std::size_t next = first; next < end; next += kBurst) {
    burst_.size = kBurst;
    std::copy_n(order_.begin() + static_cast<std::ptrdiff_t>(next), kBurst, burst_.mbufs.begin());
    process(burst_, context_);
    pipeline::sort_out(burst_, sorted_);
    pipeline::account(burst_, context_);
    forwarded += sorted_.forward.size;
  }
  const double cycles = watch_.cycles();
  if (forwarded != end - first) throw std::runtime_error("narrows bench: a good frame was not forwarded");
  return cycles;
}

/// All frames once, the time of each kTimedFrames into `times`.
void StageBench::pass(pipeline::Process process, std::vector<double>& times) {
  restore();
  for (std::size_t first = 0; first < order_.size(); first += kTimedFrames) {
    const std::size_t end = std::min(first + kTimedFrames, order_.size());
    times.push_back(time(process, first, end) / static_cast<double>(end - first));
  }
}

Sample StageBench::sample(simd::Level level) {
  const auto process = pipeline::select_process(
      setting_.what == Case::transparent ? config::Mode::transparent : config::Mode::terminate,
      direction_of(setting_), level);
  const unsigned passes = setting_.memory == Memory::hot ? kHotPasses : kL3Passes;
  std::vector<double> times;
  for (unsigned done = 0, tried = 0; done < passes; ++tried) {
    const long before = preemptions();
    const std::size_t size = times.size();
    pass(process, times);
    // Whoever had the core meanwhile has had the caches too. On a core that is never left alone there is a
    // limit.
    if (preemptions() == before || tried >= 3 * passes)
      ++done;
    else
      times.resize(size);
  }
  return {.cycles = median(std::move(times))};
}

}  // namespace narrows::bench
