// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/control_loop.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <array>

#include "narrows/worker/punt_note.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;

constexpr Time kTickInterval = 50ms;
constexpr unsigned kFramesATurn = 64;

}  // namespace

ControlLoop::ControlLoop(ControlPlane& plane, std::span<const std::unique_ptr<worker::Worker>> workers,
                         std::size_t sessions)
    : plane_(plane), workers_(workers), no_lan_peer_(sessions) {}

unsigned ControlLoop::poll(Time now) {
  unsigned frames = 0;
  for (const auto& worker : workers_) frames += drain(*worker, now);
  if (now < next_tick_) return frames;
  next_tick_ = now + kTickInterval;

  std::ranges::fill(no_lan_peer_, 0);
  for (const auto& worker : workers_) {
    const auto& sessions = worker->counters().session[index_of(Direction::wan_to_lan)];
    for (std::size_t session = 0; session < no_lan_peer_.size(); ++session)
      no_lan_peer_[session] += sessions[session].dropped[index_of(stats::DropReason::no_lan_peer)].value();
  }
  plane_.tick(now, no_lan_peer_);
  return frames;
}

unsigned ControlLoop::drain(const worker::Worker& worker, Time now) {
  std::array<rte_mbuf*, kFramesATurn> mbufs;
  const unsigned frames = rte_ring_dequeue_burst(worker.punt_ring(), reinterpret_cast<void**>(mbufs.data()),
                                                 kFramesATurn, nullptr);
  for (unsigned i = 0; i < frames; ++i) {
    rte_mbuf* mbuf = mbufs[i];
    const worker::PuntNote note = worker::read_note(*mbuf);
    // The first segment is all of any frame the control plane answers; a longer one fails its checks.
    plane_.handle_punt(note.from, note.session,
                       std::span(rte_pktmbuf_mtod(mbuf, const std::uint8_t*), mbuf->data_len), now);
    rte_pktmbuf_free(mbuf);
  }
  return frames;
}

}  // namespace narrows::control
