// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/ppp/authentication.h"
#include "narrows/ppp/negotiation_limits.h"
#include "narrows/ppp/time.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/pppoe.h"

namespace narrows::ppp {

/// What a concentrator gives its peer.
struct Ipv4Offer {
  wire::Ipv4Address own;
  wire::Ipv4Address peer;
  std::vector<wire::Ipv4Address> dns;  ///< at most two
};

struct LinkSettings {
  /// Largest information field we can receive: 1492, or up to 1500 and beyond after RFC 4638.
  std::uint16_t mru_octets = wire::kPppoeMtu;
  Time echo_interval = std::chrono::seconds(10);  ///< 0: no echoes of our own
  unsigned echo_failures = 3;                     ///< unanswered in a row before the link is given up

  /// Client end: who we are, and what we let ourselves be asked for, most wanted first. RFC 1661 §5.4: an
  /// Authentication-Protocol option that is not among these is Nak'ed with the first of them.
  std::optional<Credentials> credentials;
  std::vector<config::AuthMethod> accepts;

  /// Concentrator end: what we ask for. Nothing: no authentication.
  std::optional<config::AuthMethod> asks;
  std::string own_name;
  PasswordOf password_of;
  Time rechallenge = kNever;       ///< between challenges once the link is up (CHAP only)
  std::optional<Ipv4Offer> offer;  ///< nothing: IPCP is rejected (LCP Protocol-Reject)
  bool is_concentrator = false;

  NegotiationLimits limits;
};

}  // namespace narrows::ppp
