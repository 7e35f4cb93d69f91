// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/client_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "narrows/control/frame_builder.h"
#include "narrows/control/session_words.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/pppoe_discovery.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using stats::SessionFailure;

/// How long a Terminate-Ack is waited for before PADT ends the session anyway.
constexpr Time kGoodbye = 300ms;
constexpr std::size_t kRandomOctets = 8;
constexpr std::size_t kHostUniqOctets = kRandomOctets + 2;

SessionFailure failure_of(ppp::DiscoveryClient::Failure failure) {
  using Failure = ppp::DiscoveryClient::Failure;
  switch (failure) {
    case Failure::refused:
      return SessionFailure::refused;
    case Failure::no_answer:
      return SessionFailure::no_answer;
    case Failure::no_offer:
    case Failure::none:
      break;
  }
  return SessionFailure::no_offer;
}

}  // namespace

std::optional<std::size_t> session_of_host_uniq(std::span<const std::uint8_t> host_uniq) {
  if (host_uniq.size() != kHostUniqOctets) return std::nullopt;
  return wire::header_at<wire::Be16>(host_uniq.data() + kRandomOctets).host();
}

ClientSession::ClientSession(config::Session config, session::SessionSpec base, std::uint16_t index,
                             const ClientSurroundings& surroundings)
    : config_(std::move(config)),
      base_(std::move(base)),
      index_(index),
      around_(surroundings),
      redial_(*config_.client) {}

void ClientSession::configure(const config::Session& config, session::SessionSpec base, Time now) {
  const config::ClientSession& next = *config.client;
  const bool paces_anew = next.redial_first_s != config_.client->redial_first_s ||
                          next.redial_max_s != config_.client->redial_max_s;
  config_ = config;
  base_ = std::move(base);
  if (paces_anew) redial_ = Redial(next);
  if (link_) link_->set_echo(std::chrono::seconds(next.echo_interval_s), next.echo_failures, now);
}

void ClientSession::dial(Time now) {
  ++dials_;
  stage_ = Stage::discovery;
  discovery_.emplace(discovery_settings(), static_cast<ppp::DiscoverySink&>(*this), around_.random);
  discovery_->start(now);
}

ppp::DiscoverySettings ClientSession::discovery_settings() const {
  const config::ClientSession& client = *config_.client;
  ppp::DiscoverySettings settings;
  settings.service_name = client.service_name;
  settings.ac_name = client.ac_name;
  settings.host_uniq = client.host_uniq;
  if (!settings.host_uniq) {
    std::vector<std::uint8_t> octets(kHostUniqOctets);
    around_.random.fill(std::span(octets).first(kRandomOctets));
    wire::header_at<wire::Be16>(octets.data() + kRandomOctets) = wire::Be16(index_);
    settings.host_uniq = std::move(octets);
  }
  const std::uint16_t wanted = wanted_mru();
  if (wanted > wire::kPppoeMtu) settings.max_payload = wanted;
  return settings;
}

/// Longest IP packet that both ports, and the user, let the session carry.
std::uint16_t ClientSession::wanted_mru() const {
  const auto wan = static_cast<std::uint16_t>(around_.config.wan.mtu_octets - wire::kPppoeOverheadOctets);
  return std::min({config::largest_mtu(around_.config, config_), wan, around_.config.lan.mtu_octets});
}

void ClientSession::hang_up(Time now) {
  redials_ = false;
  if (stage_ == Stage::link) {
    stage_ = Stage::hanging_up;
    goodbye_until_ = now + kGoodbye;
    link_->close(now);
    if (link_->end()) check_link(now);
    return;
  }
  if (stage_ != Stage::hanging_up) rest_until(kNever);
}

void ClientSession::drop(Time now) {
  dropped_ = true;
  last_error_ = "dropped on request: down until it is redialled";
  hang_up(now);
}

void ClientSession::redial(Time now) {
  dropped_ = false;
  last_error_ = "redialled on request";
  hang_up(now);
  if (stage_ == Stage::hanging_up)
    redials_ = true;
  else
    rest_until(now);
}

void ClientSession::lose_line(Time now) {
  if (stage_ == Stage::discovery) fail(SessionFailure::line_down, "", now);
}

bool ClientSession::handle_discovery(const wire::MacAddress& source, std::span<const std::uint8_t> payload,
                                     Time now) {
  if (stage_ != Stage::discovery || !discovery_->receive(source, payload, now)) return false;
  check_discovery(now);
  return true;
}

void ClientSession::check_discovery(Time now) {
  using Status = ppp::DiscoveryClient::Status;
  if (discovery_->status() == Status::confirmed) return open_link(now);
  if (discovery_->status() == Status::failed)
    fail(failure_of(discovery_->failure()), discovery_->message(), now);
}

void ClientSession::open_link(Time now) {
  found_ = discovery_->session();
  discovery_.reset();
  const config::ClientSession& client = *config_.client;
  ppp::LinkSettings settings;
  settings.mru_octets = std::min(wanted_mru(), std::max(wire::kPppoeMtu, found_.max_payload));
  settings.echo_interval = std::chrono::seconds(client.echo_interval_s);
  settings.echo_failures = client.echo_failures;
  settings.credentials = ppp::Credentials{client.username, client.password};
  settings.accepts = client.auth;
  stage_ = Stage::link;
  link_ =
      std::make_unique<ppp::Link>(std::move(settings), static_cast<ppp::PacketSink&>(*this), around_.random);
  link_->start(now);
}

void ClientSession::handle_padt(Time now) {
  if (!link_) return;
  if (stage_ == Stage::hanging_up) return rest_after_goodbye(now);
  // It may say goodbye first. One that was restarted answers the session's next frame so; one that kills a
  // session does it out of the blue.
  fail(link_->phase() == ppp::Link::Phase::terminate ? SessionFailure::terminated
       : link_->echoes_unanswered() > 0              ? SessionFailure::forgotten
                                                     : SessionFailure::killed,
       "", now);
}

void ClientSession::handle_ppp(std::uint16_t protocol, std::span<const std::uint8_t> information, Time now) {
  if (!link_) return;
  link_->receive(protocol, information, now);
  check_link(now);
}

void ClientSession::note_life(Time now) {
  if (link_) link_->note_life(now);
}

void ClientSession::poll(Time now) {
  if (stage_ == Stage::discovery) {
    discovery_->poll(now);
    check_discovery(now);
  } else if (link_) {
    link_->poll(now);
    check_link(now);
  }
}

Time ClientSession::next_deadline() const {
  switch (stage_) {
    case Stage::waiting:
      return dial_at_;
    case Stage::discovery:
      return discovery_->next_deadline();
    case Stage::hanging_up:
      return std::min(goodbye_until_, link_->next_deadline());
    case Stage::link:
      break;
  }
  return link_->next_deadline();
}

void ClientSession::check_link(Time now) {
  if (stage_ == Stage::hanging_up) {
    if (!link_->end() && now < goodbye_until_) return;
    send_padt();
    return rest_after_goodbye(now);
  }
  if (const auto end = link_->end()) {
    send_padt();
    return fail(failure_of(*end), link_->end_message(), now);
  }
  if (!up_since_ && (link_->ipv4() || link_->ipv6())) {
    up_since_ = now;
    ++times_up_;
    last_error_.clear();
  }
}

void ClientSession::fail(SessionFailure failure, const std::string& words, Time now) {
  const auto& text = stats::kSessionFailureTexts[index_of(failure)].help;
  // Some say which password they refuse.
  const std::string told = without(words, config_.client->password);
  last_error_ = told.empty() ? std::string(text) : fmt::format("{}: {}", text, told);
  failure_ = failure;
  last_failure_ = failure;
  rest_until(now + redial_.after(failure, up_since_ ? now - *up_since_ : Time{0}, around_.random));
}

/// Without a session, until the next try.
void ClientSession::rest_until(Time dial_at) {
  stage_ = Stage::waiting;
  dial_at_ = dial_at;
  discovery_.reset();
  link_.reset();
  found_ = {};
  up_since_.reset();
}

session::SessionSpec ClientSession::spec() const {
  session::SessionSpec spec = base_;
  spec.up = {false, false};
  if (!link_) return spec;
  spec.id = found_.id;
  spec.ac_mac = found_.ac_mac;
  if (stage_ == Stage::link) spec.up = {link_->ipv4().has_value(), link_->ipv6().has_value()};
  spec.mtu_octets = link_->mtu_octets();
  return spec;
}

std::optional<ppp::Ipv4Result> ClientSession::ipv4() const {
  return stage_ == Stage::link ? link_->ipv4() : std::nullopt;
}

std::optional<SessionFailure> ClientSession::take_failure() {
  return std::exchange(failure_, std::nullopt);
}

stats::SessionStatus ClientSession::status() const {
  using stats::SessionState;
  stats::SessionStatus status;
  status.state = stage_ == Stage::discovery ? SessionState::discovery : SessionState::down;
  status.family_up = {false, false};
  status.last_error = last_error_;
  status.last_failure = last_failure_;
  status.dials = dials_;
  status.times_up = times_up_;
  if (stage_ != Stage::link) return status;
  status.id = found_.id;
  status.ac_mac = found_.ac_mac;
  status.ac_name = found_.ac_name;
  describe_link(*link_, true, status);
  if (up_since_) status.up_since_ns = static_cast<std::uint64_t>(up_since_->count());
  return status;
}

void ClientSession::send(std::uint16_t protocol, std::span<const std::uint8_t> information) {
  const auto header = session::make_lan_to_wan(spec()).header;
  if (!around_.sink.send(Side::wan, ppp_frame(header, protocol, information)))
    around_.counters.count(stats::ControlEvent::unsent);
}

void ClientSession::send(const wire::MacAddress& destination, std::uint8_t code, std::uint16_t session_id,
                         std::span<const std::uint8_t> tags) {
  const auto header = session::make_lan_to_wan(base_).header;
  if (!around_.sink.send(Side::wan, discovery_frame(header, destination, code, session_id, tags)))
    around_.counters.count(stats::ControlEvent::unsent);
}

void ClientSession::send_padt() {
  send(found_.ac_mac, wire::kPppoePadt, found_.id, {});
}

}  // namespace narrows::control
