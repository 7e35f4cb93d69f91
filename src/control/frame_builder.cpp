// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/frame_builder.h"

#include <algorithm>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/pppoe.h"

namespace narrows::control {
namespace {

std::vector<std::uint8_t> headed(const session::HeaderTemplate& header,
                                 std::span<const std::uint8_t> payload) {
  std::vector<std::uint8_t> frame(header.octets.end() - header.length, header.octets.end());
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

}  // namespace

std::vector<std::uint8_t> lan_frame(const session::HeaderTemplate& header,
                                    const wire::MacAddress& destination, std::uint16_t ethertype,
                                    std::span<const std::uint8_t> payload) {
  auto frame = headed(header, payload);
  std::copy(destination.octets.begin(), destination.octets.end(), frame.begin());
  // The ethertype ends the template, with and without a tag.
  wire::header_at<wire::Be16>(frame.data() + header.length - sizeof(wire::Be16)) = wire::Be16(ethertype);
  return frame;
}

std::vector<std::uint8_t> ppp_frame(const session::HeaderTemplate& header, std::uint16_t protocol,
                                    std::span<const std::uint8_t> information) {
  auto frame = headed(header, information);
  auto* const payload = frame.data() + header.length;
  auto& pppoe = wire::header_at<wire::PppoeHeader>(payload - wire::kPppoeOverheadOctets);
  pppoe.length = wire::Be16(static_cast<std::uint16_t>(information.size() + wire::kPppProtocolOctets));
  wire::header_at<wire::Be16>(payload - wire::kPppProtocolOctets) = wire::Be16(protocol);
  return frame;
}

std::vector<std::uint8_t> discovery_frame(const session::HeaderTemplate& header,
                                          const wire::MacAddress& destination, std::uint8_t code,
                                          std::uint16_t session_id, std::span<const std::uint8_t> tags) {
  auto frame = headed(header, {});
  frame.resize(frame.size() - wire::kPppProtocolOctets);
  auto* const pppoe = frame.data() + frame.size() - sizeof(wire::PppoeHeader);
  std::copy(destination.octets.begin(), destination.octets.end(), frame.begin());
  wire::header_at<wire::Be16>(pppoe - sizeof(wire::Be16)) = wire::Be16(wire::kEthertypePppoeDiscovery);
  wire::header_at<wire::PppoeHeader>(pppoe) = {wire::kPppoeVersionType, code, wire::Be16(session_id),
                                               wire::Be16(static_cast<std::uint16_t>(tags.size()))};
  frame.insert(frame.end(), tags.begin(), tags.end());
  return frame;
}

}  // namespace narrows::control
