// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/frame_sink.h"
#include "narrows/control/hand_out.h"
#include "narrows/control/rate_limit.h"
#include "narrows/control/time.h"
#include "narrows/session/lan_peers.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/wire/dhcp.h"
#include "narrows/wire/mac_address.h"

namespace narrows::control {

/// Tells each session's LAN host the address that the line gave (RFC 2131, RFC 2132): one address a session,
/// for one host, with a lease that ends soon after the session does.
///
/// Who that host is: the configured peer_mac and nobody else; or else whoever holds the lease; or else, when
/// no lease runs, the first who asks. A host that is known from its traffic but has not asked here (it may
/// hold a lease of a former run) keeps the address for the length of a lease after a rival has first asked.
class DhcpServer {
 public:
  static constexpr std::chrono::seconds kLease{60};
  static constexpr std::chrono::seconds kRenewal{10};    ///< T1: so late a host hears of another address
  static constexpr std::chrono::seconds kRebinding{52};  ///< T2: 7/8 of the lease (RFC 2131 §4.4.5)
  /// The server identifier of every session (RFC 7600's dummy address, which is no host's): hosts take a
  /// refusal of their old address from the server that gave it alone, and renew at no other. The gateway, as
  /// it follows from the address, would be another one with the next address.
  static constexpr wire::Ipv4Address kIdentifier{0xc0000008};
  /// How long an offer waits for its request, closed to others.
  static constexpr std::chrono::seconds kOffer{10};
  /// Answers of one session.
  using Limit = RateLimit<10, 10>;

  /// The references must outlive the object. `headers`: what the data path puts on frames to the LAN, one
  /// for each session of `config`, which is copied from as needed.
  DhcpServer(const config::Config& config, std::span<const session::HeaderTemplate> headers,
             session::LanPeers& peers, FrameSink& sink, stats::ControlCounters& counters);

  /// Another LAN side of a session, which may be a new one. A host of before keeps its lease, unless the
  /// place is `renewed`: another session's from now on.
  void configure(std::size_t session, const config::SessionLan& lan, const session::HeaderTemplate& header,
                 bool renewed);

  /// What the session hands out from now on. Nothing: the session is down; who asks to go on with its lease
  /// is refused (DHCPNAK), who looks for one hears nothing. An address that is no host's counts as nothing.
  /// @param session  index, in range; here and below.
  void set(std::size_t session, const std::optional<HandOut>& hand_out);

  /// The address that the session's host takes for its gateway: ARP for it is to be answered, ICMP errors
  /// come from it. That of the last hand-out while the session is down; nothing before the first.
  [[nodiscard]] std::optional<wire::Ipv4Address> gateway(std::size_t session) const noexcept;

  /// @param source  the frame's Ethernet source, of one station.
  /// @param ip      an IPv4 packet to UDP port 67, whatever its destination address; any octets are safe.
  void handle(std::size_t session, const wire::MacAddress& source, std::span<const std::uint8_t> ip,
              Time now);

 private:
  struct Lan {
    session::HeaderTemplate header;
    std::optional<wire::MacAddress> fixed_peer;
    std::optional<HandOut> hand_out;        ///< none: down
    std::optional<HandOutNetwork> network;  ///< of the last hand-out
    std::uint64_t holder = 0;               ///< who has or had the lease or an offer (wire::to_integer)
    Time held_until = Time::min();
    Limit limit;
  };
  /// One request on its way through the server.
  struct Asked {
    std::size_t session;
    std::uint64_t source;
    const wire::DhcpRequest& request;
    Time now;
  };

  [[nodiscard]] bool may_ask(Lan& lan, const Asked& asked) const;
  void answer(Lan& lan, const Asked& asked);
  void handle_discover(Lan& lan, const Asked& asked);
  void handle_request(Lan& lan, const Asked& asked);
  void handle_inform(Lan& lan, const Asked& asked);
  void end_lease(Lan& lan, const Asked& asked, stats::ControlEvent event);
  void hold(Lan& lan, const Asked& asked, Time until);
  bool send_configuration(Lan& lan, const Asked& asked, wire::DhcpType type);
  void refuse(Lan& lan, const Asked& asked);
  bool send(const Lan& lan, wire::Ipv4Address to, const wire::MacAddress& to_mac, wire::DhcpReply&& reply,
            stats::ControlEvent event);

  std::vector<Lan> lans_;
  session::LanPeers& peers_;
  FrameSink& sink_;
  stats::ControlCounters& counters_;
};

}  // namespace narrows::control
