// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/plane.h"

namespace narrows::control {
namespace {

bool is_station(const wire::MacAddress& mac) noexcept {
  return !mac.is_multicast() && !mac.is_zero();
}

}  // namespace

void Plane::handle_punt(Side from, std::size_t session, std::span<const std::uint8_t> frame, Time now) {
  const auto view = wire::parse_ethernet(frame.data(), frame.size());
  if (view.payload_offset == 0 || !is_station(wire::header_at<wire::EthernetHeader>(frame.data()).source))
    return counters_.count(stats::ControlEvent::malformed);
  handle_frame(from, session, view, frame, now);
}

void Plane::handle_undeliverable(std::size_t session, std::span<const std::uint8_t> frame, Time now) {
  const auto view = wire::parse_ethernet(frame.data(), frame.size());
  if (view.payload_offset == 0 || !wire::is_ip(view.ethertype) || !has_session(session)) return;
  if (!is_station(wire::header_at<wire::EthernetHeader>(frame.data()).source)) return;
  handle_undelivered(session, view, frame, now);
}

}  // namespace narrows::control
