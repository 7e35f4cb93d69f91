// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/frame_sink.h"
#include "narrows/control/neighbor_answers.h"
#include "narrows/control/ppp_answers.h"
#include "narrows/control/session_specs.h"
#include "narrows/control/time.h"
#include "narrows/session/lan_peers.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"

namespace narrows::control {

inline constexpr std::size_t kNoSession = session::kNone;

/// Deals with the frames that the data path punts, and with what has to be said without being asked.
///
/// One thread (the control thread) calls it; counters() may be read by any thread. No system call, no clock
/// of its own, no log. Frames are checked again from their first octet: what is punted comes from outside.
class ControlPlane {
 public:
  /// Fixes the configured LAN peers in `peers`, so it is made before the workers start. `config` is copied
  /// from as needed; `peers` and `sink` must outlive the object. `peers` has room for every session.
  ControlPlane(const config::Config& config, const PortMacs& macs, session::LanPeers& peers, FrameSink& sink);
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  /// @param from     the port it was received by.
  /// @param session  index found by the data path, kNoSession where there is none.
  /// @param frame    a whole Ethernet frame without FCS, padding included; any octets are safe.
  void handle_punt(Side from, std::size_t session, std::span<const std::uint8_t> frame, Time now);

  /// To be called several times a second; cheap with thousands of sessions.
  /// @param no_lan_peer  drops counted `no_lan_peer`, by session index, as of now.
  void tick(Time now, std::span<const std::uint64_t> no_lan_peer);

  [[nodiscard]] const stats::ControlCounters& counters() const noexcept { return counters_; }

 private:
  /// How a session's frames look from outside.
  struct Identity {
    std::uint16_t lan_vlan = 0;
    std::uint16_t id = 0;
    wire::MacAddress ac_mac;
    wire::VlanStack wan_vlans;
  };

  ControlPlane(const config::Config& config, const PortMacs& macs,
               std::span<const session::SessionSpec> specs, session::LanPeers& peers, FrameSink& sink);
  void handle_lan(std::size_t session, const wire::EthernetView& view, std::span<const std::uint8_t> frame);
  void handle_wan(std::size_t session, const wire::EthernetView& view, std::span<const std::uint8_t> frame,
                  Time now);

  PortMacs macs_;
  std::vector<Identity> identities_;
  stats::ControlCounters counters_;
  NeighborAnswers neighbors_;
  PppAnswers ppp_;
};

}  // namespace narrows::control
