// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/ipcp.h"

#include <optional>

namespace narrows::ppp {
namespace {

constexpr std::uint8_t kIpAddress = 3;                        // RFC 1332 §3.3
constexpr std::array<std::uint8_t, 2> kDnsOptions{129, 131};  // RFC 1877 §1.1, §1.3

/// Primary and secondary DNS option by their index; nothing for other options.
std::optional<std::size_t> dns_index(std::uint8_t type) {
  for (std::size_t index = 0; index < kDnsOptions.size(); ++index)
    if (kDnsOptions[index] == type) return index;
  return std::nullopt;
}

std::optional<wire::Ipv4Address> address_of(const Option& option) {
  const auto value = integer_of<std::uint32_t>(option);
  if (!value) return std::nullopt;
  return wire::Ipv4Address{*value};
}

}  // namespace

Ipcp::Ipcp(const LinkSettings& settings, PacketSink& sink)
    : ControlProtocol(wire::kPppIpcp, settings.limits, sink), settings_(settings) {}

void Ipcp::reset() {
  own_ = is_client() ? wire::Ipv4Address{} : settings_.offer->own;
  peer_ = {};
  dns_ = {};
  asks_address_ = true;
  asks_dns_.fill(is_client());
}

void Ipcp::write_request(OptionWriter& request) {
  if (asks_address_) request.put_integer(kIpAddress, own_.value);
  for (std::size_t index = 0; index < kServers; ++index)
    if (asks_dns_[index]) request.put_integer(kDnsOptions[index], dns_[index].value);
}

ControlProtocol::Judgement Ipcp::judge(const Option& option, OptionWriter& nak) {
  const auto address = address_of(option);
  if (option.type == kIpAddress && is_client())  // there is no other to suggest
    return address && wire::is_host_address(*address) ? Judgement::ack : Judgement::reject;

  std::optional<wire::Ipv4Address> given;
  if (option.type == kIpAddress) given = settings_.offer->peer;
  if (const auto index = dns_index(option.type); index && settings_.offer)
    if (*index < settings_.offer->dns.size()) given = settings_.offer->dns[*index];
  if (!given) return Judgement::reject;
  if (address == given) return Judgement::ack;
  nak.put_integer(option.type, given->value);
  return Judgement::nak;
}

/// "If negotiation about the remote IP-address is required, and the peer did not provide the option in its
/// Configure-Request, the option SHOULD be appended to a Configure-Nak" (RFC 1332 §3.3).
void Ipcp::add_wishes(const std::bitset<256>& present, OptionWriter& nak) {
  if (!is_client() && !present.test(kIpAddress)) nak.put_integer(kIpAddress, settings_.offer->peer.value);
}

void Ipcp::agree(const OptionList& peer_options) {
  peer_ = {};
  for (const Option option : peer_options)
    if (option.type == kIpAddress) peer_ = address_of(option).value_or(wire::Ipv4Address{});
}

bool Ipcp::take_nak(const Option& option) {
  const auto address = address_of(option);
  if (option.type == kIpAddress) {
    if (is_client() && address && wire::is_host_address(*address)) own_ = *address;
    return asks_address_;
  }
  const auto index = dns_index(option.type);
  if (!index || !asks_dns_[*index]) return false;
  if (address) dns_[*index] = *address;
  return true;
}

bool Ipcp::take_reject(const Option& option) {
  if (option.type == kIpAddress) {
    asks_address_ = false;
    return !is_client();  // without an address of our own IPv4 is of no use
  }
  if (const auto index = dns_index(option.type)) asks_dns_[*index] = false;
  return true;
}

/// A client has an address, a concentrator's client has the one it was given.
bool Ipcp::is_complete() const {
  return is_client() ? wire::is_host_address(own_) : peer_ == settings_.offer->peer;
}

std::vector<wire::Ipv4Address> Ipcp::dns() const {
  std::vector<wire::Ipv4Address> servers;
  for (std::size_t index = 0; index < kServers; ++index)
    if (asks_dns_[index] && wire::is_host_address(dns_[index])) servers.push_back(dns_[index]);
  return servers;
}

}  // namespace narrows::ppp
