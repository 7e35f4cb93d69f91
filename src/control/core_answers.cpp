// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/core_answers.h"

#include <chrono>

#include "narrows/control/frame_builder.h"
#include "narrows/control/icmpv6_packets.h"
#include "narrows/wire/arp.h"

namespace narrows::control {
namespace {

using stats::ControlEvent;

constexpr Time kAskInterval = std::chrono::seconds(1);
/// All sessions share the one router.
constexpr std::size_t kRouter = 0;

std::array<std::uint8_t, 4> octets_of_address(wire::Ipv4Address address) noexcept {
  return std::bit_cast<std::array<std::uint8_t, 4>>(wire::Be32(address.value));
}

}  // namespace

CoreAnswers::CoreAnswers(const config::Concentrator& config, const session::AddressPlan& addresses,
                         const wire::MacAddress& mac, const session::HeaderTemplate& header,
                         session::LanPeers& peers, FrameSink& sink, stats::ControlCounters& counters)
    : config_(config),
      addresses_(addresses),
      mac_(mac),
      header_(header),
      peers_(peers),
      sink_(sink),
      counters_(counters) {}

void CoreAnswers::handle(const wire::EthernetView& view, std::span<const std::uint8_t> frame, Time now) {
  const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
  const bool for_us = header.destination.is_multicast() || header.destination == mac_;
  if (!for_us || header.source == mac_ || view.vlans != wire::VlanStack())
    return counters_.count(ControlEvent::ignored_other);
  const auto payload = frame.subspan(view.payload_offset);
  if (view.ethertype == wire::kEthertypeArp) return handle_arp(payload, now);
  if (view.ethertype == wire::kEthertypeIpv6) return handle_ipv6(header.source, payload, now);
  counters_.count(ControlEvent::ignored_other);
}

void CoreAnswers::learn(const wire::MacAddress& mac) {
  peers_.learn(kRouter, wire::to_integer(mac));
}

void CoreAnswers::handle_arp(std::span<const std::uint8_t> payload, Time now) {
  const auto message = wire::parse_arp(payload);
  if (!message) return counters_.count(ControlEvent::malformed);
  // Our own question, come back through a loop, must not teach.
  if (message->sender_mac == mac_) return counters_.count(ControlEvent::ignored_arp);
  const auto is_ours = [this](wire::Ipv4Address address) {
    return address == config_.own_ipv4 || addresses_.find_ipv4(octets_of_address(address)) != session::kNone;
  };
  // Whoever claims one of our addresses is no router of ours; neither is a probe (RFC 5227 §2.1.1).
  const bool is_other = message->sender.value != 0 && !is_ours(message->sender);
  if (is_other &&
      (config_.gateway ? message->sender == *config_.gateway : message->operation == wire::kArpRequest))
    learn(message->sender_mac);
  // A probe is answered as well: the address is taken (RFC 5227 §2.1.1).
  if (message->operation != wire::kArpRequest || !is_ours(message->target) ||
      message->sender == message->target)
    return counters_.count(ControlEvent::ignored_arp);
  const auto reply =
      wire::make_arp({wire::kArpReply, mac_, message->target, message->sender_mac, message->sender});
  answer(message->sender_mac, wire::kEthertypeArp, octets_of(reply), ControlEvent::arp_answered, now);
}

void CoreAnswers::handle_ipv6(const wire::MacAddress& source, std::span<const std::uint8_t> payload,
                              Time now) {
  const auto packet = wire::parse_ipv6(payload.data(), payload.size());
  if (packet.octets == 0) return counters_.count(ControlEvent::malformed);
  const auto ip = payload.first(packet.octets);
  if (!wire::is_neighbor_solicitation(ip)) return counters_.count(ControlEvent::ignored_other);
  const auto solicitation = wire::parse_neighbor_solicitation(ip);
  if (!solicitation || !icmpv6_checksum_is_right(ip)) return counters_.count(ControlEvent::malformed);
  const auto solicitor = solicitation->source_mac.value_or(source);
  // Of an address that is being detected nothing is known to be ours (RFC 4862 §5.4): the prefix is routed
  // here, and no station of the core takes an address in it.
  if (wire::is_unspecified(solicitation->source) || solicitor == mac_)
    return counters_.count(ControlEvent::ignored_nd);
  const bool is_ours = addresses_.find_ipv6(solicitation->target) != session::kNone ||
                       solicitation->target == wire::link_local_of(mac_);
  if (!is_ours) return counters_.count(ControlEvent::ignored_nd);
  if (!config_.gateway) learn(solicitor);
  answer(solicitor, wire::kEthertypeIpv6,
         make_neighbor_advertisement(solicitation->target, mac_, solicitation->source),
         ControlEvent::nd_answered, now);
}

void CoreAnswers::tick(Time now, std::uint64_t waiting) {
  if (!config_.gateway || peers_.load(kRouter) != 0) return;
  if (asked_ && (waiting <= waiting_ || now - *asked_ < kAskInterval)) return;
  asked_ = now;
  waiting_ = waiting;
  const auto request =
      wire::make_arp({wire::kArpRequest, mac_, config_.own_ipv4, wire::MacAddress{}, *config_.gateway});
  answer(wire::kBroadcastMac, wire::kEthertypeArp, octets_of(request), ControlEvent::arp_asked, now);
}

void CoreAnswers::answer(const wire::MacAddress& to, std::uint16_t ethertype,
                         std::span<const std::uint8_t> payload, ControlEvent event, Time now) {
  if (!limit_.take(now)) return counters_.count(ControlEvent::rate_limited);
  const bool sent = sink_.send(Side::lan, lan_frame(header_, to, ethertype, payload));
  counters_.count(sent ? event : ControlEvent::unsent);
}

}  // namespace narrows::control
