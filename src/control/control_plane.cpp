// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/control_plane.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "narrows/control/ppp_frame.h"
#include "narrows/control/session_specs.h"
#include "narrows/wire/byte_order.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/pppoe_discovery.h"

namespace narrows::control {
namespace {

using stats::ControlEvent;

std::vector<session::HeaderTemplate> lan_headers(std::span<const session::SessionSpec> specs) {
  std::vector<session::HeaderTemplate> headers;
  headers.reserve(specs.size());
  for (const auto& spec : specs) headers.push_back(session::make_wan_to_lan(spec).header);
  return headers;
}

std::vector<PppAnswers::Link> wan_links(std::span<const session::SessionSpec> specs) {
  std::vector<PppAnswers::Link> links;
  links.reserve(specs.size());
  for (const auto& spec : specs) links.push_back({session::make_lan_to_wan(spec).header, spec.mtu_octets});
  return links;
}

}  // namespace

ControlPlane::ControlPlane(ControlSurroundings surroundings)
    : ControlPlane(std::move(surroundings), session_specs(surroundings.config, surroundings.macs)) {}

ControlPlane::ControlPlane(ControlSurroundings&& from, const std::vector<session::SessionSpec>& specs)
    : Plane(from.config, from.log),
      macs_(from.macs),
      peers_(from.peers),
      session_room_(std::max(from.session_room, specs.size())),
      publisher_(specs, from.snapshots),
      neighbors_(from.config, from.macs.lan, lan_headers(specs), from.peers, from.sink, counters_),
      dhcp_(from.config, lan_headers(specs), from.peers, from.sink, counters_),
      icmp_(from.config, from.macs.lan, too_long_, from.sink, counters_),
      ppp_(wan_links(specs), from.sink, counters_),
      client_surroundings_{from.config, from.sink, from.random, counters_},
      dialer_(from.config, specs, client_surroundings_, std::move(from.state_file), std::move(from.log)) {
  for (std::size_t session = 0; session < specs.size(); ++session) {
    if (const auto& mac = config().sessions[session].lan.peer_mac) from.peers.fix(session, *mac);
    dialer_.is_client(session) ? refresh(session) : start_static(session, publisher_.spec(session));
  }
  publisher_.publish();
}

void ControlPlane::handle_frame(Side from, std::size_t session, const wire::EthernetView& view,
                                std::span<const std::uint8_t> frame, Time now) {
  if (from == Side::wan && view.ethertype == wire::kEthertypePppoeDiscovery)
    return handle_discovery(view, frame, now);
  if (!has_session(session)) return counters_.count(ControlEvent::ignored_other);
  from == Side::lan ? handle_lan(session, view, frame, now) : handle_wan(session, view, frame, now);
}

/// To the LAN the gateway speaks; on the WAN, Narrows has no address of its own.
void ControlPlane::handle_lost(std::size_t session, const Undeliverable& lost, Time now) {
  const auto handed_out = dhcp_.gateway(session);
  const auto gateway = handed_out ? handed_out : config().sessions[session].lan.gateway;
  icmp_.handle(session, publisher_.spec(session), {gateway.value_or(IcmpErrors::kDummy), std::nullopt}, lost,
               now);
}

void ControlPlane::tick_sessions(Time now, const Traffic& traffic) {
  neighbors_.tick(now, traffic.no_lan_peer);
  dialer_.note_traffic(traffic.from_wan, now);
}

void ControlPlane::poll(Time now) {
  dialer_.poll(now);
  for (const std::size_t session : dialer_.take_touched())
    if (dialer_.is_client(session)) refresh(session);
  publisher_.publish();
}

std::optional<std::size_t> ControlPlane::find_client(const std::string& name, ActionResult& refusal) const {
  const auto found = std::ranges::find(config().sessions, name, &config::Session::name);
  if (found == config().sessions.end() || found->is_vacant()) {
    refusal.message = fmt::format("not done: there is no session {}", name);
    return std::nullopt;
  }
  const auto session = static_cast<std::size_t>(found - config().sessions.begin());
  if (dialer_.is_client(session)) return session;
  refusal.message = fmt::format("not done: session {} is static, Narrows does not dial it", name);
  return std::nullopt;
}

ActionResult ControlPlane::redial(const std::string& session, Time now) {
  ActionResult result;
  const auto index = find_client(session, result);
  if (!index) return result;
  dialer_.redial(*index, now);
  return {true, fmt::format("session {} is dialled again", session)};
}

ActionResult ControlPlane::drop(const std::string& session, Time now) {
  ActionResult result;
  const auto index = find_client(session, result);
  if (!index) return result;
  dialer_.drop(*index, now);
  return {true, fmt::format("session {} is hung up, and stays down until it is redialled", session)};
}

SessionRoom ControlPlane::room() {
  const bool settled = publisher_.settled();
  return {.most = session_room_, .used = publisher_.used(), .settled = settled};
}

/// All changes together make one new table, so that two sessions may change places.
void ControlPlane::apply(const Reconciliation& change, const config::Config& before, Time now) {
  icmp_.configure(config().icmp, config().sessions.size());
  publisher_.resize(config().sessions.size());
  for (const SessionChange& one : change.sessions) configure(one, before, now);
  publisher_.publish();
}

void ControlPlane::configure(const SessionChange& change, const config::Config& before, Time now) {
  const std::size_t session = change.session;
  if (change.step == SessionStep::remove) return remove(session);
  const config::Session& next = config().sessions[session];
  const auto spec = session_spec(config(), next, macs_);
  configure_lan(session, spec, change.step == SessionStep::add ? nullptr : &before.sessions[session]);
  ppp_.configure(session, {session::make_lan_to_wan(spec).header, spec.mtu_octets});
  dialer_.configure(session, next, spec, change.step, now);
  dialer_.is_client(session) ? refresh(session) : start_static(session, spec);
}

/// @param before  null: a new session.
void ControlPlane::configure_lan(std::size_t session, const session::SessionSpec& spec,
                                 const config::Session* before) {
  const config::SessionLan& next = config().sessions[session].lan;
  if (before != nullptr && before->lan == next) return;
  const auto header = session::make_wan_to_lan(spec).header;
  neighbors_.configure(session, next, header);
  dhcp_.configure(session, next, header, before == nullptr || !spec.hands_out);
  if (next.peer_mac)
    peers_.fix(session, *next.peer_mac);
  else if (before == nullptr || before->lan.peer_mac || before->lan.vlan != next.vlan)
    peers_.forget(session);
}

void ControlPlane::remove(std::size_t session) {
  dialer_.remove(session);
  dhcp_.set(session, std::nullopt);
  stats::SessionStatus status;
  status.state = stats::SessionState::down;
  board_.set(session, std::move(status));
  if (session < config().sessions.size())
    publisher_.set(session, session_spec(config(), config().sessions[session], macs_));
}

void ControlPlane::start_static(std::size_t session, session::SessionSpec spec) {
  const config::Session& from = config().sessions[session];
  hand_out(std::move(spec), session,
           from.lan.address ? std::optional(ppp::Ipv4Result{*from.lan.address, {}, {}}) : std::nullopt);
  stats::SessionStatus status;
  status.id = from.fixed.id;
  status.ac_mac = from.fixed.ac_mac;
  status.mtu_octets = from.mtu_octets;
  set_status(session, std::move(status));
}

/// Brings everybody up to date on a client session.
void ControlPlane::refresh(std::size_t session) {
  const ClientSession& client = dialer_.client(session);
  set_status(session, client.status());
  session::SessionSpec spec = client.spec();
  if (spec.id != 0) set_mss_limits(spec, config(), config().sessions[session]);
  hand_out(std::move(spec), session, client.ipv4());
}

/// Tells the LAN side what the line gave (nothing: the session is down), and the data path all of it.
void ControlPlane::hand_out(session::SessionSpec spec, std::size_t session,
                            const std::optional<ppp::Ipv4Result>& given) {
  const config::SessionLan& lan = config().sessions[session].lan;
  if (spec.hands_out) {
    if (given) {
      dhcp_.set(session, HandOut{given->own, lan.gateway, given->dns, spec.mtu_octets, lan.mask});
      neighbors_.set_addresses(session, given->own, dhcp_.gateway(session));
    } else {
      dhcp_.set(session, std::nullopt);
    }
    spec.gateway = DhcpServer::kIdentifier;
  }
  publisher_.set(session, std::move(spec));
}

void ControlPlane::handle_lan(std::size_t session, const wire::EthernetView& view,
                              std::span<const std::uint8_t> frame, Time now) {
  const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
  const bool for_us = header.destination.is_multicast() || header.destination == macs_.lan;
  if (!for_us || header.source == macs_.lan ||
      view.vlans != wire::VlanStack(publisher_.spec(session).lan_vlan))
    return counters_.count(ControlEvent::ignored_other);
  const auto payload = frame.subspan(view.payload_offset);
  if (view.ethertype == wire::kEthertypeArp) return neighbors_.handle_arp(session, payload, now);
  if (view.ethertype == wire::kEthertypeIpv4 && publisher_.spec(session).hands_out)
    return dhcp_.handle(session, header.source, payload, now);
  if (view.ethertype == wire::kEthertypeIpv6)
    return neighbors_.handle_ipv6(session, header.source, payload, now);
  counters_.count(ControlEvent::ignored_other);
}

void ControlPlane::handle_discovery(const wire::EthernetView& view, std::span<const std::uint8_t> frame,
                                    Time now) {
  const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
  const auto payload = frame.subspan(view.payload_offset);
  const auto packet = wire::parse_pppoe_discovery(payload);
  if (!packet) return counters_.count(ControlEvent::malformed);
  if (header.destination != macs_.wan) return counters_.count(ControlEvent::ignored_discovery);
  if (packet->code == wire::kPppoePadt) {
    // Only the session's own concentrator may end it: id, source and VLANs are its key.
    const auto key = session::session_key(packet->session_id, wire::to_integer(header.source));
    const std::size_t session = publisher_.find_wan(key, view.vlans);
    if (session == kNoSession || !dialer_.is_client(session))
      return counters_.count(ControlEvent::ignored_discovery);
    counters_.count(ControlEvent::padt_received);
    return dialer_.handle_padt(session, now);
  }
  const bool ours = (packet->code == wire::kPppoePado || packet->code == wire::kPppoePads) &&
                    dialer_.handle_offer(*packet, view.vlans, header.source, payload, now);
  counters_.count(ours ? ControlEvent::offer_received : ControlEvent::ignored_discovery);
}

void ControlPlane::handle_wan(std::size_t session, const wire::EthernetView& view,
                              std::span<const std::uint8_t> frame, Time now) {
  const auto packet = read_ppp_frame(publisher_.spec(session), view, frame, counters_);
  if (!packet) return;
  if (!dialer_.is_client(session)) return ppp_.handle(session, packet->protocol, packet->information, now);
  counters_.count(ControlEvent::ppp_received);
  dialer_.handle_ppp(session, packet->protocol, packet->information, now);
}

}  // namespace narrows::control
