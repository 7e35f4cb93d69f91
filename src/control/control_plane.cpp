// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/control_plane.h"

#include "narrows/wire/byte_order.h"
#include "narrows/wire/pppoe.h"

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

ControlPlane::ControlPlane(const config::Config& config, const PortMacs& macs, session::LanPeers& peers,
                           FrameSink& sink)
    : ControlPlane(config, macs, session_specs(config, macs), peers, sink) {}

ControlPlane::ControlPlane(const config::Config& config, const PortMacs& macs,
                           std::span<const session::SessionSpec> specs, session::LanPeers& peers,
                           FrameSink& sink)
    : macs_(macs),
      neighbors_(config, macs.lan, lan_headers(specs), peers, sink, counters_),
      ppp_(wan_links(specs), sink, counters_) {
  for (const auto& spec : specs)
    identities_.push_back({spec.lan_vlan, spec.id, spec.ac_mac, session::wan_vlan_stack(spec)});
  for (std::size_t index = 0; index < config.sessions.size(); ++index)
    if (const auto& mac = config.sessions[index].lan.peer_mac) peers.fix(index, *mac);
}

void ControlPlane::handle_punt(Side from, std::size_t session, std::span<const std::uint8_t> frame,
                               Time now) {
  const auto view = wire::parse_ethernet(frame.data(), frame.size());
  if (view.payload_offset == 0) return counters_.count(ControlEvent::malformed);
  const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
  if (header.source.is_multicast() || header.source.is_zero())
    return counters_.count(ControlEvent::malformed);
  if (from == Side::wan && view.ethertype == wire::kEthertypePppoeDiscovery)
    return counters_.count(ControlEvent::ignored_discovery);
  if (session >= identities_.size()) return counters_.count(ControlEvent::ignored_other);
  from == Side::lan ? handle_lan(session, view, frame) : handle_wan(session, view, frame, now);
}

void ControlPlane::tick(Time now, std::span<const std::uint64_t> no_lan_peer) {
  neighbors_.tick(now, no_lan_peer);
}

void ControlPlane::handle_lan(std::size_t session, const wire::EthernetView& view,
                              std::span<const std::uint8_t> frame) {
  const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
  const bool for_us = header.destination.is_multicast() || header.destination == macs_.lan;
  if (!for_us || header.source == macs_.lan || view.vlans != wire::VlanStack(identities_[session].lan_vlan))
    return counters_.count(ControlEvent::ignored_other);
  const auto payload = frame.subspan(view.payload_offset);
  if (view.ethertype == wire::kEthertypeArp) return neighbors_.handle_arp(session, payload);
  if (view.ethertype == wire::kEthertypeIpv6) return neighbors_.handle_ipv6(session, header.source, payload);
  counters_.count(ControlEvent::ignored_other);
}

void ControlPlane::handle_wan(std::size_t session, const wire::EthernetView& view,
                              std::span<const std::uint8_t> frame, Time now) {
  const Identity& identity = identities_[session];
  const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
  if (header.destination != macs_.wan || header.source != identity.ac_mac ||
      view.vlans != identity.wan_vlans || view.ethertype != wire::kEthertypePppoeSession)
    return counters_.count(ControlEvent::ignored_other);

  const auto payload = frame.subspan(view.payload_offset);
  if (payload.size() < wire::kPppoeOverheadOctets) return counters_.count(ControlEvent::malformed);
  const auto& pppoe = wire::header_at<wire::PppoeHeader>(payload.data());
  const std::size_t length = pppoe.length.host();
  if (pppoe.version_type != wire::kPppoeVersionType || pppoe.code != wire::kPppoeCodeSession ||
      length < wire::kPppProtocolOctets || length > payload.size() - sizeof(wire::PppoeHeader))
    return counters_.count(ControlEvent::malformed);
  if (pppoe.session_id.host() != identity.id) return counters_.count(ControlEvent::ignored_other);

  const auto ppp = payload.subspan(sizeof(wire::PppoeHeader), length);
  ppp_.handle(session, wire::header_at<wire::Be16>(ppp.data()).host(), ppp.subspan(wire::kPppProtocolOctets),
              now);
}

}  // namespace narrows::control
