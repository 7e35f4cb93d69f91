// SPDX-License-Identifier: BSD-3-Clause
/// How a session is doing: its states and the reasons why it is not up, one table each, from which the names
/// in logs, JSON, Prometheus, telemetry and docs follow.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "narrows/stats/reasons.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/mac_address.h"

namespace narrows::stats {

/// Rows of kSessionStateNames, same order.
enum class SessionState : std::uint8_t { down, discovery, lcp, authentication, network, up, kCount };
inline constexpr std::size_t kSessionStates = static_cast<std::size_t>(SessionState::kCount);
inline constexpr std::array<const char*, kSessionStates> kSessionStateNames{
    "down", "discovery", "lcp", "authentication", "network", "up"};

/// Why a session ended or did not come up. Rows of kSessionFailureTexts, same order.
enum class SessionFailure : std::uint8_t {
  line_down,
  no_offer,
  no_answer,
  refused,
  lcp_no_answer,
  no_agreement,
  looped_back,
  authentication_refused,
  authentication_silent,
  not_genuine,
  no_network,
  echo_lost,
  forgotten,
  killed,
  terminated,
  kCount,
};
inline constexpr std::size_t kSessionFailures = static_cast<std::size_t>(SessionFailure::kCount);

inline constexpr std::array<NamedText, kSessionFailures> kSessionFailureTexts{{
    {"line_down", "the WAN port has no link"},
    {"no_offer", "no concentrator offers the service (no PADO)"},
    {"no_answer", "the concentrator that offered does not answer (no PADS)"},
    {"refused", "the concentrator refuses a session (PADS)"},
    {"lcp_no_answer", "the concentrator does not negotiate (LCP)"},
    {"no_agreement", "negotiation does not converge"},
    {"looped_back", "the line is looped back: own frames return"},
    {"authentication_refused", "user name or password refused"},
    {"authentication_silent", "no answer to the authentication"},
    {"not_genuine", "the concentrator does not know the password itself (MS-CHAPv2)"},
    {"no_network", "neither IPv4 nor IPv6 was agreed on"},
    {"echo_lost", "the concentrator went silent (LCP echo)"},
    {"forgotten", "the concentrator no longer knows the session: it was probably restarted (PADT)"},
    {"killed", "the session was killed by the concentrator (PADT)"},
    {"terminated", "the session was ended by the concentrator (LCP Terminate-Request)"},
}};

/// A session as of now. A static one is always up.
struct SessionStatus {
  SessionState state = SessionState::up;
  std::uint16_t id = 0;  ///< 0: none
  wire::MacAddress ac_mac;
  std::string ac_name;
  std::uint16_t mtu_octets = 0;
  std::array<bool, kFamilies> family_up{true, true};
  wire::Ipv4Address address;  ///< what IPCP gave; 0: nothing
  wire::Ipv4Address peer_address;
  std::vector<wire::Ipv4Address> dns;
  std::uint16_t mru_octets = 0;                ///< largest packet the other end may send; 0: not known
  std::optional<SessionFailure> last_failure;  ///< why it last ended or did not come up; none: never
  std::string last_error;                      ///< printable; empty: none since it last came up
  std::uint64_t dials = 0;
  std::uint64_t times_up = 0;
  std::uint64_t echo_round_trip_ns = 0;
  std::uint64_t up_since_ns = 0;  ///< of the monotonic clock; while up
};

}  // namespace narrows::stats
