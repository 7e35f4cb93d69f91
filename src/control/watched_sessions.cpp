// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/watched_sessions.h"

#include <algorithm>
#include <utility>

namespace narrows::control {
namespace {

using session::WatchedKey;
using stats::ControlEvent;

/// So that a turn of the control thread stays short whatever has gone silent together.
constexpr unsigned kForgottenATurn = 1024;
/// Of the longest silent, so many are asked whether their TCP is alive before one makes room all the same.
constexpr unsigned kAskedForRoom = 8;

double seconds_between(Time from, Time to) noexcept {
  return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

}  // namespace

WatchedSessions::WatchedSessions(stats::ControlCounters& counters, Alive alive, std::size_t most)
    : counters_(counters), alive_(std::move(alive)), most_(most) {}

WatchedSession* WatchedSessions::find(const WatchedKey& key) {
  const auto found = slots_.find(key);
  return found == slots_.end() ? nullptr : &places_[found->second].session;
}

const WatchedSession* WatchedSessions::find(Slot slot) const noexcept {
  const bool is_free = slot >= places_.size() || places_[slot].session.key.id() == 0;
  return is_free ? nullptr : &places_[slot].session;
}

WatchedSession& WatchedSessions::open(const WatchedKey& key, wire::VlanStack vlans, Time now) {
  if (slots_.size() == most_) make_room();
  if (free_.empty()) {
    free_.push_back(static_cast<Slot>(places_.size()));
    places_.emplace_back();
  }
  const Slot slot = free_.back();
  free_.pop_back();
  slots_.emplace(key, slot);
  Place& place = places_[slot];
  place.session = {};
  place.session.key = key;
  place.session.vlans = vlans;
  place.session.slot = slot;
  place.session.heard = now;
  place.queue = Queue::unagreed;
  place.queued = queue(place.queue).insert(queue(place.queue).end(), slot);
  place.recent = recent_.insert(recent_.begin(), slot);
  return place.session;
}

void WatchedSessions::note_change(const WatchedSession& session) {
  Place& place = places_[session.slot];
  if (queue_of(session) != place.queue) enqueue(place);
  recent_.splice(recent_.begin(), recent_, place.recent);
  touch(place, session.slot);
}

void WatchedSessions::note_life(WatchedSession& session, Time now) {
  if (session.ended && now - *session.ended < kStillInFlight) return;
  session.ended.reset();
  session.heard = now;
  enqueue(places_[session.slot]);
}

void WatchedSessions::end(WatchedSession& session, Time now) {
  if (session.ended) return;  // a repetition does not prolong it
  session.ended = now;
  enqueue(places_[session.slot]);
}

void WatchedSessions::poll(Time now) {
  unsigned left = kForgottenATurn;
  forget_silent(Queue::unagreed, kUnagreedSilence, now, left);
  forget_silent(Queue::ended, kGrace, now, left);
  forget_silent(Queue::agreed, kSilence, now, left);
}

std::vector<WatchedSessions::Slot> WatchedSessions::take_touched() {
  for (const Slot slot : touched_) places_[slot].is_touched = false;
  return std::exchange(touched_, {});
}

// --- queues ---

WatchedSessions::Queue WatchedSessions::queue_of(const WatchedSession& session) noexcept {
  if (session.ended) return Queue::ended;
  return session.is_agreed() ? Queue::agreed : Queue::unagreed;
}

Time WatchedSessions::silent_since(const WatchedSession& session) noexcept {
  return session.ended ? *session.ended : session.heard;
}

void WatchedSessions::enqueue(Place& place) {
  Slots& from = queue(place.queue);
  place.queue = queue_of(place.session);
  Slots& to = queue(place.queue);
  to.splice(to.end(), from, place.queued);
}

void WatchedSessions::touch(Place& place, Slot slot) {
  if (!std::exchange(place.is_touched, true)) touched_.push_back(slot);
}

/// Whether workers have seen it open connections since it was last heard of; then it is silent since that.
bool WatchedSessions::is_alive_after_all(WatchedSession& session) {
  const Time alive = alive_(session.slot);
  if (alive <= silent_since(session) + (session.ended ? kStillInFlight : Time{0})) return false;
  note_life(session, alive);
  return true;
}

void WatchedSessions::forget_silent(Queue which, Time patience, Time now, unsigned& left) {
  while (left > 0 && !queue(which).empty()) {
    WatchedSession& session = places_[queue(which).front()].session;
    if (silent_since(session) + patience > now) return;
    --left;
    if (is_alive_after_all(session)) continue;
    forget(session.slot, which == Queue::ended ? ControlEvent::session_ended : ControlEvent::session_aged);
  }
}

void WatchedSessions::forget(Slot slot, ControlEvent why) {
  Place& place = places_[slot];
  counters_.count(why);
  slots_.erase(place.session.key);
  queue(place.queue).erase(place.queued);
  recent_.erase(place.recent);
  place.session = {};
  free_.push_back(slot);
  touch(place, slot);
}

void WatchedSessions::make_room() {
  const auto longest_silent = [this]() -> WatchedSession& {
    const auto found = std::ranges::find_if(queues_, [](const Slots& slots) { return !slots.empty(); });
    return places_[found->front()].session;
  };
  for (unsigned asked = 0; asked < kAskedForRoom; ++asked)
    if (!is_alive_after_all(longest_silent())) break;
  forget(longest_silent().slot, ControlEvent::session_displaced);
}

// --- what others see ---

stats::LearnedReport WatchedSessions::report(Time now, std::size_t most) const {
  stats::LearnedReport report;
  report.count = slots_.size();
  report.agreed = queues_[index_of(Queue::agreed)].size();
  report.limit = most_;
  report.sessions.reserve(std::min(most, recent_.size()));
  for (const Slot slot : recent_) {
    if (report.sessions.size() == most) break;
    report.sessions.push_back(this->report(places_[slot].session, now));
  }
  return report;
}

stats::LearnedSessionReport WatchedSessions::report(const WatchedSession& session, Time now) const {
  stats::LearnedSessionReport report;
  report.id = session.key.id();
  report.mac = {wire::mac_from_integer(session.key.lan_mac()), wire::mac_from_integer(session.key.wan)};
  report.vlans = session.vlans.ids();
  report.mtu_octets = session.mtu_octets;
  report.mru_octets = session.mru;
  report.max_payload_octets = session.max_payload_octets;
  report.from = session.from;
  report.is_ended = session.ended.has_value();
  report.age_seconds = seconds_between(session.learned, now);
  report.silent_seconds = seconds_between(std::max(session.heard, alive_(session.slot)), now);
  return report;
}

}  // namespace narrows::control
