// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/unreachable_answers.h"

#include "narrows/control/frame_builder.h"
#include "narrows/rewrite/icmp_error.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/neighbor_discovery.h"

namespace narrows::control {
namespace {

using stats::ControlEvent;

}  // namespace

UnreachableAnswers::UnreachableAnswers(const wire::MacAddress& lan_mac,
                                       std::span<const session::HeaderTemplate> headers, FrameSink& sink,
                                       stats::ControlCounters& counters)
    : link_local_(wire::link_local_of(lan_mac)), sink_(sink), counters_(counters) {
  hosts_.reserve(headers.size());
  for (const auto& header : headers) hosts_.push_back({header, {}});
}

void UnreachableAnswers::handle(std::size_t session, Family family, const wire::MacAddress& source,
                                bool to_us, wire::Ipv4Address gateway, std::span<const std::uint8_t> packet,
                                Time now) {
  const auto cast = to_us ? rewrite::LinkCast::unicast : rewrite::LinkCast::multicast;
  const auto message =
      family == Family::ipv4
          ? rewrite::make_icmpv4_error(packet, rewrite::kHostUnreachable,
                                       gateway.value == 0 ? kDummy : gateway, cast)
          : rewrite::make_icmpv6_error(packet, rewrite::kAddressUnreachableIpv6, link_local_, cast);
  if (message.empty()) return;
  Host& host = hosts_[session];
  if (!host.limit.take(now)) return counters_.count(ControlEvent::rate_limited);
  const std::uint16_t ethertype = family == Family::ipv4 ? wire::kEthertypeIpv4 : wire::kEthertypeIpv6;
  counters_.count(sink_.send(Side::lan, lan_frame(host.header, source, ethertype, message))
                      ? ControlEvent::unreachable_sent
                      : ControlEvent::unsent);
}

}  // namespace narrows::control
