// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/worker.h"

#include <fmt/format.h>
#include <rte_cycles.h>

#include <algorithm>
#include <bit>

#include "narrows/worker/idle.h"
#include "narrows/worker/punt_note.h"

namespace narrows::worker {
namespace {

constexpr double kNsPerSecond = 1e9;
constexpr unsigned kPuntFrames = 512;
/// Of one session and direction, a second, that may take the last places in the punt ring: far more than
/// negotiating, asking for echoes or for addresses takes.
constexpr std::uint32_t kPuntShare = 100;
constexpr unsigned kUndeliverableFrames = 256;
constexpr unsigned kInjectFrames = 512;

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
          .session_counters = counters.session[index_of(direction)].data(),
          .account = settings.account};
}

std::size_t session_room(const WorkerSettings& settings) {
  return std::max(settings.session_room, settings.sessions->current()->size());
}

/// In TSC ticks.
std::uint64_t gate_interval(std::uint32_t per_second) {
  return per_second == 0 ? 0 : rte_get_tsc_hz() / per_second;
}

}  // namespace

Worker::Worker(const WorkerSettings& settings)
    : counters_(session_room(settings)),
      settings_(settings),
      ns_per_tick_(kNsPerSecond / static_cast<double>(rte_get_tsc_hz())),
      punt_gates_{SessionGate(session_room(settings), gate_interval(kPuntShare)),
                  SessionGate(session_room(settings), gate_interval(kPuntShare))},
      undeliverable_gate_(session_room(settings), gate_interval(settings.undeliverable_per_second)),
      capture_point_(settings.captures, settings.index) {
  for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan}) {
    contexts_[index_of(direction)] = make_context(settings_, direction, counters_);
    process_[index_of(direction)] = settings_.account == nullptr
                                        ? pipeline::select_process(settings_.mode, direction, settings_.level)
                                        : pipeline::select_explaining_process(settings_.mode, direction);
  }
  const auto ring = [this](std::string_view use, unsigned frames) {
    return make_mbuf_ring(fmt::format("{}_{}", use, settings_.index), frames, settings_.node);
  };
  punt_ring_ = ring("punt", kPuntFrames);
  undeliverable_ring_ = ring("undeliverable", kUndeliverableFrames);
  inject_rings_[index_of(Side::lan)] = ring("inject_lan", kInjectFrames);
  inject_rings_[index_of(Side::wan)] = ring("inject_wan", kInjectFrames);
  for (const auto side : {Side::lan, Side::wan}) connect(side);
  if (settings_.idle == IdleMethod::interrupt) {
    wakeup_.open();
    frame_wait_.emplace(settings_.ports, settings_.index, wakeup_);
  }
}

Worker::~Worker() = default;

void Worker::limit_undeliverable(std::uint32_t per_second) noexcept {
  undeliverable_gate_.set_interval(gate_interval(per_second));
}

void Worker::connect(Side side) {
  const std::uint16_t self = settings_.index;
  Intake& intake = intakes_[index_of(side)];
  intake.has_queue = self < settings_.ports[index_of(side)]->settings().receive_queues;
  if (const SpreadRings* spread = settings_.spread[index_of(side)]; spread != nullptr) {
    const Direction direction = side == Side::lan ? Direction::lan_to_wan : Direction::wan_to_lan;
    if (self == spread->poller()) intake.spreader.emplace(*spread, counters_.direction[index_of(direction)]);
    intake.ring = spread->ring(self);
  }
  Outlet& outlet = outlets_[index_of(side)];
  outlet.queue = self;
  outlet.inject.emplace(inject_ring(side));
  if (const TransmitRings* transmit = settings_.transmit[index_of(side)]; transmit != nullptr) {
    outlet.queue = transmit->queue_of(self);
    outlet.ring = transmit->ring(self);
    for (rte_ring* ring : transmit->rings_to(self)) outlet.of_others.emplace_back(ring);
  }
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

/// The newest table; where MTUs belong to no session, the limits are in it as well.
void Worker::take_sessions() noexcept {
  const session::SessionTable* table = settings_.sessions->current();
  for (auto& context : contexts_) context.sessions = table;
  const session::LinkLimits* link = table->link();
  if (link == nullptr) return;
  for (auto& context : contexts_) {
    context.max_mss = link->max_mss[index_of(context.direction)];
    context.tunnel_mtu_octets = link->tunnel_mtu_octets;
    context.config = &link->config;
  }
}

unsigned Worker::poll() noexcept {
  take_sessions();
  capture_point_.begin_turn();
  const unsigned of_others = send_of_others(Side::lan) + send_of_others(Side::wan);
  const unsigned frames = move(Direction::lan_to_wan) + move(Direction::wan_to_lan);
  count_poll(frames);
  return frames + of_others;
}

/// All ticks are those of some poll: what lies between two, a sleep for one, counts to the second.
void Worker::count_poll(unsigned frames) noexcept {
  const std::uint64_t now = rte_rdtsc();
  const std::uint64_t ticks = polled_at_ == 0 ? 0 : now - polled_at_;
  polled_at_ = now;
  counters_.polls.add(1);
  counters_.ticks.add(ticks);
  if (frames == 0) return;
  counters_.busy_polls.add(1);
  counters_.busy_ticks.add(ticks);
}

/// Fills the burst with frames that are this worker's to process. Returns how many it met: a poller hands
/// some on.
unsigned Worker::receive(Direction direction) noexcept {
  Intake& intake = intakes_[index_of(ingress_of(direction))];
  const port::Port& ingress = *settings_.ports[index_of(ingress_of(direction))];
  if (intake.ring != nullptr) {
    burst_.size = take(intake.ring, burst_.mbufs.data(), settings_.burst);
    return burst_.size;
  }
  if (intake.spreader) {
    const std::uint16_t received = ingress.receive(0, burst_.mbufs.data(), settings_.burst);
    CapturePoint* capture = capture_point_.is_on() ? &capture_point_ : nullptr;
    burst_.size = received == 0 ? received : intake.spreader->spread(burst_.mbufs.data(), received, capture);
    return received;
  }
  burst_.size = intake.has_queue ? ingress.receive(settings_.index, burst_.mbufs.data(), settings_.burst)
                                 : std::uint16_t{0};
  return burst_.size;
}

unsigned Worker::move(Direction direction) noexcept {
  const pipeline::Context& context = contexts_[index_of(direction)];
  const unsigned met = receive(direction);
  if (burst_.size == 0) return met;
  counters_.bursts[stats::burst_size_row(burst_.size)].add(1);
  const std::uint64_t received_at = --until_timed_ == 0 ? rte_rdtsc() : 0;
  if (capture_point_.is_on()) [[unlikely]]
    capture_point_.received(ingress_of(direction), {burst_.mbufs.data(), burst_.size});

  process_[index_of(direction)](burst_, context);
  if (burst_.watched != 0) show(direction);
  pipeline::sort_out(burst_, sorted_);
  if (sorted_.punt.size != 0) punt(direction);
  if (sorted_.forward.size != 0) send(direction);
  if (until_timed_ == 0) count_latency(direction, received_at);
  if (capture_point_.is_on()) [[unlikely]]
    capture_point_.settle(burst_);
  if (sorted_.undeliverable.size != 0) hand_over_undeliverable(direction);
  pipeline::account(burst_, context);
  return met;
}

void Worker::count_latency(Direction direction, std::uint64_t received_at) noexcept {
  until_timed_ = stats::kLatencySample;
  if (sorted_.forward.size == 0) return;
  const auto ns = static_cast<std::uint64_t>(static_cast<double>(rte_rdtsc() - received_at) * ns_per_tick_);
  stats::LatencyCounters& latency = counters_.latency[index_of(direction)];
  latency.bursts[stats::latency_row(ns)].add(1);
  latency.ns.add(ns);
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

/// In the order of their arrival. What control frames come from whom is decided by others: so nobody's flood
/// fills the ring, but that of so many sessions, each within its share.
void Worker::punt(Direction direction) noexcept {
  const pipeline::Selection& punt = sorted_.punt;
  const std::uint64_t now = rte_rdtsc();
  unsigned room = rte_ring_free_count(punt_ring_.get());  // only this worker makes it less
  refused_.clear();
  for (std::uint16_t i = 0; i < punt.size; ++i) {
    rte_mbuf* mbuf = punt.mbufs[i];
    const std::uint16_t session = burst_.session[punt.place[i]];
    const bool in_share = session != session::kNone && punt_gates_[index_of(direction)].admits(session, now);
    if (room <= (in_share ? 0 : kPuntReserve)) {
      refused_.append(mbuf, punt.place[i]);
      continue;
    }
    write_note(*mbuf, {ingress_of(direction), session});
    rte_ring_enqueue(punt_ring_.get(), mbuf);
    --room;
  }
  if (refused_.size != 0) pipeline::drop_rest(burst_, refused_, 0, stats::DropReason::punt_full);
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
  const Side side = egress_of(direction);
  if (burst_.checksum_by_port != 0) {
    // Refused only by drivers that check the marks; what follows a refused frame is lost with it, so that
    // order and counting stay simple where nothing is ever refused in practice. It reads the frames and what
    // the queue was set up with, so another worker's queue will do.
    const std::uint16_t accepted = settings_.ports[index_of(side)]->prepare(
        outlets_[index_of(side)].queue, forward.mbufs.data(), forward.size);
    pipeline::drop_rest(burst_, forward, accepted, stats::DropReason::tx_refused);
    forward.size = accepted;
  }
  if (capture_point_.is_on()) [[unlikely]]
    capture_point_.sending(side, burst_, forward);
  const std::uint16_t sent = transmit(side, forward.mbufs.data(), forward.size);
  capture_point_.sent(sent);
  pipeline::drop_rest(burst_, forward, sent, stats::DropReason::tx_full);
}

/// By this worker's queue, or the ring that stands for it.
std::uint16_t Worker::transmit(Side side, rte_mbuf** mbufs, std::uint16_t size) noexcept {
  const Outlet& outlet = outlets_[index_of(side)];
  if (outlet.ring != nullptr) return put(outlet.ring, mbufs, size);
  return settings_.ports[index_of(side)]->send(outlet.queue, mbufs, size);
}

unsigned Worker::send_of_others(Side side) noexcept {
  Outlet& outlet = outlets_[index_of(side)];
  if (outlet.ring != nullptr) return 0;
  const port::Port& port = *settings_.ports[index_of(side)];
  const unsigned injected =
      outlet.inject->send(port, outlet.queue, settings_.burst, [&](std::span<rte_mbuf* const> frames) {
        if (capture_point_.is_on()) [[unlikely]]
          capture_point_.originated(side, frames);
      });
  counters_.originated[index_of(side)].add(injected);
  unsigned relayed = 0;
  for (RingToPort& ring : outlet.of_others) relayed += ring.send(port, outlet.queue, settings_.burst);
  return injected + relayed;
}

}  // namespace narrows::worker
