// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "narrows/control/time.h"
#include "narrows/control/watched_sessions.h"
#include "narrows/stats/control_events.h"
#include "narrows/stats/learned_report.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ppp.h"
#include "narrows/wire/pppoe_discovery.h"

namespace narrows::control {

/// Learns the MTU of PPPoE sessions between a router on the LAN side and a concentrator on the WAN side from
/// what they say to each other. Frame, side and time in; sessions out: no DPDK, no socket, no clock of its
/// own.
///
/// - A session begins with a PADS from the WAN side (RFC 2516 §5.4), or where that was not seen, with an LCP
///   Configure-Request of either side. It carries at most 1492 octets (RFC 2516 §7), or what PPP-Max-Payload
///   in the PADS allows beyond (RFC 4638 §5).
/// - What a side receives at most is the MRU of its Configure-Request, 1500 without the option (RFC 1661
/// §6.1),
///   from when the other side acknowledges it until it acknowledges another. Before, the fallback stands for
///   it.
/// - The MTU is the smallest of these: limits go both ways, as each end takes the other's MSS as its own
/// limit.
/// - A PADT ends the session of just its id, both addresses and VLANs (RFC 2516 §5.5), unless that goes on:
/// so a
///   forged one harms nobody else, and hardly the session itself.
///
/// A packet that is not well-formed teaches nothing and is counted. One thread.
class SessionLearner {
 public:
  using Slot = WatchedSessions::Slot;

  /// @param fallback_octets  the MTU of what is not learned. The counters outlive the object.
  SessionLearner(std::uint16_t fallback_octets, stats::ControlCounters& counters,
                 WatchedSessions::Alive alive, std::size_t most = session::kMostWatched);

  /// @param frame  a whole Ethernet frame, whose header is `view`; any octets are safe.
  void receive(Side from, const wire::EthernetView& view, std::span<const std::uint8_t> frame, Time now);

  /// At the end of every turn: forgets whoever is gone.
  void poll(Time now) { sessions_.poll(now); }
  [[nodiscard]] std::vector<Slot> take_touched() { return sessions_.take_touched(); }
  [[nodiscard]] const WatchedSession* find(Slot slot) const noexcept { return sessions_.find(slot); }
  [[nodiscard]] stats::LearnedReport report(Time now, std::size_t most) const {
    return sessions_.report(now, most);
  }

 private:
  void receive_discovery(Side from, const wire::EthernetView& view, std::span<const std::uint8_t> frame,
                         Time now);
  void receive_pads(const session::WatchedKey& key, wire::VlanStack vlans, const wire::PppoeTags& tags,
                    Time now);
  void receive_padt(const session::WatchedKey& key, Time now);
  void receive_session(Side from, const wire::EthernetView& view, std::span<const std::uint8_t> frame,
                       Time now);
  void receive_lcp(Side from, const session::WatchedKey& key, wire::VlanStack vlans,
                   const wire::PppControlPacket& packet, Time now);
  void answer_request(Side asker, WatchedSession& session, std::uint8_t code,
                      const WatchedSession::Request& answered, Time now);
  void learn(WatchedSession& session, stats::LearnedFrom from, Time now);

  std::uint16_t fallback_octets_;
  stats::ControlCounters& counters_;
  WatchedSessions sessions_;
};

}  // namespace narrows::control
