// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/client_session.h"
#include "narrows/control/deadlines.h"
#include "narrows/control/plane.h"
#include "narrows/control/reconcile.h"
#include "narrows/control/state_file.h"
#include "narrows/control/time.h"
#include "narrows/stats/counters.h"
#include "narrows/stats/session_status.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/pppoe_discovery.h"

namespace narrows::control {

/// Keeps all client sessions: dials them a few at a time, gives each its packets and its time, closes what an
/// earlier run left open, and says which ones changed.
class Dialer {
 public:
  /// Sessions between their first PADI and their being up, at most: an outage's end must not flood the
  /// concentrator, nor the rings.
  static constexpr std::size_t kMostAtOnce = 64;

  /// @param specs  of all sessions, by index. `config` and `surroundings` outlive the object.
  Dialer(const config::Config& config, std::span<const session::SessionSpec> specs,
         const ClientSurroundings& surroundings, StateFile state_file, Log log);

  [[nodiscard]] bool is_client(std::size_t session) const {
    return session < clients_.size() && clients_[session] != nullptr;
  }
  [[nodiscard]] const ClientSession& client(std::size_t session) const { return *clients_[session]; }

  /// A session as it is to be from now on, which may be a new one, dialled or not. A PPPoE session that it
  /// cannot go on with (SessionStep::redial) ends with a PADT in one of the next turns, before it is dialled.
  void configure(std::size_t session, const config::Session& next, const session::SessionSpec& base,
                 SessionStep step, Time now);
  /// It is no more: its PPPoE session ends likewise.
  void remove(std::size_t session);

  /// PADO and PADS. @return whether some session's.
  bool handle_offer(const wire::PppoeDiscovery& packet, wire::VlanStack vlans, const wire::MacAddress& source,
                    std::span<const std::uint8_t> payload, Time now);
  void handle_padt(std::size_t session, Time now);
  void handle_ppp(std::size_t session, std::uint16_t protocol, std::span<const std::uint8_t> information,
                  Time now);

  /// @param from_wan  packets received from each session's concentrator so far; those that grew live.
  void note_traffic(std::span<const std::uint64_t> from_wan, Time now);
  void set_line(bool up, Time now);
  void poll(Time now);

  /// Hangs a client session up, if need be, and dials it as soon as that is done.
  void redial(std::size_t session, Time now);
  /// Hangs it up; it stays down until redial().
  void drop(std::size_t session, Time now);

  /// Hangs all sessions up, a few a turn of poll(); none is dialled any more.
  void stop(Time now);
  [[nodiscard]] bool stopped() const noexcept {
    return stopping_ && to_hang_up_.empty() && stale_.empty() && open_ == 0;
  }

  /// Sessions to which something has happened since the last call; some may be in it twice.
  [[nodiscard]] std::vector<std::size_t> take_touched() { return std::exchange(touched_, {}); }

  [[nodiscard]] const std::array<stats::Counter, stats::kSessionFailures>& failures() const noexcept {
    return failures_;
  }

 private:
  struct Watch {
    bool dialling = false;  ///< counts among kMostAtOnce
    bool open = false;      ///< has a session id, so counts among open_
    bool up = false;
    std::uint64_t from_wan = 0;
    session::SessionSpec spec;
    std::optional<wire::Ipv4Address> address;
    Time dialled{0};
  };

  void make_client(std::size_t session, const config::Session& config, const session::SessionSpec& base);
  /// After anything happened to a session.
  void settle(std::size_t session, Time now);
  void note_change(std::size_t session, Time now);
  void tell_up(std::size_t session, Time now) const;
  void report(std::size_t session, Time now);
  void close_stale();
  void dial_next(Time now);
  void save_if_due(Time now);

  std::vector<std::unique_ptr<ClientSession>> clients_;  ///< by session; null: static
  std::vector<Watch> watches_;
  std::vector<std::size_t> with_own_host_uniq_;
  std::vector<std::string> names_;
  Deadlines deadlines_;
  std::deque<std::size_t> to_dial_;
  std::deque<std::size_t> to_hang_up_;
  std::deque<OpenSession> stale_;
  std::vector<std::size_t> touched_;
  std::array<stats::Counter, stats::kSessionFailures> failures_;
  const ClientSurroundings& around_;
  StateFile state_file_;
  Log log_;
  std::size_t dialling_ = 0;
  std::size_t open_ = 0;
  bool line_up_ = true;
  bool stopping_ = false;
  bool unsaved_ = false;
  bool save_failed_ = false;
  Time next_save_{0};
};

}  // namespace narrows::control
