// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/frame_sink.h"
#include "narrows/control/rate_limit.h"
#include "narrows/control/time.h"
#include "narrows/session/lan_peers.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/wire/arp.h"
#include "narrows/wire/mac_address.h"
#include "narrows/wire/neighbor_discovery.h"

namespace narrows::control {

/// The last few different addresses seen; the oldest makes room.
template <typename Address>
class RecentAddresses {
 public:
  [[nodiscard]] bool contains(const Address& address) const noexcept {
    return std::find(addresses_.begin(), addresses_.begin() + used_, address) != addresses_.begin() + used_;
  }
  void add(const Address& address) noexcept {
    if (contains(address)) return;
    addresses_[next_] = address;
    next_ = static_cast<std::uint8_t>((next_ + 1) % kSlots);
    used_ = std::max(used_, next_ == 0 ? kSlots : next_);
  }

 private:
  static constexpr std::uint8_t kSlots = 8;
  std::array<Address, kSlots> addresses_{};
  std::uint8_t next_ = 0;
  std::uint8_t used_ = 0;
};

/// The LAN side's neighbours: a LAN host believes that all the world is on its link (the PPPoE line behaves
/// as a half-bridge), so the LAN port answers for every address but the host's own, in ARP (RFC 826,
/// RFC 1027) and IPv6 neighbour discovery (RFC 4861). Learns the host's MAC address from both.
class NeighborAnswers {
 public:
  /// Of one session, ARP and neighbour discovery together: a whole LAN that has come back asks no faster, and
  /// a flood costs the data path no more. Far above what it takes, as nobody can tell who asks in earnest.
  using Limit = RateLimit<500, 1000>;

  /// The references must outlive the object. `headers`: what the data path puts on frames to the LAN, one
  /// for each session.
  NeighborAnswers(const config::Config& config, const wire::MacAddress& lan_mac,
                  std::span<const session::HeaderTemplate> headers, session::LanPeers& peers, FrameSink& sink,
                  stats::ControlCounters& counters);

  /// Another LAN side of a session, which may be a new one: its host is to be learned anew.
  void configure(std::size_t session, const config::SessionLan& lan, const session::HeaderTemplate& header);

  /// The host's own address and its gateway's, which the line gave or took away; other hosts' stay as
  /// configured.
  void set_addresses(std::size_t session, wire::Ipv4Address address,
                     std::optional<wire::Ipv4Address> gateway);

  /// @param session  index, in range.
  /// @param payload  of an ARP frame, behind its ethertype.
  void handle_arp(std::size_t session, std::span<const std::uint8_t> payload, Time now);

  /// @param source   the frame's Ethernet source, unicast.
  /// @param payload  of an IPv6 frame, behind its ethertype, padding included.
  void handle_ipv6(std::size_t session, const wire::MacAddress& source, std::span<const std::uint8_t> payload,
                   Time now);

  /// Asks by ARP for each LAN host whose address is configured, whose MAC is missing and for which frames
  /// had to be dropped since: at once, then at most once a second.
  /// @param no_lan_peer  drops of each session for want of the MAC, as counted now; only grow.
  void tick(Time now, std::span<const std::uint64_t> no_lan_peer);

 private:
  struct Neighbor {
    session::HeaderTemplate header;
    std::optional<wire::Ipv4Address> address;  ///< configured
    std::optional<wire::Ipv4Address> gateway;
    RecentAddresses<wire::Ipv4Address> ipv4;  ///< the host's own, where none is configured
    RecentAddresses<wire::Ipv6Octets> ipv6;
    Limit limit;
  };
  /// A session for which tick() may have to ask.
  struct Question {
    std::size_t session = 0;
    std::uint64_t drops = 0;  ///< no_lan_peer when it was last asked for
    std::optional<Time> asked;
  };

  void learn_from_arp(std::size_t session, const wire::ArpMessage& message);
  [[nodiscard]] static bool wants_answer(const Neighbor& neighbor, const wire::ArpMessage& request);
  void advertise(const Neighbor& neighbor, const wire::NeighborSolicitation& solicitation,
                 const wire::MacAddress& solicitor);
  [[nodiscard]] bool may_answer(Neighbor& neighbor, Time now);
  void send(const std::vector<std::uint8_t>& frame, stats::ControlEvent event);

  wire::MacAddress lan_mac_;
  std::vector<Neighbor> neighbors_;
  std::vector<Question> questions_;
  session::LanPeers& peers_;
  FrameSink& sink_;
  stats::ControlCounters& counters_;
};

}  // namespace narrows::control
