// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "narrows/control/frame_sink.h"
#include "narrows/control/rate_limit.h"
#include "narrows/control/time.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/mac_address.h"
#include "narrows/wire/neighbor_discovery.h"

namespace narrows::control {

/// Tells a LAN host at once that its session is down (ICMP host unreachable, ICMPv6 address unreachable), so
/// that its programs fail or turn to another way instead of waiting.
class UnreachableAnswers {
 public:
  using Limit = RateLimit<20, 80>;  ///< messages of one session: 100 in any second

  /// Who an IPv4 message comes from while the session has no gateway yet (RFC 7600 §4.8).
  static constexpr wire::Ipv4Address kDummy{0xc0000008};

  /// The references outlive the object. `headers`: what the data path puts on frames to the LAN, one for each
  /// session.
  UnreachableAnswers(const wire::MacAddress& lan_mac, std::span<const session::HeaderTemplate> headers,
                     FrameSink& sink, stats::ControlCounters& counters);

  /// @param source   the host's address, of the frame. @param to_us  the frame was not multicast.
  /// @param gateway  of the session; 0: none.
  /// @param packet   the IP packet, padding included; any octets are safe.
  void handle(std::size_t session, Family family, const wire::MacAddress& source, bool to_us,
              wire::Ipv4Address gateway, std::span<const std::uint8_t> packet, Time now);

 private:
  struct Host {
    session::HeaderTemplate header;
    Limit limit;
  };
  std::vector<Host> hosts_;
  wire::Ipv6Octets link_local_;
  FrameSink& sink_;
  stats::ControlCounters& counters_;
};

}  // namespace narrows::control
