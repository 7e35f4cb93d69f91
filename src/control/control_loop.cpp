// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/control_loop.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <utility>

#include "narrows/worker/punt_note.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;

constexpr Time kTickInterval = 50ms;
constexpr unsigned kFramesATurn = 64;

/// Takes up to kFramesATurn frames out of a ring, shows each to `handle` and frees it.
template <typename Handle>
unsigned drain(rte_ring* ring, Handle handle) {
  std::array<rte_mbuf*, kFramesATurn> mbufs;
  const unsigned frames =
      rte_ring_dequeue_burst(ring, reinterpret_cast<void**>(mbufs.data()), kFramesATurn, nullptr);
  for (unsigned i = 0; i < frames; ++i) {
    rte_mbuf* mbuf = mbufs[i];
    // The first segment is all of any frame the control plane answers; a longer one fails its checks.
    handle(worker::read_note(*mbuf), std::span(rte_pktmbuf_mtod(mbuf, const std::uint8_t*), mbuf->data_len));
    rte_pktmbuf_free(mbuf);
  }
  return frames;
}

}  // namespace

ControlLoop::ControlLoop(Plane& plane, std::span<const std::unique_ptr<worker::Worker>> workers,
                         std::function<bool(Side)> has_link, Time answers_interval)
    : plane_(plane), workers_(workers), has_link_(std::move(has_link)), answers_interval_(answers_interval) {}

unsigned ControlLoop::poll(Time now) {
  unsigned frames = 0;
  for (const auto& worker : workers_) frames += drain_punts(*worker, now);
  if (now >= next_answers_) drain_undeliverable(now);
  if (now >= next_tick_) tick(now);
  plane_.poll(now);
  return frames;
}

/// That a port has a link from the start is nothing to tell.
void ControlLoop::look_at_links(Time now) {
  for (const auto side : {Side::lan, Side::wan}) {
    const bool has_link = has_link_(side);
    if (std::exchange(had_link_[index_of(side)], has_link) != has_link) plane_.tell_link(side, has_link);
    if (side == Side::wan) plane_.set_line(has_link, now);
  }
}

void ControlLoop::tick(Time now) {
  next_tick_ = now + kTickInterval;
  look_at_links(now);
  const std::size_t sessions_now = plane_.session_places();
  no_lan_peer_.assign(sessions_now, 0);
  from_wan_.assign(sessions_now, 0);
  Traffic traffic{no_lan_peer_, from_wan_};
  for (const auto& worker : workers_) {
    for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan})
      traffic.super_frames[index_of(ingress_of(direction))] +=
          worker->counters()
              .direction[index_of(direction)]
              .dropped[index_of(stats::DropReason::super_frame)]
              .value();
    const auto& sessions = worker->counters().session[index_of(Direction::wan_to_lan)];
    for (std::size_t session = 0; session < no_lan_peer_.size(); ++session) {
      const std::uint64_t dropped =
          sessions[session].dropped[index_of(stats::DropReason::no_lan_peer)].value();
      no_lan_peer_[session] += dropped;
      from_wan_[session] += sessions[session].packets.value() + dropped;
    }
  }
  plane_.tick(now, traffic);
}

unsigned ControlLoop::drain_punts(const worker::Worker& worker, Time now) {
  return drain(worker.punt_ring(), [&](worker::PuntNote note, std::span<const std::uint8_t> frame) {
    plane_.handle_punt(note.from, note.session, frame, now);
  });
}

void ControlLoop::drain_undeliverable(Time now) {
  next_answers_ = now + answers_interval_;
  for (const auto& worker : workers_) {
    unsigned drained = 0;
    do {
      drained = drain(worker->undeliverable_ring(),
                      [&](worker::PuntNote note, std::span<const std::uint8_t> frame) {
                        plane_.handle_undeliverable(note.from, note.session, note.reason, frame, now);
                      });
    } while (answers_interval_ == Time{0} && drained != 0);
  }
}

}  // namespace narrows::control
