// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/link.h"

#include <algorithm>
#include <utility>

#include "link_parts.h"
#include "narrows/wire/ppp.h"
#include "narrows/wire/pppoe.h"

namespace narrows::ppp {
namespace {

/// The authentication phase's length at most: whoever asks, or has to ask, and does not.
constexpr Time kAuthenticationLimit = std::chrono::seconds(60);

LinkSettings of_one_end(LinkSettings settings) {
  if (!settings.is_concentrator) {
    settings.asks.reset();
    settings.offer.reset();
  }
  return settings;
}

/// Neither up nor on the way there; a Configure-Request of the peer may still begin anew.
bool is_done(const ControlProtocol& protocol) {
  return protocol.state() == State::closed || protocol.state() == State::stopped;
}

}  // namespace

Link::Parts::Parts(LinkSettings settings, PacketSink& sink, Random& random,
                   MakeAuthentication make_authentication)
    : settings_(of_one_end(std::move(settings))),
      sink_(sink),
      random_(random),
      make_authentication_(make_authentication),
      lcp_(settings_, sink, random),
      ipcp_(settings_, sink),
      ipv6cp_(settings_.limits, sink, random),
      keepalive_(settings_.echo_interval, settings_.echo_failures) {}

void Link::Parts::start(Time now) {
  if (is_over() || lcp_.state() != State::initial) return;
  lcp_.open(now);
  lcp_.up(now);
  settle(now);
}

void Link::Parts::close(Time now) {
  if (is_over()) return;
  terminate(LinkEnd::closed, {}, now);
  if (lcp_.state() == State::initial) finish(now);  // never started
  settle(now);
}

void Link::Parts::receive(std::uint16_t protocol, std::span<const std::uint8_t> information, Time now) {
  if (is_over()) {
    ++ignored_;
    return;
  }
  const bool is_authentication = protocol == wire::kPppPap || protocol == wire::kPppChap;
  if (protocol == wire::kPppLcp) {
    receive_lcp(information, now);
  } else if (is_authentication && authentication_ && protocol == authentication_protocol_) {
    authentication_->receive(protocol, information, now);  // also a rechallenge, in the network phase
  } else if (in_network_ && !is_authentication) {
    receive_network(protocol, information, now);
  } else {
    ++ignored_;  // before its phase: "MUST be silently discarded" (RFC 1661 §3.4, §3.5, §3.7)
  }
  settle(now);
}

void Link::Parts::receive_lcp(std::span<const std::uint8_t> information, Time now) {
  lcp_.receive(information, now);
  const Lcp::Arrival arrival = lcp_.take_arrival();
  if (arrival.rejected_protocol) protocol_rejected(*arrival.rejected_protocol, now);
  if (arrival.echo_reply && !keepalive_.note_reply(*arrival.echo_reply, now)) ++ignored_;
  if (arrival.echo_request) keepalive_.note_life(now);
  if (arrival.echo_refused) keepalive_.stop();
}

void Link::Parts::receive_network(std::uint16_t protocol, std::span<const std::uint8_t> information,
                                  Time now) {
  if (protocol == wire::kPppIpcp && has_ipcp()) return ipcp_.receive(information, now);
  if (protocol == wire::kPppIpv6cp) return ipv6cp_.receive(information, now);
  if (wire::is_ppp_data(protocol)) return keepalive_.note_life(now);
  // RFC 1661 §3.6, §5.7. Also numbers that break the rules of §2.
  lcp_.send_protocol_reject(protocol, information);
}

/// "MUST stop sending packets of the indicated protocol at the earliest opportunity" (RFC 1661 §5.7).
void Link::Parts::protocol_rejected(std::uint16_t protocol, Time now) {
  switch (protocol) {
    case wire::kPppIpcp:
    case wire::kPppIpv4:
      return ipcp_.protocol_rejected(now);
    case wire::kPppIpv6cp:
    case wire::kPppIpv6:
      return ipv6cp_.protocol_rejected(now);
    default:
      if (authentication_ && protocol == authentication_protocol_) terminate(LinkEnd::no_agreement, {}, now);
  }
}

Time Link::Parts::next_deadline() const {
  if (is_over()) return kNever;
  const Time authentication = authentication_ ? authentication_->next_deadline() : kNever;
  return std::min({lcp_.next_deadline(), ipcp_.next_deadline(), ipv6cp_.next_deadline(),
                   keepalive_.next_deadline(), authentication, authentication_limit_});
}

void Link::Parts::poll(Time now) {
  if (now < next_deadline()) return;
  lcp_.poll(now);
  ipcp_.poll(now);
  ipv6cp_.poll(now);
  if (authentication_) authentication_->poll(now);
  if (now >= authentication_limit_) terminate(LinkEnd::authentication_silent, {}, now);
  keep_alive(now);
  settle(now);
}

void Link::Parts::keep_alive(Time now) {
  switch (keepalive_.due(now)) {
    case Keepalive::Due::nothing:
      return;
    case Keepalive::Due::echo:
      return keepalive_.note_sent(lcp_.send_echo(), now);
    case Keepalive::Due::lost:
      // One Terminate-Request in case it still hears us; nobody waits for an answer.
      terminate(LinkEnd::echo_lost, {}, now);
      return finish(now);
  }
}

void Link::Parts::settle(Time now) {
  for (int round = 0; round < 2 && !is_over(); ++round) {  // the upper layers may have ended the link
    settle_lcp(now);
    settle_authentication(now);
    settle_network(now);
  }
}

void Link::Parts::settle_lcp(Time now) {
  if (lcp_.is_looped()) terminate(LinkEnd::looped_back, {}, now);
  const ControlProtocol::Signals signals = lcp_.take_signals();
  if (signals.down) leave_network(now);
  if (signals.up) lcp_is_up(now);
  if (lcp_.state() == State::stopping && !reason_) {
    reason_ = lcp_failure();
    end_message_ = lcp_.terminate_message();
  }
  if (signals.finished) finish(now);
}

void Link::Parts::lcp_is_up(Time now) {
  keepalive_.start(now);
  const auto method = settings_.asks ? settings_.asks : lcp_.peer_asks();
  if (!method) return enter_network(now);
  authentication_protocol_ = protocol_of(*method);
  authentication_ = make_authentication_(*method, settings_, sink_, random_);
  authentication_limit_ = now + kAuthenticationLimit;
  authentication_->start(now);
}

void Link::Parts::settle_authentication(Time now) {
  if (!authentication_) return;
  const std::string& message = authentication_->message();
  switch (authentication_->status()) {
    case Authentication::Status::running:
      return;
    case Authentication::Status::succeeded:
      if (!in_network_ && lcp_.is_opened()) enter_network(now);
      return;
    case Authentication::Status::refused:
      return terminate(LinkEnd::authentication_refused, message, now);
    case Authentication::Status::not_genuine:
      return terminate(LinkEnd::not_genuine, message, now);
    case Authentication::Status::silent:
      return terminate(LinkEnd::authentication_silent, message, now);
  }
}

void Link::Parts::enter_network(Time now) {
  in_network_ = true;
  authentication_limit_ = kNever;
  if (authentication_) peer_name_ = authentication_->peer_name();
  ipcp_.set_mtu(mtu_octets());
  ipv6cp_.set_mtu(mtu_octets());
  const auto begin = [now](ControlProtocol& protocol) {
    protocol.open(now);  // again, if it has been given up on this link's last network phase
    protocol.up(now);
  };
  if (has_ipcp()) begin(ipcp_);
  begin(ipv6cp_);
}

void Link::Parts::leave_network(Time now) {
  keepalive_.stop();
  drop_authentication();
  if (!std::exchange(in_network_, false)) return;
  if (has_ipcp()) ipcp_.down(now);
  ipv6cp_.down(now);
}

void Link::Parts::drop_authentication() {
  authentication_limit_ = kNever;
  if (authentication_) ignored_ += authentication_->ignored();
  authentication_.reset();
}

void Link::Parts::settle_network(Time now) {
  const ControlProtocol::Signals v4 = ipcp_.take_signals();
  const ControlProtocol::Signals v6 = ipv6cp_.take_signals();
  if (v4.down) ipv4_.reset();
  if (v6.down) ipv6_.reset();
  if (v4.up) ipv4_ = Ipv4Result{ipcp_.own(), ipcp_.peer(), ipcp_.dns()};
  if (v6.up) ipv6_ = Ipv6Result{ipv6cp_.own(), ipv6cp_.peer()};
  const bool is_v4_done = !has_ipcp() || is_done(ipcp_);
  if (!in_network_ || !is_v4_done || !is_done(ipv6cp_)) return;
  const bool disagree = ipv6cp_.failure() == ControlProtocol::Failure::no_agreement &&
                        ipcp_.failure() == ControlProtocol::Failure::no_agreement;
  terminate(disagree ? LinkEnd::no_agreement : LinkEnd::no_network, {}, now);
}

/// The first reason stays: what follows is its consequence.
void Link::Parts::terminate(LinkEnd reason, const std::string& message, Time now) {
  if (!reason_) {
    reason_ = reason;
    end_message_ = message;
  }
  lcp_.close(now);
}

/// LCP is done, or will not be waited for.
void Link::Parts::finish(Time now) {
  if (!reason_) {
    reason_ = lcp_failure();
    end_message_ = lcp_.terminate_message();
  }
  leave_network(now);
  lcp_.down(now);
  ipv4_.reset();
  ipv6_.reset();
  end_ = reason_;
}

LinkEnd Link::Parts::lcp_failure() const {
  if (lcp_.is_peer_terminated()) return LinkEnd::peer_terminated;
  return lcp_.failure() == ControlProtocol::Failure::no_answer ? LinkEnd::no_answer : LinkEnd::no_agreement;
}

Link::Phase Link::Parts::phase() const noexcept {
  switch (lcp_.state()) {
    case State::initial:
    case State::starting:
      return Phase::dead;
    case State::closed:
    case State::stopped:
    case State::closing:
    case State::stopping:
      return Phase::terminate;
    case State::req_sent:
    case State::ack_rcvd:
    case State::ack_sent:
      return Phase::establish;
    case State::opened:
      break;
  }
  return in_network_ ? Phase::network : Phase::authenticate;
}

std::uint64_t Link::Parts::ignored() const {
  const std::uint64_t authentication = authentication_ ? authentication_->ignored() : 0;
  return ignored_ + lcp_.ignored() + ipcp_.ignored() + ipv6cp_.ignored() + authentication;
}

Link::Link(LinkSettings settings, PacketSink& sink, Random& random, MakeAuthentication make_authentication)
    : parts_(std::make_unique<Parts>(std::move(settings), sink, random, make_authentication)) {}
Link::~Link() = default;

void Link::start(Time now) {
  parts_->start(now);
}
void Link::close(Time now) {
  parts_->close(now);
}
void Link::receive(std::uint16_t protocol, std::span<const std::uint8_t> information, Time now) {
  parts_->receive(protocol, information, now);
}
void Link::note_life(Time now) {
  parts_->note_life(now);
}
void Link::set_echo(Time interval, unsigned failures, Time now) {
  parts_->set_echo(interval, failures, now);
}
void Link::poll(Time now) {
  parts_->poll(now);
}
Time Link::next_deadline() const {
  return parts_->next_deadline();
}
Link::Phase Link::phase() const {
  return parts_->phase();
}
const std::optional<Ipv4Result>& Link::ipv4() const {
  return parts_->ipv4();
}
const std::optional<Ipv6Result>& Link::ipv6() const {
  return parts_->ipv6();
}
std::uint16_t Link::mtu_octets() const {
  return parts_->mtu_octets();
}
std::uint16_t Link::mru_octets() const {
  return parts_->mru_octets();
}
std::optional<LinkEnd> Link::end() const {
  return parts_->end();
}
const std::string& Link::end_message() const {
  return parts_->end_message();
}
const std::string& Link::peer_name() const {
  return parts_->peer_name();
}
Time Link::echo_round_trip() const {
  return parts_->echo_round_trip();
}
unsigned Link::echoes_unanswered() const {
  return parts_->echoes_unanswered();
}
std::uint64_t Link::ignored() const {
  return parts_->ignored();
}

}  // namespace narrows::ppp
