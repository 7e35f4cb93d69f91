// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/frame_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "narrows/wire/arp.h"
#include "narrows/wire/dhcp.h"
#include "narrows/wire/icmp.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/ipv6_address.h"
#include "narrows/wire/mac_address.h"
#include "narrows/wire/neighbor_discovery.h"
#include "narrows/wire/ppp.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/pppoe_discovery.h"
#include "narrows/wire/router_discovery.h"
#include "narrows/wire/tcp.h"

namespace narrows::app {
namespace {

using Octets = std::span<const std::uint8_t>;

struct Word {
  unsigned number;
  std::string_view text;
};

template <std::size_t size>
std::string_view find_word(const std::array<Word, size>& words, unsigned number, std::string_view otherwise) {
  const auto* found = std::ranges::find(words, number, &Word::number);
  return found == words.end() ? otherwise : found->text;
}

constexpr std::array<Word, 7> kDiscoveryCodes{{{wire::kPppoePadi, "PADI"},
                                               {wire::kPppoePado, "PADO"},
                                               {wire::kPppoePadr, "PADR"},
                                               {wire::kPppoePads, "PADS"},
                                               {wire::kPppoePadt, "PADT"},
                                               {wire::kPppoePadm, "PADM"},
                                               {wire::kPppoePadn, "PADN"}}};
constexpr std::array<Word, 5> kPppProtocols{{{wire::kPppLcp, "LCP"},
                                             {wire::kPppPap, "PAP"},
                                             {wire::kPppChap, "CHAP"},
                                             {wire::kPppIpcp, "IPCP"},
                                             {wire::kPppIpv6cp, "IPv6CP"}}};
constexpr std::array<Word, 10> kPppCodes{{{wire::kConfigureRequest, "Configure-Request"},
                                          {wire::kConfigureAck, "Configure-Ack"},
                                          {wire::kConfigureNak, "Configure-Nak"},
                                          {wire::kConfigureReject, "Configure-Reject"},
                                          {wire::kTerminateRequest, "Terminate-Request"},
                                          {wire::kTerminateAck, "Terminate-Ack"},
                                          {wire::kCodeReject, "Code-Reject"},
                                          {wire::kLcpProtocolReject, "Protocol-Reject"},
                                          {wire::kLcpEchoRequest, "Echo-Request"},
                                          {wire::kLcpEchoReply, "Echo-Reply"}}};
constexpr std::array<Word, 7> kIcmpv6Types{{{wire::kIcmpv6Unreachable, "destination unreachable"},
                                            {wire::kIcmpv6PacketTooBig, "packet too big"},
                                            {wire::kIcmpv6RouterSolicitation, "router solicitation"},
                                            {wire::kIcmpv6RouterAdvertisement, "router advertisement"},
                                            {wire::kIcmpv6NeighborSolicitation, "neighbour solicitation"},
                                            {wire::kIcmpv6NeighborAdvertisement, "neighbour advertisement"},
                                            {wire::kIcmpv6Redirect, "redirect"}}};

std::string words_of_arp(Octets payload) {
  const auto arp = wire::parse_arp(payload);
  if (!arp) return "ARP that is none for IPv4 over Ethernet, or names what cannot be a host";
  if (arp->operation == wire::kArpRequest)
    return fmt::format("ARP request for {} from {}", wire::to_string(arp->target),
                       wire::to_string(arp->sender));
  return fmt::format("ARP reply: {} is at {}", wire::to_string(arp->sender),
                     wire::to_string(arp->sender_mac));
}

std::string words_of_discovery(Octets payload) {
  if (payload.size() < sizeof(wire::PppoeHeader)) return "PPPoE discovery, cut off";
  const auto& header = wire::header_at<wire::PppoeHeader>(payload.data());
  const auto name = find_word(kDiscoveryCodes, header.code, "");
  auto words = name.empty() ? fmt::format("PPPoE discovery of code 0x{:02x}", header.code)
                            : fmt::format("PPPoE discovery, {}", name);
  if (header.session_id.host() != 0) words += fmt::format(" of session 0x{:04x}", header.session_id.host());
  if (!wire::parse_pppoe_discovery(payload)) words += ", malformed";
  return words;
}

std::string words_of_ppp(std::uint16_t protocol, Octets information) {
  const auto name = find_word(kPppProtocols, protocol, "");
  if (name.empty()) return fmt::format("PPP protocol 0x{:04x}", protocol);
  const auto packet = wire::parse_ppp_control(information);
  if (!packet) return fmt::format("{}, malformed", name);
  const bool shares_codes = protocol != wire::kPppPap && protocol != wire::kPppChap;
  const auto code = shares_codes ? find_word(kPppCodes, packet->code, "") : "";
  return code.empty() ? fmt::format("{} code {}", name, packet->code) : fmt::format("{} {}", name, code);
}

std::string words_of_icmpv4(Octets icmp) {
  const auto& header = wire::header_at<wire::IcmpErrorHeader>(icmp.data());
  if (header.type == wire::kIcmpUnreachable && header.code == wire::kIcmpFragmentationNeeded)
    return fmt::format("ICMP destination unreachable, fragmentation needed (type 3 code 4), MTU {}",
                       header.parameter.host() & 0xffff);
  if (header.type == wire::kIcmpUnreachable && header.code == wire::kIcmpHostUnreachable)
    return "ICMP destination unreachable, host unreachable (type 3 code 1)";
  return fmt::format("ICMP type {} code {}", header.type, header.code);
}

std::string words_of_icmpv6(Octets icmp) {
  const auto& header = wire::header_at<wire::IcmpErrorHeader>(icmp.data());
  const auto name = find_word(kIcmpv6Types, header.type, "");
  if (header.type == wire::kIcmpv6PacketTooBig)
    return fmt::format("ICMPv6 {} (type 2), MTU {}", name, header.parameter.host());
  return name.empty() ? fmt::format("ICMPv6 type {} code {}", header.type, header.code)
                      : fmt::format("ICMPv6 {} (type {} code {})", name, header.type, header.code);
}

std::string words_of_tcp(const wire::TcpHeader& header) {
  constexpr std::array<std::pair<unsigned, std::string_view>, 4> kFlags{
      {{0x02, "SYN"}, {0x10, "ACK"}, {0x01, "FIN"}, {0x04, "RST"}}};
  std::vector<std::string_view> flags;
  for (const auto& [bit, name] : kFlags)
    if ((header.flags & bit) != 0) flags.push_back(name);
  return fmt::format("TCP {}port {} to {}", flags.empty() ? "" : fmt::format("{} ", fmt::join(flags, "-")),
                     header.source_port.host(), header.destination_port.host());
}

std::string words_of_udp(Octets udp) {
  const unsigned source = wire::header_at<wire::Be16>(udp.data()).host();
  const unsigned destination = wire::header_at<wire::Be16>(udp.data() + sizeof(wire::Be16)).host();
  if (destination == wire::kDhcpServerPort) return "DHCP, client to server";
  if (source == wire::kDhcpServerPort) return "DHCP, server to client";
  return fmt::format("UDP port {} to {}", source, destination);
}

/// What a valid packet carries.
std::string words_of_upper(const std::uint8_t* ip, const wire::IpPacket& packet) {
  const auto transport = wire::find_transport(ip, packet);
  if (transport.status == wire::Transport::Status::no_transport)
    return "a fragment but the first, or cut off";
  const Octets upper(ip + transport.offset, packet.octets - std::size_t{transport.offset});
  if (transport.status == wire::Transport::Status::found) {
    if (transport.protocol == wire::kProtocolTcp && upper.size() >= sizeof(wire::TcpHeader))
      return words_of_tcp(wire::header_at<wire::TcpHeader>(upper.data()));
    if (transport.protocol == wire::kProtocolUdp && upper.size() >= 2 * sizeof(wire::Be16))
      return words_of_udp(upper);
    if (transport.protocol == wire::kProtocolIcmp && upper.size() >= sizeof(wire::IcmpErrorHeader))
      return words_of_icmpv4(upper);
    if (transport.protocol == wire::kProtocolIcmpv6 && upper.size() >= sizeof(wire::IcmpErrorHeader))
      return words_of_icmpv6(upper);
  }
  return fmt::format("protocol {}", transport.protocol);
}

std::string words_of_packet(const std::uint8_t* ip, std::size_t present, Family family) {
  const auto packet = family == Family::ipv4 ? wire::parse_ipv4(ip, present) : wire::parse_ipv6(ip, present);
  if (packet.octets == 0) return fmt::format("{}, malformed", words_of(family));
  const auto upper = words_of_upper(ip, packet);
  if (family == Family::ipv4) {
    const auto& header = wire::header_at<wire::Ipv4Header>(ip);
    const auto address = [](const auto& octets) {
      return wire::to_string(wire::Ipv4Address{wire::header_at<wire::Be32>(octets.data()).host()});
    };
    return fmt::format("{}, {} to {}", upper, address(header.source), address(header.destination));
  }
  const auto& header = wire::header_at<wire::Ipv6Header>(ip);
  return fmt::format("{}, {} to {}", upper, wire::to_string(header.source),
                     wire::to_string(header.destination));
}

}  // namespace

std::optional<PacketPlace> find_packet(Octets frame) {
  const auto view = wire::parse_ethernet(frame.data(), frame.size());
  if (view.payload_offset == 0) return std::nullopt;
  const std::size_t present = frame.size() - view.payload_offset;
  if (wire::is_ip(view.ethertype))
    return PacketPlace{view.payload_offset, present, wire::family_of(view.ethertype)};
  if (view.ethertype != wire::kEthertypePppoeSession) return std::nullopt;
  const auto pppoe = wire::parse_pppoe_session(frame.data() + view.payload_offset, present);
  if (pppoe.status != wire::PppoeSession::Status::valid || !wire::is_ppp_data(pppoe.protocol))
    return std::nullopt;
  return PacketPlace{view.payload_offset + wire::kPppoeOverheadOctets, pppoe.payload_octets,
                     wire::family_of_ppp(pppoe.protocol)};
}

std::string words_of_frame(Octets frame) {
  const auto view = wire::parse_ethernet(frame.data(), frame.size());
  if (view.payload_offset == 0) return "shorter than its Ethernet header";
  if (const auto place = find_packet(frame))
    return words_of_packet(frame.data() + place->offset, place->octets, place->family);
  const auto payload = frame.subspan(view.payload_offset);
  if (view.ethertype == wire::kEthertypeArp) return words_of_arp(payload);
  if (view.ethertype == wire::kEthertypePppoeDiscovery) return words_of_discovery(payload);
  if (view.ethertype == wire::kEthertypePppoeSession) {
    const auto pppoe = wire::parse_pppoe_session(payload.data(), payload.size());
    if (pppoe.status != wire::PppoeSession::Status::valid) return "PPPoE session frame, malformed";
    return fmt::format(
        "{}, PPPoE session 0x{:04x}",
        words_of_ppp(pppoe.protocol, payload.subspan(wire::kPppoeOverheadOctets, pppoe.payload_octets)),
        pppoe.id);
  }
  return fmt::format("ethertype 0x{:04x}", view.ethertype);
}

std::string words_of(wire::VlanStack vlans) {
  const auto ids = vlans.ids();
  if (ids.empty()) return "untagged";
  return fmt::format("VLAN{} {}", ids.size() > 1 ? "s" : "", fmt::join(ids, "."));
}

std::string_view words_of(Family family) {
  return family == Family::ipv4 ? "IPv4" : "IPv6";
}

}  // namespace narrows::app
