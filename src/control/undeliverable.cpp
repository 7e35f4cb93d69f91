// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/undeliverable.h"

#include "narrows/wire/ethernet.h"
#include "narrows/wire/pppoe.h"

namespace narrows::control {

std::optional<Undeliverable> read_undeliverable(Side from, stats::DropReason reason,
                                                std::span<const std::uint8_t> frame) {
  const auto view = wire::parse_ethernet(frame.data(), frame.size());
  if (view.payload_offset == 0) return std::nullopt;
  const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
  if (!header.source.is_station()) return std::nullopt;
  const auto payload = frame.subspan(view.payload_offset);
  const auto found = [&](Family family, std::span<const std::uint8_t> packet) {
    return Undeliverable{
        from,
        reason,
        family,
        header.source,
        header.destination.is_multicast() ? rewrite::LinkCast::multicast : rewrite::LinkCast::unicast,
        packet};
  };
  if (from == Side::lan) {
    if (!wire::is_ip(view.ethertype)) return std::nullopt;
    return found(wire::family_of(view.ethertype), payload);
  }
  if (view.ethertype != wire::kEthertypePppoeSession) return std::nullopt;
  const auto pppoe = wire::parse_pppoe_session(payload.data(), payload.size());
  if (pppoe.status != wire::PppoeSession::Status::valid || !wire::is_ppp_data(pppoe.protocol))
    return std::nullopt;
  return found(wire::family_of_ppp(pppoe.protocol),
               payload.subspan(wire::kPppoeOverheadOctets, pppoe.payload_octets));
}

}  // namespace narrows::control
