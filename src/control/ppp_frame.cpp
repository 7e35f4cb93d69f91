// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/ppp_frame.h"

#include "narrows/wire/pppoe.h"

namespace narrows::control {

std::optional<PppPacket> read_ppp_frame(const session::SessionSpec& spec, const wire::EthernetView& view,
                                        std::span<const std::uint8_t> frame,
                                        stats::ControlCounters& counters) {
  using stats::ControlEvent;
  const auto refuse = [&](ControlEvent why) {
    counters.count(why);
    return std::nullopt;
  };
  const auto& header = wire::header_at<wire::EthernetHeader>(frame.data());
  if (header.destination != spec.wan_mac || header.source != spec.ac_mac ||
      view.vlans != session::wan_vlan_stack(spec) || view.ethertype != wire::kEthertypePppoeSession)
    return refuse(ControlEvent::ignored_other);
  const auto payload = frame.subspan(view.payload_offset);
  const auto pppoe = wire::parse_pppoe_session(payload.data(), payload.size());
  if (pppoe.status != wire::PppoeSession::Status::valid) return refuse(ControlEvent::malformed);
  if (pppoe.id != spec.id) return refuse(ControlEvent::ignored_other);
  return PppPacket{pppoe.protocol, payload.subspan(wire::kPppoeOverheadOctets, pppoe.payload_octets)};
}

}  // namespace narrows::control
