// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/plane.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace narrows::control {
namespace {

/// While the slot of the first one still counts as the last minute's.
constexpr Time kTooLongReportInterval = TooLongDestinations::kSlot * (TooLongDestinations::kSlots - 1);
constexpr std::size_t kTooLongReported = 5;

std::string super_frames_text(std::string_view key, const config::Port& port) {
  const auto cure = port.interface.empty()
                        ? std::string("switch off segmentation offload (TSO, GSO, GRO) at its other end")
                        : fmt::format(
                              "run \"ethtool -K {0} gro off lro off\" if {0} is a network card, and "
                              "\"ethtool -K PEER tso off gso off gro off tx off\" at a virtual "
                              "interface's other end",
                              port.interface);
  return fmt::format(
      "ports.{}: frames longer than its MTU of {} arrive and are dropped (super_frame): {}; or raise "
      "ports.{}.mtu where the link really carries them",
      key, port.mtu_octets, cure, key);
}

}  // namespace

Plane::Plane(const config::Config& config, Log log)
    : board_(config.sessions.size()),
      config_(std::make_shared<const config::Config>(config)),
      log_(std::move(log)) {
  events_.note(EventKind::started, "", "Narrows " NARROWS_VERSION " started");
}

void Plane::handle_punt(Side from, std::size_t session, std::span<const std::uint8_t> frame, Time now) {
  const auto view = wire::parse_ethernet(frame.data(), frame.size());
  if (view.payload_offset == 0 || !wire::header_at<wire::EthernetHeader>(frame.data()).source.is_station())
    return counters_.count(stats::ControlEvent::malformed);
  handle_frame(from, session, view, frame, now);
}

void Plane::handle_undeliverable(Side from, std::size_t session, stats::DropReason reason,
                                 std::span<const std::uint8_t> frame, Time now) {
  if (!has_session(session)) return;
  if (const auto lost = read_undeliverable(from, reason, frame)) handle_lost(session, *lost, now);
}

ActionResult Plane::reload(const config::Config& next, Time now) {
  const auto before = config_;
  auto change = reconcile(*before, next, room());
  if (!change.refused.empty()) return {false, describe_refusal(change)};
  // Whoever reads a configuration finds a place for each of its sessions.
  board_.grow(change.config.sessions.size());
  {
    auto config = std::make_shared<const config::Config>(change.config);
    const std::lock_guard lock(config_mutex_);
    config_ = std::move(config);
  }
  apply(change, *before, now);
  return {true, describe(change, *before)};
}

std::shared_ptr<const config::Config> Plane::running() const {
  const std::lock_guard lock(config_mutex_);
  return config_;
}

void Plane::tick(Time now, const Traffic& traffic) {
  now_ns_.store(now.count(), std::memory_order_relaxed);
  report_super_frames(traffic);
  report_too_long(now);
  tick_sessions(now, traffic);
}

std::vector<stats::TooLong> Plane::too_long(std::size_t most) const {
  return too_long_.top(most, Time(now_ns_.load(std::memory_order_relaxed)));
}

void Plane::set_status(std::size_t session, stats::SessionStatus status) {
  const stats::SessionStatus before = board_.get(session);
  const std::string& name = config_->sessions[session].name;
  const bool was_up = before.state == stats::SessionState::up && before.id != 0;
  const bool is_up = status.state == stats::SessionState::up;
  if (is_up && !was_up)
    events_.note(EventKind::session_up, name,
                 fmt::format("up, MTU {}, id {:#06x}", status.mtu_octets, status.id));
  else if (was_up && !is_up)
    events_.note(EventKind::session_down, name, status.last_error.empty() ? "hung up" : status.last_error);
  // Of a row of equal failures the first one: the count of dials shows that it goes on.
  else if (!is_up && !status.last_error.empty() && status.last_error != before.last_error)
    events_.note(EventKind::session_failed, name, status.last_error);
  board_.set(session, std::move(status));
}

ActionResult Plane::redial(const std::string& /*session*/, Time /*now*/) {
  return {false,
          fmt::format("not done: in mode {} Narrows dials no session", config::name_of(config_->mode))};
}

ActionResult Plane::drop(const std::string& session, Time now) {
  return Plane::redial(session, now);
}

void Plane::tell(const LogEntry& entry) {
  events_.note(entry.kind, "", entry.text);
  log_(entry);
}

void Plane::tell_link(Side side, bool up) {
  const std::string key(config::port_keys(config_->mode)[index_of(side)]);
  if (up) return tell({EventKind::link_up, fmt::format("ports.{}: the link is back", key), {{"port", key}}});
  tell({EventKind::link_down,
        fmt::format("ports.{}: no link: see to the cable and to what is at its other end", key),
        {{"port", key}}});
}

/// Once a port: it is a mistake in the set-up, not an event.
void Plane::report_super_frames(const Traffic& traffic) {
  for (const auto side : {Side::lan, Side::wan}) {
    const std::size_t here = index_of(side);
    if (traffic.super_frames[here] == 0 || std::exchange(super_frames_reported_[here], true)) continue;
    const std::string key(config::port_keys(config_->mode)[here]);
    tell({EventKind::super_frames,
          super_frames_text(key, side == Side::lan ? config_->lan : config_->wan),
          {{"port", key}}});
  }
}

/// Some time after the first of them: hosts that learn send only a few.
void Plane::report_too_long(Time now) {
  if (now < next_too_long_report_) return;
  const auto top = too_long_.top(kTooLongReported, now);
  if (next_too_long_report_ == Time{0}) {
    if (!top.empty()) next_too_long_report_ = now + kTooLongReportInterval;
    return;
  }
  next_too_long_report_ = Time{0};
  if (top.empty()) return;
  std::vector<std::string> parts;
  for (const stats::TooLong& row : top) {
    if (!has_session(row.session)) continue;  // removed meanwhile
    parts.push_back(fmt::format(
        "{} to {} ({} octets at MTU {}, session {}, {})", row.packets, row.destination, row.largest_octets,
        row.mtu_octets, config_->sessions[row.session].name, kDirectionNames[index_of(row.direction)]));
  }
  if (parts.empty()) return;
  tell({EventKind::too_long,
        fmt::format("packets too long for the line, in the last minute: {}{}", fmt::join(parts, ", "),
                    config_->icmp.per_second == 0 ? "; their senders are not told (icmp.rate: 0)" : ""),
        {}});
}

}  // namespace narrows::control
