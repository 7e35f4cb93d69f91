// SPDX-License-Identifier: BSD-3-Clause
#include "authentication_base.h"

#include <utility>
#include <vector>

namespace narrows::ppp {

void AuthenticationBase::receive(std::uint16_t protocol, std::span<const std::uint8_t> information,
                                 Time now) {
  if (protocol != protocol_) {
    ++ignored_;
    return;
  }
  const auto packet = wire::parse_ppp_control(information);
  if (!packet || !handle(*packet, now)) ++ignored_;
}

void AuthenticationBase::poll(Time now) {
  if (now >= deadline_) expire(now);
}

void AuthenticationBase::send(std::uint8_t code, std::uint8_t identifier,
                              std::span<const std::uint8_t> data) {
  const wire::PppControlHeader header{
      code, identifier, wire::Be16(static_cast<std::uint16_t>(sizeof(wire::PppControlHeader) + data.size()))};
  const auto* const first = reinterpret_cast<const std::uint8_t*>(&header);
  std::vector<std::uint8_t> information(first, first + sizeof(header));
  information.insert(information.end(), data.begin(), data.end());
  sink_.send(protocol_, information);
}

void AuthenticationBase::conclude(Status status, std::string message) {
  status_ = status;
  message_ = std::move(message);
  deadline_ = kNever;
}

}  // namespace narrows::ppp
