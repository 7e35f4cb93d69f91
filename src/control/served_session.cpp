// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/served_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "narrows/control/frame_builder.h"
#include "narrows/control/icmpv6_packets.h"
#include "narrows/control/session_words.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/pppoe_discovery.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using stats::SessionFailure;

/// How long a Terminate-Ack is waited for before PADT ends the session anyway.
constexpr Time kGoodbye = 300ms;
/// The client's first packet starts the negotiation, or this time after the PADS: sooner it may not know the
/// session yet.
constexpr Time kStartDelay = 20ms;

/// Router advertisements (RFC 4861 §6.2.4): the client's end may come up a little later than ours, and the
/// first of them may be lost.
constexpr Time kFirstAdvertisement = 100ms;
constexpr Time kEarlyInterval = 3s;
constexpr Time kInterval = 60s;
constexpr unsigned kEarly = 3;

/// Why a session ended, seen from here.
std::string words_of(ppp::LinkEnd end, const std::string& message) {
  const auto text = [end] {
    using ppp::LinkEnd;
    switch (end) {
      case LinkEnd::no_answer:
        return "the client does not negotiate (LCP)";
      case LinkEnd::no_agreement:
        return "negotiation does not converge";
      case LinkEnd::looped_back:
        return "the line is looped back: own frames return";
      case LinkEnd::authentication_refused:
        return "user name or password refused";
      case LinkEnd::authentication_silent:
        return "the client does not authenticate itself";
      case LinkEnd::not_genuine:
        return "the client does not take this concentrator for genuine";
      case LinkEnd::no_network:
        return "neither IPv4 nor IPv6 was agreed on";
      case LinkEnd::echo_lost:
        return "the client went silent (LCP echo)";
      case LinkEnd::peer_terminated:
      case LinkEnd::closed:
        break;
    }
    return "ended by the client (LCP Terminate-Request)";
  }();
  return message.empty() ? std::string(text) : fmt::format("{}: {}", text, message);
}

}  // namespace

ServedSession::ServedSession(session::SessionSpec base, std::uint16_t index,
                             const ServedSurroundings& surroundings)
    : base_(std::move(base)), index_(index), around_(surroundings) {}

void ServedSession::open(std::uint16_t id, const wire::MacAddress& client, std::uint16_t max_payload,
                         Time now) {
  ++calls_;
  id_ = id;
  client_ = client;
  started_ = false;
  start_at_ = now + kStartDelay;
  link_ = std::make_unique<ppp::Link>(link_settings(max_payload), static_cast<ppp::PacketSink&>(*this),
                                      around_.random);
}

ppp::LinkSettings ServedSession::link_settings(std::uint16_t max_payload) const {
  const config::Concentrator& config = around_.config;
  ppp::LinkSettings settings;
  settings.mru_octets = max_payload != 0 ? max_payload : std::min(config.mtu_octets, wire::kPppoeMtu);
  settings.echo_interval = std::chrono::seconds(config.echo_interval_s);
  settings.echo_failures = config.echo_failures;
  settings.is_concentrator = true;
  settings.asks = config.auth;
  settings.own_name = config.name;
  settings.password_of = [&config](const std::string& name) -> std::optional<std::string> {
    const auto user = config.users.find(name);
    return user == config.users.end() ? std::nullopt : std::optional(user->second);
  };
  settings.offer = ppp::Ipv4Offer{config.own_ipv4, {config.first_ipv4.value + index_}, config.dns};
  return settings;
}

void ServedSession::start(Time now) {
  started_ = true;
  link_->start(now);
}

void ServedSession::hang_up(Time now) {
  if (is_free() || goodbye_until_) return;
  goodbye_until_ = now + kGoodbye;
  link_->close(now);
  check_link(now);
}

void ServedSession::handle_padt(Time /*now*/) {
  if (goodbye_until_) return end(std::nullopt, "", false);
  end(SessionFailure::killed, "ended by the client (PADT)", false);
}

void ServedSession::handle_ppp(std::uint16_t protocol, std::span<const std::uint8_t> information, Time now) {
  if (!started_) start(now);
  if (protocol == wire::kPppIpv6) {
    handle_ipv6(information, now);
    link_->note_life(now);
  } else {
    around_.counters.count(stats::ControlEvent::ppp_received);
    link_->receive(protocol, information, now);
  }
  check_link(now);
}

void ServedSession::note_life(Time now) {
  if (started_) link_->note_life(now);
}

void ServedSession::poll(Time now) {
  if (!started_ && now >= start_at_) start(now);
  if (started_) link_->poll(now);
  check_link(now);
  if (now < advertise_at_) return;
  advertise();
  if (early_advertisements_ > 0) --early_advertisements_;
  advertise_at_ = now + (early_advertisements_ > 0 ? kEarlyInterval : kInterval);
}

Time ServedSession::next_deadline() const {
  if (is_free()) return kNever;
  if (!started_) return start_at_;
  return std::min({link_->next_deadline(), advertise_at_, goodbye_until_.value_or(kNever)});
}

void ServedSession::check_link(Time now) {
  if (goodbye_until_) {
    if (link_->end() || now >= *goodbye_until_) end(std::nullopt, "", true);
    return;
  }
  if (const auto how = link_->end()) return end(failure_of(*how), words_of(*how, link_->end_message()), true);
  if (!up_since_ && (link_->ipv4() || link_->ipv6())) {
    up_since_ = now;
    ++times_up_;
    last_error_.clear();
  }
  plan_advertisements(now);
}

void ServedSession::end(std::optional<SessionFailure> failure, const std::string& words, bool say_so) {
  ending_ = Ending{failure, words, id_, client_, user()};
  if (failure) {
    last_error_ = words;
    last_failure_ = failure;
  }
  if (say_so) {
    const auto frame =
        discovery_frame(session::make_lan_to_wan(spec()).header, client_, wire::kPppoePadt, id_, {});
    if (!around_.sink.send(Side::wan, frame)) around_.counters.count(stats::ControlEvent::unsent);
  }
  link_.reset();
  id_ = 0;
  client_ = {};
  goodbye_until_.reset();
  up_since_.reset();
  advertise_at_ = kNever;
}

void ServedSession::handle_ipv6(std::span<const std::uint8_t> packet, Time now) {
  const auto ip = wire::parse_ipv6(packet.data(), packet.size());
  const auto octets = packet.first(ip.octets);
  if (ip.octets == 0 || !wire::is_router_solicitation(octets) || !icmpv6_checksum_is_right(octets) ||
      advertise_at_ == kNever)
    return around_.counters.count(stats::ControlEvent::ignored_other);
  if (!solicited_.take(now)) return around_.counters.count(stats::ControlEvent::rate_limited);
  advertise();
}

void ServedSession::plan_advertisements(Time now) {
  const bool wanted = around_.config.ipv6_prefix && link_->ipv6();
  if (wanted == (advertise_at_ != kNever)) return;
  advertise_at_ = wanted ? now + kFirstAdvertisement : kNever;
  early_advertisements_ = kEarly;
}

void ServedSession::advertise() {
  RouterAdvertisement advertisement;
  advertisement.source = wire::link_local_of(link_->ipv6()->own);
  std::ranges::copy(*around_.config.ipv6_prefix, advertisement.prefix.begin());
  wire::header_at<wire::Be16>(advertisement.prefix.data() + around_.config.ipv6_prefix->size()) =
      wire::Be16(index_);
  advertisement.mtu_octets = link_->mtu_octets();
  send(wire::kPppIpv6, make_router_advertisement(advertisement));
  around_.counters.count(stats::ControlEvent::router_advertised);
}

session::SessionSpec ServedSession::spec() const {
  session::SessionSpec spec = base_;
  spec.up = {false, false};
  if (is_free()) return spec;
  spec.id = id_;
  spec.ac_mac = client_;
  spec.mtu_octets = link_->mtu_octets();
  if (!goodbye_until_)
    spec.up = {link_->ipv4().has_value(), around_.config.ipv6_prefix && link_->ipv6().has_value()};
  return spec;
}

const std::string& ServedSession::user() const {
  static const std::string nobody;
  return is_free() ? nobody : link_->peer_name();
}

stats::SessionStatus ServedSession::status() const {
  stats::SessionStatus status;
  status.state = stats::SessionState::down;
  status.family_up = {false, false};
  status.last_error = last_error_;
  status.last_failure = last_failure_;
  status.dials = calls_;
  status.times_up = times_up_;
  if (is_free() || goodbye_until_) return status;
  status.id = id_;
  status.ac_mac = client_;
  status.ac_name = user();
  describe_link(*link_, false, status);
  if (up_since_) status.up_since_ns = static_cast<std::uint64_t>(up_since_->count());
  return status;
}

std::optional<ServedSession::Ending> ServedSession::take_ending() {
  return std::exchange(ending_, std::nullopt);
}

void ServedSession::send(std::uint16_t protocol, std::span<const std::uint8_t> information) {
  const auto header = session::make_lan_to_wan(spec()).header;
  if (!around_.sink.send(Side::wan, ppp_frame(header, protocol, information)))
    around_.counters.count(stats::ControlEvent::unsent);
}

}  // namespace narrows::control
