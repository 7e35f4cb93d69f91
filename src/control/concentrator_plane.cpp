// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/concentrator_plane.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "narrows/control/frame_builder.h"
#include "narrows/control/ppp_frame.h"
#include "narrows/control/session_specs.h"
#include "narrows/control/session_words.h"
#include "narrows/ppp/random_integer.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/pppoe_discovery.h"

namespace narrows::control {
namespace {

using stats::ControlEvent;

constexpr std::size_t kSessionIds = 65536;
/// Sessions a turn that are hung up: the rings to the workers are short.
constexpr std::size_t kHungUpATurn = 16;

ppp::DiscoveryServerSettings discovery_settings(const config::Concentrator& config) {
  return {config.name, config.services,
          config.mtu_octets > wire::kPppoeMtu ? config.mtu_octets : std::uint16_t{0}};
}

}  // namespace

ConcentratorPlane::ConcentratorPlane(ConcentratorSurroundings surroundings)
    : ConcentratorPlane(std::move(surroundings), session_specs(surroundings.config, surroundings.macs)) {}

ConcentratorPlane::ConcentratorPlane(ConcentratorSurroundings&& from, std::vector<session::SessionSpec> specs)
    : Plane(from.config, std::move(from.log)),
      config_(from.config),
      concentrator_(*from.config.concentrator),
      macs_(from.macs),
      sink_(from.sink),
      publisher_(specs, from.snapshots),
      line_vlans_(session::wan_vlan_stack(specs.front())),
      line_header_(session::make_lan_to_wan(specs.front()).header),
      core_(concentrator_, from.addresses, from.macs.lan, session::make_wan_to_lan(specs.front()).header,
            from.peers, from.sink, counters_),
      icmp_(from.config, from.macs.lan, too_long_, from.sink, counters_),
      served_{concentrator_, from.sink, from.random, counters_},
      discovery_(
          discovery_settings(concentrator_),
          [this](const ppp::DiscoveryRequest& request) { return allocate(request); },
          static_cast<ppp::DiscoverySink&>(*this), from.random),
      slots_(specs.size()),
      free_(specs.size()),
      slot_of_(kSessionIds, session::kNone),
      last_id_(ppp::random_integer<std::uint16_t>(from.random)),
      deadlines_(specs.size()) {
  std::iota(free_.begin(), free_.end(), std::uint16_t{0});
  for (const std::uint16_t slot : free_) {
    slots_[slot].session = std::make_unique<ServedSession>(specs[slot], slot, served_);
    settle(slot, Time{0});
  }
}

void ConcentratorPlane::handle_frame(Side from, std::size_t session, const wire::EthernetView& view,
                                     std::span<const std::uint8_t> frame, Time now) {
  if (from == Side::lan) return core_.handle(view, frame, now);
  if (view.ethertype == wire::kEthertypePppoeDiscovery) return handle_discovery(view, frame, now);
  if (session == kNoSession) return handle_stale(view, frame, now);
  if (!has_session(session) || slots_[session].session->is_free())
    return counters_.count(ControlEvent::ignored_other);
  const auto packet = read_ppp_frame(publisher_.spec(session), view, frame, counters_);
  if (!packet) return;
  slots_[session].session->handle_ppp(packet->protocol, packet->information, now);
  settle(session, now);
}

void ConcentratorPlane::handle_lost(std::size_t session, const Undeliverable& lost, Time now) {
  icmp_.handle(session, publisher_.spec(session), {concentrator_.own_ipv4, concentrator_.own_ipv4}, lost,
               now);
}

void ConcentratorPlane::handle_discovery(const wire::EthernetView& view, std::span<const std::uint8_t> frame,
                                         Time now) {
  const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
  const auto payload = frame.subspan(view.payload_offset);
  const auto packet = wire::parse_pppoe_discovery(payload);
  if (!packet) return counters_.count(ControlEvent::malformed);
  const bool is_padi = packet->code == wire::kPppoePadi;
  if (view.vlans != line_vlans_ ||
      !(header.destination == macs_.wan || (is_padi && header.destination == wire::kBroadcastMac)))
    return counters_.count(ControlEvent::ignored_discovery);
  if (packet->code == wire::kPppoePadt) {
    // Only the session's own client may end it.
    const std::uint16_t slot = slot_of_[packet->session_id];
    if (slot == session::kNone || publisher_.spec(slot).ac_mac != header.source)
      return counters_.count(ControlEvent::ignored_discovery);
    counters_.count(ControlEvent::padt_received);
    slots_[slot].session->handle_padt(now);
    return settle(slot, now);
  }
  // "MUST NOT respond with a PADO" where it cannot serve (RFC 2516 §5.2).
  if (stopping_ || (is_padi && free_.empty())) return counters_.count(ControlEvent::ignored_discovery);
  if (!discovery_limit_.take(now)) return counters_.count(ControlEvent::rate_limited);
  now_ = now;
  const auto outcome = discovery_.receive(header.source, payload, now);
  counters_.count(outcome == ppp::DiscoveryServer::Outcome::ignored ? ControlEvent::ignored_discovery
                                                                    : ControlEvent::discovery_answered);
}

/// A client that goes on with a session of before our start, or one that is over.
void ConcentratorPlane::handle_stale(const wire::EthernetView& view, std::span<const std::uint8_t> frame,
                                     Time now) {
  const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
  const auto payload = frame.subspan(view.payload_offset);
  const auto pppoe = wire::parse_pppoe_session(payload.data(), payload.size());
  if (header.destination != macs_.wan || view.vlans != line_vlans_ ||
      view.ethertype != wire::kEthertypePppoeSession || pppoe.status != wire::PppoeSession::Status::valid ||
      !wire::is_session_id(pppoe.id))
    return counters_.count(ControlEvent::ignored_other);
  // It may be known by now.
  const std::uint16_t slot = slot_of_[pppoe.id];
  if (slot != session::kNone && publisher_.spec(slot).ac_mac == header.source)
    return counters_.count(ControlEvent::ignored_other);
  if (!stale_limit_.take(now)) return counters_.count(ControlEvent::rate_limited);
  send(header.source, wire::kPppoePadt, pppoe.id, {});
}

void ConcentratorPlane::send(const wire::MacAddress& destination, std::uint8_t code, std::uint16_t session_id,
                             std::span<const std::uint8_t> tags) {
  auto frame = discovery_frame(line_header_, destination, code, session_id, tags);
  // The client's answer to a PADS may come at once: the data path has to know the session by then.
  if (code == wire::kPppoePads) return confirmations_.push_back(std::move(frame));
  if (!sink_.send(Side::wan, frame)) counters_.count(ControlEvent::unsent);
}

std::uint16_t ConcentratorPlane::allocate(const ppp::DiscoveryRequest& request) {
  if (free_.empty()) return 0;
  const std::uint16_t slot = free_.front();
  free_.pop_front();
  const std::uint16_t id = choose_id();
  slot_of_[id] = slot;
  slots_[slot].called = now_;
  slots_[slot].session->open(id, request.client_mac, request.max_payload, now_);
  settle(slot, now_);
  return id;
}

/// The next that is not in use, so that an old session's is not soon another's.
std::uint16_t ConcentratorPlane::choose_id() {
  do {
    ++last_id_;
  } while (!wire::is_session_id(last_id_) || slot_of_[last_id_] != session::kNone);
  return last_id_;
}

void ConcentratorPlane::tick_sessions(Time now, const Traffic& traffic) {
  core_.tick(now, std::accumulate(traffic.no_lan_peer.begin(), traffic.no_lan_peer.end(), std::uint64_t{0}));
  for (std::size_t slot = 0; slot < traffic.from_wan.size(); ++slot) {
    if (slots_[slot].from_line == traffic.from_wan[slot]) continue;
    slots_[slot].from_line = traffic.from_wan[slot];
    if (slots_[slot].session->is_free()) continue;
    slots_[slot].session->note_life(now);
    settle(slot, now);
  }
}

void ConcentratorPlane::stop(Time now) {
  stopping_ = true;
  for (std::size_t slot = 0; slot < slots_.size(); ++slot)
    if (!slots_[slot].session->is_free()) to_hang_up_.push_back(static_cast<std::uint16_t>(slot));
  poll(now);
}

void ConcentratorPlane::poll(Time now) {
  for (std::size_t left = kHungUpATurn; left > 0 && !to_hang_up_.empty(); --left) {
    const std::uint16_t slot = to_hang_up_.front();
    to_hang_up_.pop_front();
    slots_[slot].session->hang_up(now);
    settle(slot, now);
  }
  while (const auto slot = deadlines_.take_due(now)) {
    slots_[*slot].session->poll(now);
    settle(*slot, now);
  }
  publisher_.publish();
  for (const auto& frame : std::exchange(confirmations_, {}))
    if (!sink_.send(Side::wan, frame)) counters_.count(ControlEvent::unsent);
}

/// After anything happened to a session: tells everybody.
void ConcentratorPlane::settle(std::size_t slot, Time now) {
  const ServedSession& session = *slots_[slot].session;
  report(slot, now);
  set_status(slot, session.status());
  session::SessionSpec spec = session.spec();
  if (!session.is_free()) set_mss_limits(spec, config_, config_.sessions[slot]);
  publisher_.set(slot, std::move(spec));
  deadlines_.set(slot, session.next_deadline());
}

void ConcentratorPlane::report(std::size_t slot, Time now) {
  ServedSession& session = *slots_[slot].session;
  const std::string& name = config_.sessions[slot].name;
  if (const auto ending = session.take_ending()) {
    slot_of_[ending->id] = session::kNone;
    discovery_.forget(ending->id);
    free_.push_back(static_cast<std::uint16_t>(slot));
    const bool was_up = std::exchange(slots_[slot].up, false);
    if (!ending->failure) return;
    failures_[index_of(*ending->failure)].add(1);
    log({was_up ? EventKind::session_down : EventKind::session_failed,
         fmt::format("session {}: {} ({} at {})", name, ending->words,
                     ending->user.empty() ? "nobody" : ending->user, wire::to_string(ending->client)),
         {{"session", name}, {"user", ending->user}, {"client", wire::to_string(ending->client)}}});
    return;
  }
  const session::SessionSpec spec = session.spec();
  const bool up = spec.up[0] || spec.up[1];
  if (up && !slots_[slot].up)
    log({EventKind::session_up,
         fmt::format("session {}: up after {:.2f} s: {} at {}, {}, MTU {}, id {:#06x}", name,
                     seconds(now - slots_[slot].called), session.user().empty() ? "nobody" : session.user(),
                     wire::to_string(spec.ac_mac), families_text(spec), spec.mtu_octets, spec.id),
         {{"session", name},
          {"user", session.user()},
          {"client", wire::to_string(spec.ac_mac)},
          {"mtu", std::to_string(spec.mtu_octets)}}});
  slots_[slot].up = up;
}

}  // namespace narrows::control
