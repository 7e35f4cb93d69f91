// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/frame_sink.h"
#include "narrows/control/rate_limit.h"
#include "narrows/control/time.h"
#include "narrows/session/address_plan.h"
#include "narrows/session/lan_peers.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/wire/ethernet.h"

namespace narrows::control {

/// The concentrator's neighbours on its core link: answers for its own address and for those of its sessions
/// (ARP by proxy, RFC 1027; neighbour discovery, RFC 4861), and knows the MAC of the router it sends to.
class CoreAnswers {
 public:
  /// Of all stations together.
  using Limit = RateLimit<500, 1000>;

  /// The references outlive the object. `header`: what the data path puts on frames to the core.
  CoreAnswers(const config::Concentrator& config, const session::AddressPlan& addresses,
              const wire::MacAddress& mac, const session::HeaderTemplate& header, session::LanPeers& peers,
              FrameSink& sink, stats::ControlCounters& counters);

  /// A frame received by the core port. @param view  of the frame, whole.
  void handle(const wire::EthernetView& view, std::span<const std::uint8_t> frame, Time now);

  /// Asks by ARP for a configured router whose MAC is missing: at first, and then while packets have to be
  /// dropped for it, at most once a second.
  /// @param waiting  packets dropped so far; only grows.
  void tick(Time now, std::uint64_t waiting);

 private:
  void handle_arp(std::span<const std::uint8_t> payload, Time now);
  void handle_ipv6(const wire::MacAddress& source, std::span<const std::uint8_t> payload, Time now);
  void learn(const wire::MacAddress& mac);
  void answer(const wire::MacAddress& to, std::uint16_t ethertype, std::span<const std::uint8_t> payload,
              stats::ControlEvent event, Time now);

  const config::Concentrator& config_;
  const session::AddressPlan& addresses_;
  wire::MacAddress mac_;
  session::HeaderTemplate header_;
  session::LanPeers& peers_;
  FrameSink& sink_;
  stats::ControlCounters& counters_;
  Limit limit_;
  std::optional<Time> asked_;
  std::uint64_t waiting_ = 0;
};

}  // namespace narrows::control
