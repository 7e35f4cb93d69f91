// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/actions.h"
#include "narrows/control/event_log.h"
#include "narrows/control/log_entry.h"
#include "narrows/control/reconcile.h"
#include "narrows/control/session_board.h"
#include "narrows/control/time.h"
#include "narrows/control/too_long_destinations.h"
#include "narrows/control/undeliverable.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/stats/learned_report.h"
#include "narrows/stats/session_status.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"

namespace narrows::control {

inline constexpr std::size_t kNoSession = session::kNone;

/// What the data path counts, summed over the workers; only grows.
struct Traffic {
  // By session.
  std::span<const std::uint64_t> no_lan_peer;  ///< dropped for want of the LAN host's MAC
  std::span<const std::uint64_t> from_wan;     ///< received from the session's other end
  // By the port they came by.
  std::array<std::uint64_t, kSides> super_frames{};
};

/// Deals with the frames that the data path punts, and with what has to be said without being asked: at
/// either end of the line.
///
/// One thread (the control thread) calls it; counters(), board() and failures() may be read by any thread. No
/// clock of its own; no system call but for the state file. Frames are checked again from their first octet:
/// what is punted comes from outside.
class Plane {
 public:
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;
  virtual ~Plane() = default;

  /// @param from     the port it was received by.
  /// @param session  index found by the data path, kNoSession where there is none.
  /// @param frame    a whole Ethernet frame without FCS, padding included; any octets are safe.
  void handle_punt(Side from, std::size_t session, std::span<const std::uint8_t> frame, Time now);

  /// A frame of a session that the data path dropped for `reason`, which its sender should hear of.
  void handle_undeliverable(Side from, std::size_t session, stats::DropReason reason,
                            std::span<const std::uint8_t> frame, Time now);

  /// At the end of every turn: does what is due, and publishes what changed.
  virtual void poll(Time now) = 0;
  /// To be called several times a second; cheap with thousands of sessions.
  void tick(Time now, const Traffic& traffic);
  /// Takes a new configuration, as it was read, while frames flow: all of it, or nothing. What is left alone
  /// loses no frame; sessions that are removed, or are to be dialled anew, end with a PADT.
  [[nodiscard]] ActionResult reload(const config::Config& next, Time now);
  /// The configuration as of now, sessions at their places. Any thread may ask.
  [[nodiscard]] std::shared_ptr<const config::Config> running() const;

  /// Places of sessions, vacant ones included. The control thread.
  [[nodiscard]] std::size_t session_places() const noexcept { return config_->sessions.size(); }

  /// A port's link has gone, or has come back: for the log and the events.
  void tell_link(Side side, bool up);
  /// Whether the WAN port has a link; by default that changes nothing.
  virtual void set_line(bool /*up*/, Time /*now*/) {}
  /// Hangs a dialled session up and dials it again at once; drop(): it stays down until it is redialled. By
  /// default nothing is dialled here.
  virtual ActionResult redial(const std::string& session, Time now);
  virtual ActionResult drop(const std::string& session, Time now);
  /// Begins to hang up; poll() goes on with it until stopped().
  virtual void stop(Time now) = 0;
  [[nodiscard]] virtual bool stopped() const noexcept = 0;

  [[nodiscard]] virtual const std::array<stats::Counter, stats::kSessionFailures>& failures()
      const noexcept = 0;
  /// What was learned of sessions that pass through; nothing in a mode that learns nothing. Any thread.
  [[nodiscard]] virtual std::optional<stats::LearnedReport> learned() const { return std::nullopt; }
  [[nodiscard]] const stats::ControlCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] const SessionBoard& board() const noexcept { return board_; }
  /// What happened; any thread may read it.
  [[nodiscard]] EventLog& events() noexcept { return events_; }
  [[nodiscard]] const EventLog& events() const noexcept { return events_; }
  /// Where packets that were too long were going in the last minute, the busiest first. Any thread may ask.
  [[nodiscard]] std::vector<stats::TooLong> too_long(std::size_t most) const;

 protected:
  Plane(const config::Config& config, Log log);

  /// Does what was found to be done; config() is the new one already.
  virtual void apply(const Reconciliation& /*change*/, const config::Config& /*before*/, Time /*now*/) {}
  [[nodiscard]] virtual SessionRoom room() { return {}; }
  [[nodiscard]] const config::Config& config() const noexcept { return *config_; }

  /// A punted frame whose Ethernet header is whole and names a station as its source.
  virtual void handle_frame(Side from, std::size_t session, const wire::EthernetView& view,
                            std::span<const std::uint8_t> frame, Time now) = 0;
  /// tick(), for what differs between the two ends.
  virtual void tick_sessions(Time now, const Traffic& traffic) = 0;
  /// A packet of a session that exists, whose sender should hear of its end.
  virtual void handle_lost(std::size_t session, const Undeliverable& lost, Time now) = 0;

  [[nodiscard]] bool has_session(std::size_t session) const noexcept {
    return session < config_->sessions.size() && !config_->sessions[session].is_vacant();
  }
  void log(const LogEntry& entry) const { log_(entry); }
  /// For the log and for the events.
  void tell(const LogEntry& entry);
  /// Puts a session's status on the board, and what that means for people among the events.
  void set_status(std::size_t session, stats::SessionStatus status);

  stats::ControlCounters counters_;  // NOLINT(*-non-private-member-variables-in-classes)
  SessionBoard board_;               // NOLINT(*-non-private-member-variables-in-classes)
  EventLog events_;                  // NOLINT(*-non-private-member-variables-in-classes)
  TooLongDestinations too_long_;     // NOLINT(*-non-private-member-variables-in-classes)

 private:
  void report_super_frames(const Traffic& traffic);
  void report_too_long(Time now);

  mutable std::mutex config_mutex_;  ///< the control thread writes config_, any thread reads
  std::shared_ptr<const config::Config> config_;
  Log log_;
  std::atomic<std::int64_t> now_ns_{0};  ///< of the last tick; the control thread writes, any thread reads
  std::array<bool, kSides> super_frames_reported_{};
  Time next_too_long_report_{0};  ///< 0: none is due
};

}  // namespace narrows::control
