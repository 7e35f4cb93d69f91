// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/dhcp.h"

#include <algorithm>

namespace narrows::wire {
namespace {

using Octets = std::span<const std::uint8_t>;

constexpr std::uint8_t kHardwareEthernet = 1;
constexpr std::uint8_t kOverloadFile = 1;
constexpr std::uint8_t kOverloadServerName = 2;
constexpr std::size_t kUdpAndIpv4Octets = 28;

/// What is gathered from up to three fields of options.
struct Gathered {
  std::optional<std::uint8_t> type;
  std::uint8_t overload = 0;
  DhcpRequest request;
};

std::optional<Ipv4Address> read_address(Octets value) noexcept {
  if (value.size() != sizeof(Be32)) return std::nullopt;
  return Ipv4Address{header_at<Be32>(value.data()).host()};
}

/// @return whether the value has the length that its option has to have.
bool take_address(Octets value, std::optional<Ipv4Address>& target) noexcept {
  const auto address = read_address(value);
  if (!target) target = address;
  return address.has_value();
}

bool take_octet(Octets value, std::uint8_t& target) noexcept {
  if (value.size() != 1) return false;
  target = value[0];
  return true;
}

bool take_max_octets(Octets value, std::size_t& target) noexcept {
  if (value.size() != sizeof(Be16)) return false;
  // It counts the IP packet; under 576 is not legal (RFC 2132 §9.10) and does not make the reply shorter.
  const std::size_t packet = header_at<Be16>(value.data()).host();
  target = std::max(kDhcpLeastMaxOctets, packet - std::min(packet, kUdpAndIpv4Octets));
  return true;
}

/// @return whether the option is well formed; those that mean nothing here are.
bool take_option(std::uint8_t code, Octets value, Gathered& gathered) noexcept {
  auto& request = gathered.request;
  switch (static_cast<DhcpOption>(code)) {
    case DhcpOption::requested_address:
      return take_address(value, request.requested_address);
    case DhcpOption::server_identifier:
      return take_address(value, request.server_identifier);
    case DhcpOption::overload:
      return take_octet(value, gathered.overload);
    case DhcpOption::message_type: {
      std::uint8_t type = 0;
      if (!take_octet(value, type)) return false;
      gathered.type = gathered.type.value_or(type);
      return true;
    }
    case DhcpOption::max_message_octets:
      return take_max_octets(value, request.max_octets);
    case DhcpOption::client_identifier:
      if (request.client_identifier.empty()) request.client_identifier = value;
      return !value.empty();
    default:
      return true;
  }
}

/// @return whether every option up to the end is well formed and fits.
bool read_options(Octets field, Gathered& gathered) noexcept {
  while (!field.empty()) {
    const std::uint8_t code = field[0];
    if (code == static_cast<std::uint8_t>(DhcpOption::end)) return true;
    if (code == static_cast<std::uint8_t>(DhcpOption::pad)) {
      field = field.subspan(1);
      continue;
    }
    if (field.size() < 2 || field[1] > field.size() - 2) return false;
    if (!take_option(code, field.subspan(2, field[1]), gathered)) return false;
    field = field.subspan(std::size_t{2} + field[1]);
  }
  return true;
}

MacAddress first_six(const std::array<std::uint8_t, 16>& octets) noexcept {
  MacAddress mac;
  std::copy_n(octets.begin(), mac.octets.size(), mac.octets.begin());
  return mac;
}

}  // namespace

std::optional<DhcpRequest> parse_dhcp_request(Octets message) noexcept {
  if (message.size() < sizeof(DhcpHeader)) return std::nullopt;
  const auto& header = header_at<DhcpHeader>(message.data());
  if (header.operation != kDhcpRequestOperation || header.hardware_type != kHardwareEthernet ||
      header.hardware_octets != sizeof(MacAddress) || header.cookie.host() != kDhcpCookie)
    return std::nullopt;

  Gathered gathered;
  if (!read_options(message.subspan(sizeof(DhcpHeader)), gathered)) return std::nullopt;
  // Which fields hold options is settled before they are read: an overload in them means nothing.
  const std::uint8_t overload = gathered.overload;
  if ((overload & kOverloadFile) != 0 && !read_options(header.file, gathered)) return std::nullopt;
  if ((overload & kOverloadServerName) != 0 && !read_options(header.server_name, gathered))
    return std::nullopt;
  if (!gathered.type) return std::nullopt;

  DhcpRequest& request = gathered.request;
  request.type = *gathered.type;
  request.transaction = header.transaction.host();
  request.flags = header.flags.host();
  request.client_mac = first_six(header.hardware_address);
  request.client_address = {header.client_address.host()};
  request.relay_address = {header.relay_address.host()};
  return request;
}

DhcpReply::DhcpReply(const DhcpRequest& request, DhcpType type)
    : octets_(sizeof(DhcpHeader)), max_octets_(request.max_octets) {
  auto& to = header();
  to.operation = kDhcpReplyOperation;
  to.hardware_type = kHardwareEthernet;
  to.hardware_octets = sizeof(MacAddress);
  to.transaction = Be32(request.transaction);
  to.flags = Be16(request.flags);
  to.relay_address = Be32(request.relay_address.value);
  std::ranges::copy(request.client_mac.octets, to.hardware_address.begin());
  to.cookie = Be32(kDhcpCookie);
  const auto code = static_cast<std::uint8_t>(type);
  add(DhcpOption::message_type, std::span(&code, 1));
}

void DhcpReply::add(DhcpOption option, Octets value) {
  constexpr std::size_t kEndOctets = 1;
  if (octets_.size() + 2 + value.size() + kEndOctets > max_octets_ || value.size() > 0xff) return;
  octets_.push_back(static_cast<std::uint8_t>(option));
  octets_.push_back(static_cast<std::uint8_t>(value.size()));
  octets_.insert(octets_.end(), value.begin(), value.end());
}

void DhcpReply::add(DhcpOption option, Ipv4Address address) {
  add_seconds(option, address.value);
}

void DhcpReply::add_seconds(DhcpOption option, std::uint32_t seconds) {
  const auto octets = std::bit_cast<std::array<std::uint8_t, sizeof(Be32)>>(Be32(seconds));
  add(option, octets);
}

void DhcpReply::set_your_address(Ipv4Address address) noexcept {
  header().your_address = Be32(address.value);
}

void DhcpReply::set_client_address(Ipv4Address address) noexcept {
  header().client_address = Be32(address.value);
}

std::vector<std::uint8_t> DhcpReply::finish() && {
  octets_.push_back(static_cast<std::uint8_t>(DhcpOption::end));
  if (octets_.size() < kDhcpMinOctets) octets_.resize(kDhcpMinOctets);
  return std::move(octets_);
}

}  // namespace narrows::wire
