// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/client_session.h"
#include "narrows/control/dhcp_server.h"
#include "narrows/control/dialer.h"
#include "narrows/control/frame_sink.h"
#include "narrows/control/neighbor_answers.h"
#include "narrows/control/ppp_answers.h"
#include "narrows/control/session_board.h"
#include "narrows/control/session_publisher.h"
#include "narrows/control/session_specs.h"
#include "narrows/control/state_file.h"
#include "narrows/control/time.h"
#include "narrows/control/unreachable_answers.h"
#include "narrows/ppp/random.h"
#include "narrows/session/lan_peers.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"

namespace narrows::control {

inline constexpr std::size_t kNoSession = session::kNone;

/// What the control plane works with and on; everything referred to outlives it.
struct ControlSurroundings {
  const config::Config& config;
  PortMacs macs;
  session::LanPeers& peers;             ///< room for every session
  worker::SessionSnapshots& snapshots;  ///< of session_specs(config, macs)
  FrameSink& sink;
  ppp::Random& random;
  StateFile state_file;
  Log log;
};

/// What the data path counts of each session, summed over the workers; only grows.
struct SessionTraffic {
  std::span<const std::uint64_t> no_lan_peer;  ///< dropped for want of the LAN host's MAC
  std::span<const std::uint64_t> from_wan;     ///< received from the concentrator
};

/// Deals with the frames that the data path punts, and with what has to be said without being asked.
///
/// One thread (the control thread) calls it; counters(), board() and failures() may be read by any thread. No
/// clock of its own; no system call but for the state file. Frames are checked again from their first octet:
/// what is punted comes from outside.
class ControlPlane {
 public:
  /// Fixes the configured LAN peers, so it is made before the workers start.
  explicit ControlPlane(ControlSurroundings surroundings);
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  /// @param from     the port it was received by.
  /// @param session  index found by the data path, kNoSession where there is none.
  /// @param frame    a whole Ethernet frame without FCS, padding included; any octets are safe.
  void handle_punt(Side from, std::size_t session, std::span<const std::uint8_t> frame, Time now);

  /// A frame from the LAN that the data path dropped because its session is down.
  void handle_undeliverable(std::size_t session, std::span<const std::uint8_t> frame, Time now);

  /// At the end of every turn: does what is due, and publishes what changed.
  void poll(Time now);

  /// To be called several times a second; cheap with thousands of sessions.
  void tick(Time now, const SessionTraffic& traffic);

  /// Whether the WAN port has a link.
  void set_line(bool up, Time now) { dialer_.set_line(up, now); }

  /// Begins to hang up; poll() goes on with it until stopped().
  void stop(Time now) { dialer_.stop(now); }
  [[nodiscard]] bool stopped() const noexcept { return dialer_.stopped(); }

  [[nodiscard]] const stats::ControlCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] const SessionBoard& board() const noexcept { return board_; }
  [[nodiscard]] const Dialer& dialer() const noexcept { return dialer_; }

 private:
  ControlPlane(ControlSurroundings&& from, std::vector<session::SessionSpec> specs);
  void handle_lan(std::size_t session, const wire::EthernetView& view, std::span<const std::uint8_t> frame,
                  Time now);
  void handle_discovery(const wire::EthernetView& view, std::span<const std::uint8_t> frame, Time now);
  void handle_wan(std::size_t session, const wire::EthernetView& view, std::span<const std::uint8_t> frame,
                  Time now);
  void start_static(std::size_t session);
  void apply(std::size_t session);
  void hand_out(std::size_t session, const std::optional<ppp::Ipv4Result>& given, std::uint16_t mtu_octets);

  const config::Config& config_;
  PortMacs macs_;
  stats::ControlCounters counters_;
  SessionBoard board_;
  SessionPublisher publisher_;
  NeighborAnswers neighbors_;
  DhcpServer dhcp_;
  UnreachableAnswers unreachable_;
  PppAnswers ppp_;
  ClientSurroundings client_surroundings_;
  Dialer dialer_;
};

}  // namespace narrows::control
