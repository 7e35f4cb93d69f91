// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/session_words.h"

#include <chrono>

namespace narrows::control {

std::string families_text(const session::SessionSpec& spec) {
  if (spec.up[0] && spec.up[1]) return "IPv4 and IPv6";
  return spec.up[0] ? "IPv4" : "IPv6";
}

double seconds(Time time) {
  return std::chrono::duration<double>(time).count();
}

std::string without(std::string words, std::string_view secret) {
  constexpr std::size_t kLeast = 4;  // shorter ones are parts of ordinary words
  constexpr std::string_view kInItsPlace = "***";
  if (secret.size() < kLeast) return words;
  for (auto at = words.find(secret); at != std::string::npos;
       at = words.find(secret, at + kInItsPlace.size()))
    words.replace(at, secret.size(), kInItsPlace);
  return words;
}

stats::SessionFailure failure_of(ppp::LinkEnd end) noexcept {
  using ppp::LinkEnd;
  using stats::SessionFailure;
  switch (end) {
    case LinkEnd::no_answer:
      return SessionFailure::lcp_no_answer;
    case LinkEnd::no_agreement:
      return SessionFailure::no_agreement;
    case LinkEnd::looped_back:
      return SessionFailure::looped_back;
    case LinkEnd::authentication_refused:
      return SessionFailure::authentication_refused;
    case LinkEnd::authentication_silent:
      return SessionFailure::authentication_silent;
    case LinkEnd::not_genuine:
      return SessionFailure::not_genuine;
    case LinkEnd::no_network:
      return SessionFailure::no_network;
    case LinkEnd::echo_lost:
      return SessionFailure::echo_lost;
    case LinkEnd::peer_terminated:
    case LinkEnd::closed:
      break;
  }
  return SessionFailure::terminated;
}

void describe_link(const ppp::Link& link, bool own_address, stats::SessionStatus& status) {
  using stats::SessionState;
  status.mtu_octets = link.mtu_octets();
  status.family_up = {link.ipv4().has_value(), link.ipv6().has_value()};
  if (const auto& ipv4 = link.ipv4()) {
    status.address = own_address ? ipv4->own : ipv4->peer;
    status.peer_address = own_address ? ipv4->peer : ipv4->own;
    status.dns = ipv4->dns;
  }
  status.echo_round_trip_ns = static_cast<std::uint64_t>(link.echo_round_trip().count());
  using Phase = ppp::Link::Phase;
  const bool up = status.family_up[0] || status.family_up[1];
  status.state = up                                    ? SessionState::up
                 : link.phase() == Phase::network      ? SessionState::network
                 : link.phase() == Phase::authenticate ? SessionState::authentication
                                                       : SessionState::lcp;
  if (status.state != SessionState::lcp) status.mru_octets = link.mru_octets();
}

}  // namespace narrows::control
