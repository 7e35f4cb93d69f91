// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "narrows/control/session_board.h"
#include "narrows/control/time.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/stats/learned_report.h"
#include "narrows/stats/session_status.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"

namespace narrows::control {

inline constexpr std::size_t kNoSession = session::kNone;

/// One line for the log.
using Log = std::function<void(const std::string&)>;

/// What the data path counts of each session, summed over the workers; only grows.
struct SessionTraffic {
  std::span<const std::uint64_t> no_lan_peer;  ///< dropped for want of the LAN host's MAC
  std::span<const std::uint64_t> from_wan;     ///< received from the session's other end
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

  /// A frame that came by the LAN port and that the data path dropped because its session is down.
  void handle_undeliverable(std::size_t session, std::span<const std::uint8_t> frame, Time now);

  /// At the end of every turn: does what is due, and publishes what changed.
  virtual void poll(Time now) = 0;
  /// To be called several times a second; cheap with thousands of sessions.
  virtual void tick(Time now, const SessionTraffic& traffic) = 0;
  /// Whether the WAN port has a link.
  virtual void set_line(bool up, Time now) = 0;
  /// Begins to hang up; poll() goes on with it until stopped().
  virtual void stop(Time now) = 0;
  [[nodiscard]] virtual bool stopped() const noexcept = 0;

  [[nodiscard]] virtual const std::array<stats::Counter, stats::kSessionFailures>& failures()
      const noexcept = 0;
  /// What was learned of sessions that pass through; nothing in a mode that learns nothing. Any thread.
  [[nodiscard]] virtual std::optional<stats::LearnedReport> learned() const { return std::nullopt; }
  [[nodiscard]] const stats::ControlCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] const SessionBoard& board() const noexcept { return board_; }

 protected:
  explicit Plane(std::size_t sessions) : board_(sessions), sessions_(sessions) {}

  /// A punted frame whose Ethernet header is whole and names a station as its source.
  virtual void handle_frame(Side from, std::size_t session, const wire::EthernetView& view,
                            std::span<const std::uint8_t> frame, Time now) = 0;
  /// The same of a frame with an IP packet, for a session that exists.
  virtual void handle_undelivered(std::size_t session, const wire::EthernetView& view,
                                  std::span<const std::uint8_t> frame, Time now) = 0;

  [[nodiscard]] bool has_session(std::size_t session) const noexcept { return session < sessions_; }

  stats::ControlCounters counters_;  // NOLINT(*-non-private-member-variables-in-classes)
  SessionBoard board_;               // NOLINT(*-non-private-member-variables-in-classes)

 private:
  std::size_t sessions_;
};

}  // namespace narrows::control
