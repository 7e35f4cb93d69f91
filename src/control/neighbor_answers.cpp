// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/neighbor_answers.h"

#include <chrono>

#include "narrows/control/frame_builder.h"
#include "narrows/control/icmpv6_packets.h"
#include "narrows/rewrite/checksum.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ip.h"

namespace narrows::control {
namespace {

using stats::ControlEvent;

constexpr Time kAskInterval = std::chrono::seconds(1);

}  // namespace

NeighborAnswers::NeighborAnswers(const config::Config& config, const wire::MacAddress& lan_mac,
                                 std::span<const session::HeaderTemplate> headers, session::LanPeers& peers,
                                 FrameSink& sink, stats::ControlCounters& counters)
    : lan_mac_(lan_mac), peers_(peers), sink_(sink), counters_(counters) {
  neighbors_.reserve(config.sessions.size());
  for (std::size_t index = 0; index < config.sessions.size(); ++index)
    configure(index, config.sessions[index].lan, headers[index]);
}

void NeighborAnswers::configure(std::size_t session, const config::SessionLan& lan,
                                const session::HeaderTemplate& header) {
  if (session >= neighbors_.size()) neighbors_.resize(session + 1);
  neighbors_[session] = {header, lan.address, lan.gateway, {}, {}, {}};
  std::erase_if(questions_, [session](const Question& question) { return question.session == session; });
  if (lan.address && !lan.peer_mac) questions_.push_back({session, 0, std::nullopt});
}

void NeighborAnswers::set_addresses(std::size_t session, wire::Ipv4Address address,
                                    std::optional<wire::Ipv4Address> gateway) {
  Neighbor& neighbor = neighbors_[session];
  neighbor.address = address;
  neighbor.gateway = gateway;
}

void NeighborAnswers::handle_arp(std::size_t session, std::span<const std::uint8_t> payload, Time now) {
  const auto message = wire::parse_arp(payload);
  if (!message) return counters_.count(ControlEvent::malformed);
  // Our own question, come back through a loop in the LAN, must not teach.
  if (message->sender_mac == lan_mac_) return counters_.count(ControlEvent::ignored_arp);
  learn_from_arp(session, *message);
  Neighbor& neighbor = neighbors_[session];
  if (!wants_answer(neighbor, *message)) return counters_.count(ControlEvent::ignored_arp);
  if (!may_answer(neighbor, now)) return;

  const auto reply =
      wire::make_arp({wire::kArpReply, lan_mac_, message->target, message->sender_mac, message->sender});
  send(lan_frame(neighbor.header, message->sender_mac, wire::kEthertypeArp, octets_of(reply)),
       ControlEvent::arp_answered);
}

void NeighborAnswers::learn_from_arp(std::size_t session, const wire::ArpMessage& message) {
  Neighbor& neighbor = neighbors_[session];
  // A probe has no sender address yet, and may be given up (RFC 5227 §2.1.1).
  if (message.sender.value == 0) return;
  // Whoever claims the gateway's address is not the LAN host.
  if (message.sender == neighbor.gateway) return;
  if (neighbor.address) {
    if (message.sender != *neighbor.address) return;
  } else {
    neighbor.ipv4.add(message.sender);
  }
  peers_.learn(session, wire::to_integer(message.sender_mac));
}

bool NeighborAnswers::wants_answer(const Neighbor& neighbor, const wire::ArpMessage& request) {
  if (request.operation != wire::kArpRequest) return false;
  // A probe for the gateway's address is answered: the host must not take that address. Any other probe is
  // not, else no host could ever take an address on this link (RFC 5227 §2.1.1).
  if (request.target == neighbor.gateway) return request.sender != request.target;
  if (request.sender.value == 0) return false;
  if (request.sender == request.target) return false;  // an announcement (RFC 5227 §3)
  // The host's own address is the host's to answer for.
  return neighbor.address ? request.target != *neighbor.address : !neighbor.ipv4.contains(request.target);
}

void NeighborAnswers::handle_ipv6(std::size_t session, const wire::MacAddress& source,
                                  std::span<const std::uint8_t> payload, Time now) {
  const auto packet = wire::parse_ipv6(payload.data(), payload.size());
  if (packet.octets == 0) return counters_.count(ControlEvent::malformed);
  const auto ip = payload.first(packet.octets);
  if (!wire::is_neighbor_solicitation(ip)) return counters_.count(ControlEvent::ignored_other);
  const auto solicitation = wire::parse_neighbor_solicitation(ip);
  if (!solicitation || !icmpv6_checksum_is_right(ip)) return counters_.count(ControlEvent::malformed);

  const auto solicitor = solicitation->source_mac.value_or(source);
  Neighbor& neighbor = neighbors_[session];
  // Duplicate address detection is never answered: the host would be left without any address (RFC 4862
  // §5.4.4). Nor does it teach: the address is not in use yet.
  if (wire::is_unspecified(solicitation->source) || solicitor == lan_mac_)
    return counters_.count(ControlEvent::ignored_nd);
  neighbor.ipv6.add(solicitation->source);
  peers_.learn(session, wire::to_integer(solicitor));
  if (neighbor.ipv6.contains(solicitation->target)) return counters_.count(ControlEvent::ignored_nd);
  if (may_answer(neighbor, now)) advertise(neighbor, *solicitation, solicitor);
}

void NeighborAnswers::advertise(const Neighbor& neighbor, const wire::NeighborSolicitation& solicitation,
                                const wire::MacAddress& solicitor) {
  const auto octets = make_neighbor_advertisement(solicitation.target, lan_mac_, solicitation.source);
  send(lan_frame(neighbor.header, solicitor, wire::kEthertypeIpv6, octets), ControlEvent::nd_answered);
}

bool NeighborAnswers::may_answer(Neighbor& neighbor, Time now) {
  if (neighbor.limit.take(now)) return true;
  counters_.count(ControlEvent::rate_limited);
  return false;
}

void NeighborAnswers::tick(Time now, std::span<const std::uint64_t> no_lan_peer) {
  for (Question& question : questions_) {
    if (question.session >= no_lan_peer.size()) continue;
    const std::uint64_t drops = no_lan_peer[question.session];
    if (drops <= question.drops || peers_.load(question.session) != 0) continue;
    if (question.asked && now - *question.asked < kAskInterval) continue;
    question.asked = now;
    question.drops = drops;
    const Neighbor& neighbor = neighbors_[question.session];
    // Without a gateway address to speak from, the question has the form of a probe, which hosts answer too.
    const auto request =
        wire::make_arp({wire::kArpRequest, lan_mac_, neighbor.gateway.value_or(wire::Ipv4Address{}),
                        wire::MacAddress{}, *neighbor.address});
    send(lan_frame(neighbor.header, wire::kBroadcastMac, wire::kEthertypeArp, octets_of(request)),
         ControlEvent::arp_asked);
  }
}

void NeighborAnswers::send(const std::vector<std::uint8_t>& frame, ControlEvent event) {
  counters_.count(sink_.send(Side::lan, frame) ? event : ControlEvent::unsent);
}

}  // namespace narrows::control
