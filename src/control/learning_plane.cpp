// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/learning_plane.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "narrows/wire/pppoe.h"

namespace narrows::control {

LearningPlane::LearningPlane(const config::Config& config, pipeline::LearnedSessions& learned, Log log)
    : Plane(config, std::move(log)),
      config_(config),
      published_(learned),
      learner_(config.mtu_octets, counters_, [&learned](SessionLearner::Slot slot) {
        return Time(std::chrono::seconds(learned.alive_s(slot)));
      }) {}

void LearningPlane::handle_frame(Side from, std::size_t /*session*/, const wire::EthernetView& view,
                                 std::span<const std::uint8_t> frame, Time now) {
  const std::lock_guard lock(mutex_);
  learner_.receive(from, view, frame, now);
}

void LearningPlane::poll(Time now) {
  const std::lock_guard lock(mutex_);
  now_ = now;
  published_.set_time(
      static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count()));
  learner_.poll(now);
  const auto touched = learner_.take_touched();
  to_publish_.insert(to_publish_.end(), touched.begin(), touched.end());
  // What finds no room does when the workers have paused, which takes them microseconds.
  for (const SessionLearner::Slot slot : std::exchange(to_publish_, {})) publish(slot);
}

void LearningPlane::publish(SessionLearner::Slot slot) {
  const WatchedSession* session = learner_.find(slot);
  if (session == nullptr) return published_.clear(slot);
  if (!published_.set(slot, session->key, session->mtu_octets)) to_publish_.push_back(slot);
  warn_if_ports_are_narrower(*session);
}

/// Once, for whoever has to raise an MTU: the session's ends cannot know that a port between them is
/// narrower.
void LearningPlane::warn_if_ports_are_narrower(const WatchedSession& session) {
  const std::size_t needed = session.mtu_octets + wire::kPppoeOverheadOctets;
  const std::uint16_t narrowest = std::min(config_.lan.mtu_octets, config_.wan.mtu_octets);
  if (warned_ || needed <= narrowest) return;
  warned_ = true;
  tell({EventKind::ports_narrow,
        fmt::format(
            "PPPoE session {:#06x} between {} and {} carries packets of {} octets, but the ports' MTU of {} "
            "leaves room for {}: set ports.lan.mtu and ports.wan.mtu to {}",
            session.key.id(), wire::to_string(wire::mac_from_integer(session.key.lan_mac())),
            wire::to_string(wire::mac_from_integer(session.key.wan)), session.mtu_octets, narrowest,
            narrowest - wire::kPppoeOverheadOctets, needed),
        {{"mtu", std::to_string(session.mtu_octets)}}});
}

std::optional<stats::LearnedReport> LearningPlane::learned() const {
  const std::lock_guard lock(mutex_);
  return learner_.report(now_, kMostReported);
}

}  // namespace narrows::control
