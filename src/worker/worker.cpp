// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/worker.h"

#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_errno.h>

#include <bit>
#include <stdexcept>

#include "narrows/worker/idle.h"
#include "narrows/worker/punt_note.h"

namespace narrows::worker {
namespace {

constexpr unsigned kPuntFrames = 512;
constexpr unsigned kUndeliverableFrames = 256;
constexpr unsigned kInjectFrames = 512;

MbufRing make_ring(std::string_view use, std::uint16_t worker, unsigned frames, int node) {
  const auto name = fmt::format("{}_{}", use, worker);
  MbufRing ring(rte_ring_create(name.c_str(), frames, node, RING_F_SP_ENQ | RING_F_SC_DEQ));
  if (ring == nullptr) throw std::runtime_error(fmt::format("ring {}: {}", name, rte_strerror(rte_errno)));
  return ring;
}

pipeline::Context make_context(const WorkerSettings& settings, Direction direction,
                               stats::WorkerCounters& counters) {
  const port::Port& ingress = *settings.ports[index_of(ingress_of(direction))];
  const port::Port& egress = *settings.ports[index_of(egress_of(direction))];
  return {.ingress_mac = wire::to_integer(ingress.mac()),
          .ingress_mtu_octets = ingress.settings().frame.mtu_octets,
          .max_frame_octets = std::uint32_t{egress.settings().frame.mtu_octets} + wire::kMaxEthernetOctets,
          .max_mss = settings.max_mss[index_of(direction)],
          .tunnel_mtu_octets = settings.tunnel_mtu_octets,
          .direction = direction,
          .config = settings.config,
          .learned = settings.learned,
          .worker = settings.index,
          .finish_partial_checksums = port::may_hand_over_partial_checksums(ingress.driver()),
          .hardware_checksum = egress.settings().transmit_checksum,
          .sessions = settings.sessions->current(),
          .addresses = settings.addresses,
          .lan_peers = settings.lan_peers,
          .counters = &counters.direction[index_of(direction)],
          .session_counters = counters.session[index_of(direction)].data()};
}

}  // namespace

void MbufRingDeleter::operator()(rte_ring* ring) const noexcept {
  void* mbuf = nullptr;
  while (rte_ring_dequeue(ring, &mbuf) == 0) rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
  rte_ring_free(ring);
}

Worker::Worker(const WorkerSettings& settings)
    : counters_(settings.sessions->current()->size()),
      settings_(settings),
      undeliverable_gate_(
          settings.sessions->current()->size(),
          settings.undeliverable_per_second == 0 ? 0 : rte_get_tsc_hz() / settings.undeliverable_per_second) {
  for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan}) {
    contexts_[index_of(direction)] = make_context(settings_, direction, counters_);
    process_[index_of(direction)] = pipeline::select_process(settings_.mode, direction, settings_.level);
  }
  punt_ring_ = make_ring("punt", settings_.index, kPuntFrames, settings_.node);
  undeliverable_ring_ = make_ring("undeliverable", settings_.index, kUndeliverableFrames, settings_.node);
  for (const auto side : {Side::lan, Side::wan})
    inject_rings_[index_of(side)] = make_ring(fmt::format("inject_{}", kSideNames[index_of(side)]),
                                              settings_.index, kInjectFrames, settings_.node);
  if (settings_.idle == IdleMethod::interrupt) {
    wakeup_.open();
    frame_wait_.emplace(settings_.ports, settings_.index, wakeup_);
  }
}

Worker::~Worker() {
  for (const auto& waiting : waiting_)
    for (auto i = waiting.first; i < waiting.size; ++i) rte_pktmbuf_free(waiting.mbufs[i]);
}

void Worker::run() noexcept {
  settings_.sessions->begin_reading(settings_.index);
  Idle idle({.method = settings_.idle,
             .worker = settings_.index,
             .ports = settings_.ports,
             .sessions = *settings_.sessions,
             .counters = counters_,
             .wait = frame_wait_ ? &*frame_wait_ : nullptr,
             .longest_wait = settings_.longest_wait});
  while (!stop_.load(std::memory_order_relaxed)) {
    if (poll() != 0)
      idle.busy();
    else
      idle.rest();
    settings_.sessions->pause(settings_.index);
  }
  settings_.sessions->end_reading(settings_.index);
}

unsigned Worker::poll() noexcept {
  for (auto& context : contexts_) context.sessions = settings_.sessions->current();
  const unsigned injected = inject(Side::lan) + inject(Side::wan);
  const unsigned frames = move(Direction::lan_to_wan) + move(Direction::wan_to_lan);
  counters_.polls.add(1);
  if (frames != 0) counters_.busy_polls.add(1);
  return frames + injected;
}

unsigned Worker::move(Direction direction) noexcept {
  const port::Port& ingress = *settings_.ports[index_of(ingress_of(direction))];
  const pipeline::Context& context = contexts_[index_of(direction)];
  burst_.size = ingress.receive(settings_.index, burst_.mbufs.data(), settings_.burst);
  if (burst_.size == 0) return 0;

  process_[index_of(direction)](burst_, context);
  if (burst_.watched != 0) show(direction);
  pipeline::sort_out(burst_, sorted_);
  if (sorted_.punt.size != 0) punt(direction);
  if (sorted_.forward.size != 0) send(direction);
  if (sorted_.undeliverable.size != 0) hand_over_undeliverable(direction);
  pipeline::account(burst_, context);
  return burst_.size;
}

/// Copies of the watched frames go to the control thread, as many as have room: a flood costs what that
/// thread gets done. The frames themselves are forwarded whatever becomes of the copies.
void Worker::show(Direction direction) noexcept {
  std::uint64_t missed = 0;
  for (std::uint64_t watched = burst_.watched; watched != 0; watched &= watched - 1) {
    const rte_mbuf& frame = *burst_.mbufs[static_cast<unsigned>(std::countr_zero(watched))];
    rte_mbuf* copy = rte_ring_full(punt_ring_.get()) == 1
                         ? nullptr
                         : rte_pktmbuf_copy(&frame, frame.pool, 0, frame.pkt_len);
    if (copy == nullptr) {
      ++missed;
      continue;
    }
    write_note(*copy, {ingress_of(direction), session::kNone});
    rte_ring_enqueue(punt_ring_.get(), copy);  // has room: this worker alone fills it
  }
  if (missed != 0)
    counters_.direction[index_of(direction)].odd[index_of(stats::OddCase::watch_missed)].add(missed);
}

void Worker::punt(Direction direction) noexcept {
  const pipeline::Selection& punt = sorted_.punt;
  for (std::uint16_t i = 0; i < punt.size; ++i)
    write_note(*punt.mbufs[i], {ingress_of(direction), burst_.session[punt.place[i]]});
  const auto taken = static_cast<std::uint16_t>(rte_ring_enqueue_burst(
      punt_ring_.get(), reinterpret_cast<void* const*>(punt.mbufs.data()), punt.size, nullptr));
  pipeline::drop_rest(burst_, punt, taken, stats::DropReason::punt_full);
}

void Worker::hand_over_undeliverable(Direction direction) noexcept {
  const std::uint64_t now = rte_rdtsc();
  const pipeline::Selection& frames = sorted_.undeliverable;
  std::array<rte_mbuf*, pipeline::kMaxBurst> refused;
  unsigned refusals = 0;
  for (std::uint16_t i = 0; i < frames.size; ++i) {
    rte_mbuf* mbuf = frames.mbufs[i];
    const std::uint8_t place = frames.place[i];
    const std::uint16_t session = burst_.session[place];
    refused[refusals++] = mbuf;
    if (!undeliverable_gate_.admits(session, now)) continue;
    write_note(*mbuf, {ingress_of(direction), session, pipeline::reason_of(burst_.verdict[place])});
    if (rte_ring_enqueue(undeliverable_ring_.get(), mbuf) == 0) --refusals;
  }
  rte_pktmbuf_free_bulk(refused.data(), refusals);
}

void Worker::send(Direction direction) noexcept {
  pipeline::Selection& forward = sorted_.forward;
  const port::Port& egress = *settings_.ports[index_of(egress_of(direction))];
  if (burst_.checksum_by_port != 0) {
    // Refused only by drivers that check the marks; what follows a refused frame is lost with it, so that
    // order and counting stay simple where nothing is ever refused in practice.
    const std::uint16_t accepted = egress.prepare(settings_.index, forward.mbufs.data(), forward.size);
    pipeline::drop_rest(burst_, forward, accepted, stats::DropReason::tx_refused);
    forward.size = accepted;
  }
  const std::uint16_t sent = egress.send(settings_.index, forward.mbufs.data(), forward.size);
  pipeline::drop_rest(burst_, forward, sent, stats::DropReason::tx_full);
}

unsigned Worker::inject(Side side) noexcept {
  InjectQueue& waiting = waiting_[index_of(side)];
  if (waiting.first == waiting.size) {
    waiting.first = 0;
    waiting.size = static_cast<std::uint16_t>(
        rte_ring_dequeue_burst(inject_rings_[index_of(side)].get(),
                               reinterpret_cast<void**>(waiting.mbufs.data()), settings_.burst, nullptr));
    if (waiting.size == 0) return 0;
  }
  const auto left = static_cast<std::uint16_t>(waiting.size - waiting.first);
  const std::uint16_t sent =
      settings_.ports[index_of(side)]->send(settings_.index, waiting.mbufs.data() + waiting.first, left);
  waiting.first = static_cast<std::uint16_t>(waiting.first + sent);
  counters_.originated[index_of(side)].add(sent);
  return sent;
}

}  // namespace narrows::worker
