// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/client_session.h"
#include "narrows/control/dhcp_server.h"
#include "narrows/control/dialer.h"
#include "narrows/control/frame_sink.h"
#include "narrows/control/icmp_errors.h"
#include "narrows/control/neighbor_answers.h"
#include "narrows/control/plane.h"
#include "narrows/control/ppp_answers.h"
#include "narrows/control/session_publisher.h"
#include "narrows/control/session_specs.h"
#include "narrows/control/state_file.h"
#include "narrows/control/time.h"
#include "narrows/ppp/random.h"
#include "narrows/session/lan_peers.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"

namespace narrows::control {

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
  std::size_t session_room = 0;  ///< so many sessions there may come to be; 0: no more than there are
};

/// The client's end: sessions that are dialled or static, and the LAN hosts behind them.
class ControlPlane final : public Plane {
 public:
  /// Fixes the configured LAN peers, so it is made before the workers start.
  explicit ControlPlane(ControlSurroundings surroundings);

  void poll(Time now) override;
  void set_line(bool up, Time now) override { dialer_.set_line(up, now); }
  ActionResult redial(const std::string& session, Time now) override;
  ActionResult drop(const std::string& session, Time now) override;
  void stop(Time now) override { dialer_.stop(now); }
  [[nodiscard]] bool stopped() const noexcept override { return dialer_.stopped(); }
  [[nodiscard]] const std::array<stats::Counter, stats::kSessionFailures>& failures()
      const noexcept override {
    return dialer_.failures();
  }
  [[nodiscard]] const Dialer& dialer() const noexcept { return dialer_; }

 private:
  ControlPlane(ControlSurroundings&& from, const std::vector<session::SessionSpec>& specs);
  void handle_frame(Side from, std::size_t session, const wire::EthernetView& view,
                    std::span<const std::uint8_t> frame, Time now) override;
  void tick_sessions(Time now, const Traffic& traffic) override;
  void handle_lost(std::size_t session, const Undeliverable& lost, Time now) override;
  void handle_lan(std::size_t session, const wire::EthernetView& view, std::span<const std::uint8_t> frame,
                  Time now);
  void handle_discovery(const wire::EthernetView& view, std::span<const std::uint8_t> frame, Time now);
  void handle_wan(std::size_t session, const wire::EthernetView& view, std::span<const std::uint8_t> frame,
                  Time now);
  void apply(const Reconciliation& change, const config::Config& before, Time now) override;
  [[nodiscard]] SessionRoom room() override;
  void configure(const SessionChange& change, const config::Config& before, Time now);
  void configure_lan(std::size_t session, const session::SessionSpec& spec, const config::Session* before);
  void remove(std::size_t session);
  void start_static(std::size_t session, session::SessionSpec spec);
  void refresh(std::size_t session);
  /// The index of a client session, or why there is none of that name.
  std::optional<std::size_t> find_client(const std::string& name, ActionResult& refusal) const;
  void hand_out(session::SessionSpec spec, std::size_t session, const std::optional<ppp::Ipv4Result>& given);

  PortMacs macs_;
  session::LanPeers& peers_;
  std::size_t session_room_;
  SessionPublisher publisher_;
  NeighborAnswers neighbors_;
  DhcpServer dhcp_;
  IcmpErrors icmp_;
  PppAnswers ppp_;
  ClientSurroundings client_surroundings_;
  Dialer dialer_;
};

}  // namespace narrows::control
