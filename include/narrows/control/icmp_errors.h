// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/frame_sink.h"
#include "narrows/control/time.h"
#include "narrows/control/too_long_destinations.h"
#include "narrows/control/undeliverable.h"
#include "narrows/session/session.h"
#include "narrows/session/token_bucket.h"
#include "narrows/stats/control_events.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/ipv6_address.h"
#include "narrows/wire/mac_address.h"

namespace narrows::control {

/// Tells senders why their packets do not go on: too long for the link ahead (RFC 1191, RFC 8201), so that
/// they send shorter ones; or, on the LAN, that the session is down, so that programs fail or turn elsewhere
/// instead of waiting.
class IcmpErrors {
 public:
  /// Who an IPv4 message to the LAN comes from while the session has no gateway (RFC 7600 §4.8).
  static constexpr wire::Ipv4Address kDummy{0xc0000008};

  /// Who IPv4 messages come from, by the port they leave by. Absent: the address that the packet was sent to,
  /// as only those of the other end belong there.
  using Ipv4Sources = std::array<std::optional<wire::Ipv4Address>, kSides>;

  /// The references outlive the object.
  /// @param too_long  where packets that were too long are noted.
  IcmpErrors(const config::Config& config, const wire::MacAddress& lan_mac, TooLongDestinations& too_long,
             FrameSink& sink, stats::ControlCounters& counters);

  /// Other settings, and room for so many sessions at least.
  void configure(const config::Icmp& settings, std::size_t sessions);

  /// @param spec  of the session, as of now.
  void handle(std::size_t session, const session::SessionSpec& spec, const Ipv4Sources& sources,
              const Undeliverable& lost, Time now);

 private:
  [[nodiscard]] std::vector<std::uint8_t> make_message(rewrite::IcmpError error, const Ipv4Sources& sources,
                                                       const Undeliverable& lost) const;
  [[nodiscard]] std::optional<wire::Ipv6Octets> ipv6_source(const Undeliverable& lost) const noexcept;
  bool send(const session::SessionSpec& spec, const Undeliverable& lost,
            std::span<const std::uint8_t> message);

  config::Icmp settings_;
  session::TokenBucket::Rate rate_;  ///< of one session's messages
  wire::Ipv6Octets link_local_;
  std::vector<session::TokenBucket> limits_;  ///< by session
  TooLongDestinations& too_long_;
  FrameSink& sink_;
  stats::ControlCounters& counters_;
};

}  // namespace narrows::control
