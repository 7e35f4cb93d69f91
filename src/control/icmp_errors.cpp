// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/icmp_errors.h"

#include <algorithm>
#include <chrono>

#include "narrows/control/frame_builder.h"
#include "narrows/rewrite/icmp_error.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/neighbor_discovery.h"
#include "narrows/wire/pppoe.h"

namespace narrows::control {
namespace {

using stats::ControlEvent;
using stats::DropReason;

/// A fifth at once, the rest spread: no second sees more than `per_second`.
session::TokenBucket::Rate rate_of(std::uint16_t per_second) {
  const auto burst = std::max(per_second / 5, 1);
  const auto refill = std::max(per_second - burst, 1);
  return {burst, Time(std::chrono::seconds(1)).count() / refill};
}

wire::IpPacket parse(const Undeliverable& lost) noexcept {
  return lost.family == Family::ipv4 ? wire::parse_ipv4(lost.packet.data(), lost.packet.size())
                                     : wire::parse_ipv6(lost.packet.data(), lost.packet.size());
}

wire::Ipv4Address ipv4_destination(std::span<const std::uint8_t> packet) noexcept {
  const auto& header = wire::header_at<wire::Ipv4Header>(packet.data());
  return {wire::header_at<wire::Be32>(header.destination.data()).host()};
}

std::string destination_text(const Undeliverable& lost) {
  if (lost.family == Family::ipv4) return wire::to_string(ipv4_destination(lost.packet));
  return wire::to_string(wire::header_at<wire::Ipv6Header>(lost.packet.data()).destination);
}

/// A hop limit that senders begin with: no router has had the packet in hand.
bool comes_from_its_sender(const wire::Ipv6Header& header) noexcept {
  return header.hop_limit == 255 || header.hop_limit == 128 || header.hop_limit == 64 ||
         header.hop_limit == 32;
}

/// Of the link that the packet would have left by; 0: down.
std::uint16_t mtu_ahead(const session::SessionSpec& spec, const Undeliverable& lost) noexcept {
  if (!spec.up[index_of(lost.family)]) return 0;
  return lost.from == Side::lan ? spec.mtu_octets : spec.lan_mtu_octets;
}

}  // namespace

IcmpErrors::IcmpErrors(const config::Config& config, const wire::MacAddress& lan_mac,
                       TooLongDestinations& too_long, FrameSink& sink, stats::ControlCounters& counters)
    : settings_(config.icmp),
      rate_(rate_of(config.icmp.per_second)),
      link_local_(wire::link_local_of(lan_mac)),
      limits_(config.sessions.size()),
      too_long_(too_long),
      sink_(sink),
      counters_(counters) {}

void IcmpErrors::configure(const config::Icmp& settings, std::size_t sessions) {
  settings_ = settings;
  rate_ = rate_of(settings.per_second);
  if (sessions > limits_.size()) limits_.resize(sessions);
}

void IcmpErrors::handle(std::size_t session, const session::SessionSpec& spec, const Ipv4Sources& sources,
                        const Undeliverable& lost, Time now) {
  const wire::IpPacket ip = parse(lost);
  if (ip.octets == 0) return;
  const bool ipv4 = lost.family == Family::ipv4;
  rewrite::IcmpError error = ipv4 ? rewrite::kHostUnreachable : rewrite::kAddressUnreachableIpv6;
  if (lost.reason == DropReason::too_big) {
    const std::uint16_t mtu = mtu_ahead(spec, lost);
    if (ip.octets <= mtu || mtu == 0) return;  // the link has changed meanwhile
    too_long_.note({static_cast<std::uint16_t>(session),
                    lost.from == Side::lan ? Direction::lan_to_wan : Direction::wan_to_lan,
                    destination_text(lost), 1, ip.octets, mtu},
                   now);
    error = ipv4 ? rewrite::fragmentation_needed(mtu) : rewrite::packet_too_big(mtu);
  } else if (lost.from == Side::wan) {
    return;  // a concentrator knows for itself whether a session is up
  }
  if (settings_.per_second == 0) return;
  const auto message = make_message(error, sources, lost);
  if (message.empty()) return counters_.count(ControlEvent::icmp_withheld);
  if (!limits_[session].take(rate_, now.count())) return counters_.count(ControlEvent::rate_limited);
  if (!send(spec, lost, message)) return counters_.count(ControlEvent::unsent);
  counters_.count(lost.reason == DropReason::too_big ? ControlEvent::too_big_sent
                                                     : ControlEvent::unreachable_sent);
}

std::vector<std::uint8_t> IcmpErrors::make_message(rewrite::IcmpError error, const Ipv4Sources& sources,
                                                   const Undeliverable& lost) const {
  if (lost.family == Family::ipv6) {
    const auto source = ipv6_source(lost);
    if (!source) return {};
    return rewrite::make_icmpv6_error(lost.packet, error, *source, lost.cast);
  }
  const auto source = sources[index_of(lost.from)].value_or(ipv4_destination(lost.packet));
  return rewrite::make_icmpv4_error(lost.packet, error, source, lost.cast);
}

/// To a neighbour on the LAN, a link-local address. A router would not forward a message from one (RFC 4291
/// §2.5.6), so to senders behind a router, and to the WAN, it comes from the address that the packet was sent
/// to.
std::optional<wire::Ipv6Octets> IcmpErrors::ipv6_source(const Undeliverable& lost) const noexcept {
  const auto& header = wire::header_at<wire::Ipv6Header>(lost.packet.data());
  const bool to_group = wire::is_multicast(header.destination);
  if (lost.from == Side::wan) return to_group ? std::nullopt : std::optional(header.destination);
  if (settings_.ipv6_source) return settings_.ipv6_source;
  return to_group || comes_from_its_sender(header) ? link_local_ : header.destination;
}

bool IcmpErrors::send(const session::SessionSpec& spec, const Undeliverable& lost,
                      std::span<const std::uint8_t> message) {
  const bool ipv4 = lost.family == Family::ipv4;
  if (lost.from == Side::wan)
    return sink_.send(Side::wan, ppp_frame(session::make_lan_to_wan(spec).header,
                                           ipv4 ? wire::kPppIpv4 : wire::kPppIpv6, message));
  return sink_.send(Side::lan, lan_frame(session::make_wan_to_lan(spec).header, lost.source,
                                         ipv4 ? wire::kEthertypeIpv4 : wire::kEthertypeIpv6, message));
}

}  // namespace narrows::control
