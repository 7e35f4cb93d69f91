// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/session_learner.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "narrows/ppp/lcp.h"
#include "narrows/ppp/options.h"
#include "narrows/wire/pppoe.h"

namespace narrows::control {
namespace {

using session::WatchedKey;
using stats::ControlEvent;
using stats::LearnedFrom;

constexpr Side other(Side side) noexcept {
  return side == Side::lan ? Side::wan : Side::lan;
}

bool is_station(std::uint64_t mac) noexcept {
  return wire::mac_from_integer(mac).is_station();
}

/// Both ends are single machines, and the id is one that sessions have.
bool may_be_session(const WatchedKey& key) noexcept {
  return wire::is_session_id(key.id()) && is_station(key.lan_mac()) && is_station(key.wan);
}

constexpr bool is_configure(std::uint8_t code) noexcept {
  return code >= wire::kConfigureRequest && code <= wire::kConfigureReject;
}

/// The end of a session is no sign of its life.
constexpr bool is_sign_of_life(std::uint8_t code) noexcept {
  return code != wire::kTerminateRequest && code != wire::kTerminateAck;
}

/// What the options say of the MRU; nothing when they break the rules (RFC 1661 §5, §6.1).
std::optional<std::uint16_t> read_mru(const ppp::OptionList& options) {
  std::optional<std::uint16_t> found;
  for (const ppp::Option option : options) {
    if (option.type != ppp::kMruOption) continue;
    const auto mru = ppp::integer_of<std::uint16_t>(option);
    if (!mru || *mru < ppp::kMinMru || found) return std::nullopt;
    found = mru;
  }
  return found.value_or(ppp::kDefaultMru);
}

/// A Configure packet's request, or the request it answers; nothing when it breaks the rules. What a refusal
/// says of the MRU is a wish.
std::optional<WatchedSession::Request> read_request(const wire::PppControlPacket& packet) {
  const auto options = ppp::OptionList::parse(packet.data);
  if (!options) return std::nullopt;
  if (packet.code != wire::kConfigureRequest && packet.code != wire::kConfigureAck)
    return WatchedSession::Request{packet.identifier, 0};
  const auto mru = read_mru(*options);
  if (!mru) return std::nullopt;
  return WatchedSession::Request{packet.identifier, *mru};
}

/// PPP-Max-Payload, 0 without; nothing when the tag breaks the rules (RFC 4638 §4).
std::optional<std::uint16_t> read_max_payload(const wire::PppoeTags& tags) {
  const std::size_t count = tags.count(wire::kTagPppMaxPayload);
  if (count == 0) return std::uint16_t{0};
  const std::uint16_t octets = wire::ppp_max_payload(tags);
  if (count > 1 || octets == 0) return std::nullopt;
  return octets;
}

}  // namespace

SessionLearner::SessionLearner(std::uint16_t fallback_octets, stats::ControlCounters& counters,
                               WatchedSessions::Alive alive, std::size_t most)
    : fallback_octets_(fallback_octets), counters_(counters), sessions_(counters, std::move(alive), most) {}

void SessionLearner::receive(Side from, const wire::EthernetView& view, std::span<const std::uint8_t> frame,
                             Time now) {
  if (view.ethertype == wire::kEthertypePppoeDiscovery) return receive_discovery(from, view, frame, now);
  if (view.ethertype == wire::kEthertypePppoeSession) return receive_session(from, view, frame, now);
  counters_.count(ControlEvent::ignored_other);
}

void SessionLearner::receive_discovery(Side from, const wire::EthernetView& view,
                                       std::span<const std::uint8_t> frame, Time now) {
  const auto packet = wire::parse_pppoe_discovery(frame.subspan(view.payload_offset));
  if (!packet) return counters_.count(ControlEvent::malformed);
  // A PADS with session id 0 refuses (RFC 2516 §5.4); one from the LAN side is no concentrator's.
  const bool is_pads = packet->code == wire::kPppoePads && packet->session_id != 0 && from == Side::wan;
  if (!is_pads && packet->code != wire::kPppoePadt) return counters_.count(ControlEvent::ignored_discovery);
  const WatchedKey key = session::watched_key(from, frame.data(), view.vlans, packet->session_id);
  if (!may_be_session(key)) return counters_.count(ControlEvent::malformed);
  is_pads ? receive_pads(key, view.vlans, packet->tags, now) : receive_padt(key, now);
}

/// Whatever was agreed on under this key was another session's.
void SessionLearner::receive_pads(const WatchedKey& key, wire::VlanStack vlans, const wire::PppoeTags& tags,
                                  Time now) {
  const auto max_payload = read_max_payload(tags);
  if (!max_payload) return counters_.count(ControlEvent::malformed);
  WatchedSession* known = sessions_.find(key);
  WatchedSession& session = known != nullptr ? *known : sessions_.open(key, vlans, now);
  counters_.count(ControlEvent::session_seen);
  session.max_payload_octets = *max_payload;
  session.mru = {};
  session.request = {};
  session.ended.reset();
  sessions_.note_life(session, now);
  learn(session, LearnedFrom::pads, now);
}

void SessionLearner::receive_padt(const WatchedKey& key, Time now) {
  WatchedSession* session = sessions_.find(key);
  if (session == nullptr) return counters_.count(ControlEvent::ignored_discovery);
  counters_.count(ControlEvent::padt_received);
  sessions_.end(*session, now);
}

void SessionLearner::receive_session(Side from, const wire::EthernetView& view,
                                     std::span<const std::uint8_t> frame, Time now) {
  const auto payload = frame.subspan(view.payload_offset);
  const auto pppoe = wire::parse_pppoe_session(payload.data(), payload.size());
  if (pppoe.status != wire::PppoeSession::Status::valid) return counters_.count(ControlEvent::malformed);
  if (pppoe.protocol != wire::kPppLcp) return counters_.count(ControlEvent::ignored_other);
  const WatchedKey key = session::watched_key(from, frame.data(), view.vlans, pppoe.id);
  const auto packet =
      wire::parse_ppp_control(payload.subspan(wire::kPppoeOverheadOctets, pppoe.payload_octets));
  if (!packet || !may_be_session(key)) return counters_.count(ControlEvent::malformed);
  receive_lcp(from, key, view.vlans, *packet, now);
}

void SessionLearner::receive_lcp(Side from, const WatchedKey& key, wire::VlanStack vlans,
                                 const wire::PppControlPacket& packet, Time now) {
  const auto said = is_configure(packet.code) ? read_request(packet) : WatchedSession::Request{};
  if (!said) return counters_.count(ControlEvent::malformed);
  WatchedSession* session = sessions_.find(key);
  if (session == nullptr && packet.code == wire::kConfigureRequest) {
    session = &sessions_.open(key, vlans, now);
    counters_.count(ControlEvent::session_seen);
    learn(*session, LearnedFrom::configure_request, now);
  }
  if (session == nullptr) return counters_.count(ControlEvent::ignored_ppp);
  counters_.count(ControlEvent::ppp_received);
  if (is_sign_of_life(packet.code)) sessions_.note_life(*session, now);
  if (packet.code == wire::kConfigureRequest)
    session->request[index_of(from)] = *said;
  else if (is_configure(packet.code))
    answer_request(other(from), *session, packet.code, *said, now);
}

/// Only what was asked for last is answered, and an Ack is of just that (RFC 1661 §5.2 to §5.4).
void SessionLearner::answer_request(Side asker, WatchedSession& session, std::uint8_t code,
                                    const WatchedSession::Request& answered, Time now) {
  auto& asked = session.request[index_of(asker)];
  if (!asked || asked->identifier != answered.identifier) return;
  if (code != wire::kConfigureAck) return asked.reset();
  if (*asked != answered) return;
  asked.reset();
  session.mru[index_of(asker)] = answered.mru_octets;
  counters_.count(ControlEvent::mru_agreed);
  learn(session, LearnedFrom::configure_ack, now);
}

void SessionLearner::learn(WatchedSession& session, LearnedFrom from, Time now) {
  // A Max-Payload of less is ignored (RFC 4638 §5.1).
  std::uint16_t mtu = std::max(wire::kPppoeMtu, session.max_payload_octets);
  for (const auto& mru : session.mru) mtu = std::min(mtu, mru.value_or(fallback_octets_));
  session.mtu_octets = mtu;
  session.from = from;
  session.learned = now;
  sessions_.note_change(session);
}

}  // namespace narrows::control
