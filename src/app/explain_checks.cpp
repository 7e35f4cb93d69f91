// SPDX-License-Identifier: BSD-3-Clause
/// Each check in words: what was found, and what had to be. The frame is read again for that; whether the
/// check held is the pipeline's word alone.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "narrows/app/explain_story.h"
#include "narrows/app/frame_words.h"
#include "narrows/session/session.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/ipv6_address.h"
#include "narrows/wire/pppoe.h"

namespace narrows::app {
namespace {

using config::Config;
using pipeline::Check;
using pipeline::CheckMet;
using Octets = std::span<const std::uint8_t>;

constexpr std::array<std::string_view, pipeline::kChecks> kNames{
    "ethernet_header", "destination",   "group",           "vlans",      "ip_or_arp", "pppoe",
    "pppoe_version",   "pppoe_code",    "pppoe_length",    "session",    "address",   "uncompressed",
    "one_buffer",      "ingress_frame", "ingress_mtu",     "ip",         "ip_group",  "session_up",
    "lan_peer",        "mtu",           "header_checksum", "may_be_cut", "room",      "egress_frame",
};
static_assert(std::ranges::none_of(kNames, &std::string_view::empty), "every check has a name");

constexpr std::size_t kMostNamed = 6;  ///< sessions, in one line

/// What the frame holds where a check looked.
struct Reading {
  Reading(const FrameStory& from, const Config& with)
      : story(from),
        config(with),
        octets(from.octets),
        ethernet(wire::parse_ethernet(octets.data(), octets.size())),
        payload(octets.subspan(ethernet.payload_offset)),
        keys(config::port_keys(with.mode)) {}

  [[nodiscard]] const config::Port& port() const { return story.side == Side::lan ? config.lan : config.wan; }
  [[nodiscard]] std::string_view key() const { return keys[index_of(story.side)]; }
  [[nodiscard]] bool is_from_wan() const { return story.side == Side::wan; }
  [[nodiscard]] std::string session() const {
    const auto index = story.account.session;
    return index < config.sessions.size() ? config.sessions[index].name : "none";
  }
  [[nodiscard]] const wire::PppoeHeader* pppoe() const {
    return payload.size() < sizeof(wire::PppoeHeader) ? nullptr
                                                      : &wire::header_at<wire::PppoeHeader>(payload.data());
  }
  /// Where the packet lies, if the frame is one that can have any: its version is not looked at.
  [[nodiscard]] PacketPlace packet() const { return find_packet(octets).value_or(PacketPlace{}); }

  const FrameStory& story;
  const Config& config;
  Octets octets;
  wire::EthernetView ethernet;
  Octets payload;
  std::array<std::string_view, kSides> keys;
};

std::string destination_words(const Reading& frame, bool held) {
  const auto& mac = wire::header_at<wire::EthernetHeader>(frame.octets.data()).destination;
  const auto own = frame.port().mac.value_or(wire::MacAddress{});
  if (!held) {
    return mac.is_multicast()
               ? fmt::format("Ethernet to {}, a group; the {} port takes what is for itself, {}",
                             wire::to_string(mac), frame.key(), wire::to_string(own))
               : fmt::format("Ethernet to {}, another station: the {} port is {}", wire::to_string(mac),
                             frame.key(), wire::to_string(own));
  }
  if (mac == own) return fmt::format("Ethernet to me ({})", wire::to_string(mac));
  if (mac == wire::kBroadcastMac) return "Ethernet broadcast";
  return fmt::format("Ethernet multicast ({})", wire::to_string(mac));
}

std::string header_words(const Reading& frame, bool held) {
  if (held)
    return fmt::format("Ethernet header of {} octets, {}", frame.ethernet.payload_offset,
                       words_of(frame.ethernet.vlans));
  const std::size_t needed =
      sizeof(wire::EthernetHeader) + (frame.octets.size() < sizeof(wire::EthernetHeader)
                                          ? 0
                                          : (frame.ethernet.tags + 1u) * sizeof(wire::VlanTag));
  return fmt::format("Ethernet header: {} octets are there, {} are needed", frame.octets.size(), needed);
}

std::string group_words(const Reading& frame) {
  const auto& mac = wire::header_at<wire::EthernetHeader>(frame.octets.data()).destination;
  const bool core = frame.config.concentrator.has_value();
  return fmt::format(
      "Ethernet {} of ethertype 0x{:04x}: of such frames only {} concern Narrows",
      mac == wire::kBroadcastMac ? "broadcast" : fmt::format("multicast ({})", wire::to_string(mac)),
      frame.ethernet.ethertype,
      core ? "ARP requests and neighbour solicitations"
           : "ARP, IPv6 multicast, and DHCP where an address is handed out");
}

/// The VLAN tags that sessions have on this side, each once.
std::string known_vlans(const Reading& frame) {
  std::vector<std::string> known;
  for (const auto& session : frame.config.sessions) {
    const auto& tags = session.wan.vlans;
    const auto words = !frame.is_from_wan() ? words_of(wire::VlanStack(session.lan.vlan.value_or(0)))
                       : tags.empty()       ? words_of(wire::VlanStack())
                       : tags.size() == 1   ? words_of(wire::VlanStack(tags[0]))
                                            : words_of(wire::VlanStack(tags[0], tags[1]));
    if (std::ranges::find(known, words) == known.end()) known.push_back(words);
    if (known.size() > kMostNamed) break;
  }
  if (known.size() > kMostNamed) known.back() = "and others";
  return fmt::format("{}", fmt::join(known, ", "));
}

std::string vlans_words(const Reading& frame, bool held) {
  const auto vlans = words_of(frame.ethernet.vlans);
  const bool core = frame.config.concentrator && !frame.is_from_wan();
  if (!held) {
    if (core) return fmt::format("{}: the core is untagged", vlans);
    const char* more = wire::is_tpid(frame.ethernet.ethertype) ? ", and more tags behind" : "";
    const char* service = frame.ethernet.outer_tpid == wire::kEthertypeServiceVlan && !frame.is_from_wan()
                              ? " (an 802.1ad tag, which no LAN session has)"
                              : "";
    return fmt::format("{}{}{}: no session's; sessions have: {}", vlans, more, service, known_vlans(frame));
  }
  if (core) return "the core is untagged";
  if (frame.is_from_wan()) return fmt::format("{}: a session's tags", vlans);
  return fmt::format("session {} ({} LAN)", frame.session(), vlans);
}

std::string ethertype_words(const Reading& frame, bool held) {
  if (held) return fmt::format("ethertype 0x{:04x}", frame.ethernet.ethertype);
  return frame.is_from_wan()
             ? fmt::format("ethertype 0x{:04x}: neither PPPoE session (0x8864) nor discovery (0x8863)",
                           frame.ethernet.ethertype)
             : fmt::format("ethertype 0x{:04x}: neither IPv4 (0x0800), IPv6 (0x86dd) nor ARP (0x0806)",
                           frame.ethernet.ethertype);
}

std::string pppoe_length_words(const Reading& frame, bool held) {
  const auto* header = frame.pppoe();
  if (header == nullptr)
    return fmt::format("PPPoE header: {} octets are there, {} are needed", frame.payload.size(),
                       sizeof(wire::PppoeHeader));
  const std::size_t there = frame.payload.size() - sizeof(wire::PppoeHeader);
  return fmt::format("PPPoE LENGTH {}, {} octets follow the header{}", header->length.host(), there,
                     held ? "" : ": must be at least 2, and all there");
}

std::string pppoe_octet_words(const Reading& frame, Check check, bool held) {
  const auto* header = frame.pppoe();
  if (header == nullptr) return "PPPoE header is cut off";
  const bool version = check == Check::pppoe_version;
  return fmt::format("PPPoE {} 0x{:02x}{}", version ? "version and type" : "code",
                     version ? header->version_type : header->code,
                     held      ? ""
                     : version ? ", must be 0x11"
                               : ", must be 0x00 in a session frame");
}

std::string session_words(const Reading& frame, bool held) {
  const auto* header = frame.pppoe();
  const unsigned id = header == nullptr ? 0 : header->session_id.host();
  const auto& source = wire::header_at<wire::EthernetHeader>(frame.octets.data()).source;
  const auto who =
      fmt::format("id 0x{:04x}, from {}, {}", id, wire::to_string(source), words_of(frame.ethernet.vlans));
  if (held) return fmt::format("session {} ({})", frame.session(), who);
  if (frame.config.concentrator) return fmt::format("no client has this session: {}", who);
  std::vector<std::string> known;
  for (const auto& session : frame.config.sessions) {
    if (known.size() == kMostNamed) {
      known.emplace_back("and others");
      break;
    }
    known.push_back(session.client ? fmt::format("{} is down", session.name)
                                   : fmt::format("{} is id 0x{:04x} of {}", session.name, session.fixed.id,
                                                 wire::to_string(session.fixed.ac_mac)));
  }
  return fmt::format("no session has {}; {}", who, fmt::join(known, ", "));
}

std::string address_words(const Reading& frame, bool held) {
  const auto place = frame.packet();
  const std::uint8_t* ip = frame.octets.data() + place.offset;
  const auto address =
      place.family == Family::ipv4
          ? wire::to_string(wire::Ipv4Address{
                wire::header_at<wire::Be32>(wire::header_at<wire::Ipv4Header>(ip).destination.data()).host()})
          : wire::to_string(wire::header_at<wire::Ipv6Header>(ip).destination);
  return held ? fmt::format("to {}, the address of session {}", address, frame.session())
              : fmt::format("to {}, the address of no session", address);
}

std::string ipv4_fault(const std::uint8_t* ip, std::size_t present) {
  const auto& header = wire::header_at<wire::Ipv4Header>(ip);
  const unsigned version = header.version_ihl >> 4;
  const unsigned octets = header.header_octets();
  const unsigned total = header.total_length.host();
  if (version != 4) return fmt::format("version {}, must be 4", version);
  if (octets < sizeof(wire::Ipv4Header))
    return fmt::format("header of {} octets, must be at least 20", octets);
  if (total < octets) return fmt::format("total length {} is less than the header's {}", total, octets);
  return fmt::format("total length {}, but {} octets are there", total, present);
}

std::string ipv6_fault(const std::uint8_t* ip, std::size_t present) {
  const unsigned version = ip[0] >> 4;
  if (version != 6) return fmt::format("version {}, must be 6", version);
  return fmt::format("payload length {} and header of 40, but {} octets are there",
                     wire::header_at<wire::Ipv6Header>(ip).payload_length.host(), present);
}

std::string ip_words(const Reading& frame, const CheckMet& met) {
  const auto place = frame.packet();
  const std::uint8_t* ip = frame.octets.data() + place.offset;
  const std::size_t present = met.actual;
  const std::size_t header =
      place.family == Family::ipv4 ? sizeof(wire::Ipv4Header) : sizeof(wire::Ipv6Header);
  const auto family = words_of(place.family);
  if (present < header)
    return fmt::format("{}: {} octets are there, a header has at least {}", family, present, header);
  if (!met.held)
    return fmt::format("{}: {}", family,
                       place.family == Family::ipv4 ? ipv4_fault(ip, present) : ipv6_fault(ip, present));
  if (place.family == Family::ipv6)
    return fmt::format("{}: version 6, payload length {} fits the {} octets there", family,
                       wire::header_at<wire::Ipv6Header>(ip).payload_length.host(), present);
  const auto& ipv4 = wire::header_at<wire::Ipv4Header>(ip);
  return fmt::format("{}: version 4, header {}, total length {} fits the {} octets there", family,
                     ipv4.header_octets(), ipv4.total_length.host(), present);
}

std::string ip_group_words(const Reading& frame, bool held) {
  if (frame.config.concentrator)
    return held ? "IPv6 multicast of a client: ends here" : "IPv4 multicast of a client goes nowhere";
  return held ? "IPv6 multicast on the link (ff02::/16)"
              : "IPv6 multicast beyond the link: only ff02::/16 is carried";
}

std::string cut_words(const CheckMet& met, const Reading& frame) {
  const auto place = frame.packet();
  const auto& header = wire::header_at<wire::Ipv4Header>(frame.octets.data() + place.offset);
  const auto too_long = fmt::format("{} octets do not fit the MTU of {}", met.actual, met.demanded);
  if (met.held) return fmt::format("{}, and DF is not set: cut into fragments", too_long);
  if ((header.flags_fragment_offset.host() & wire::kIpv4DontFragment) != 0)
    return fmt::format("{}, and DF (don't fragment) is set", too_long);
  return fmt::format("{}, and as a fragment it would end beyond 65,535", too_long);
}

std::string session_up_words(const Reading& frame, bool held) {
  if (held) return fmt::format("session {} is up", frame.session());
  return fmt::format("session {} is down, or does not carry {}", frame.session(),
                     words_of(frame.packet().family));
}

}  // namespace

std::string_view name_of(Check check) noexcept {
  return kNames[index_of(check)];
}

std::string words_of(const CheckMet& met, const FrameStory& story, const Config& config) {
  const Reading frame(story, config);
  switch (met.check) {
    case Check::ethernet_header:
      return header_words(frame, met.held);
    case Check::destination:
      return destination_words(frame, met.held);
    case Check::group:
      return group_words(frame);
    case Check::vlans:
      return vlans_words(frame, met.held);
    case Check::ip_or_arp:
    case Check::pppoe:
      return ethertype_words(frame, met.held);
    case Check::pppoe_version:
    case Check::pppoe_code:
      return pppoe_octet_words(frame, met.check, met.held);
    case Check::pppoe_length:
      return pppoe_length_words(frame, met.held);
    case Check::session:
      return session_words(frame, met.held);
    case Check::address:
      return address_words(frame, met.held);
    case Check::uncompressed:
      return met.held ? "the PPP protocol field has both its octets"
                      : "the PPP protocol field is compressed: its first octet is odd (RFC 1661 §6.5)";
    case Check::one_buffer:
      return met.held ? fmt::format("frame of {} octets: a port of MTU {} receives it whole", met.actual,
                                    frame.port().mtu_octets)
                      : fmt::format("frame of {} octets: longer than any that a port of MTU {} may receive",
                                    met.actual, frame.port().mtu_octets);
    case Check::ingress_frame:
      return fmt::format("{} octets: the {} port's MTU of {} allows {}", met.actual, frame.key(),
                         frame.port().mtu_octets, met.demanded);
    case Check::ingress_mtu:
      return fmt::format("{} octets {} the {} port's MTU of {}", met.actual,
                         met.held ? "are within" : "are more than", frame.key(), met.demanded);
    case Check::ip:
      return ip_words(frame, met);
    case Check::ip_group:
      return ip_group_words(frame, met.held);
    case Check::session_up:
      return session_up_words(frame, met.held);
    case Check::lan_peer:
      return met.held
                 ? fmt::format("the LAN host of session {} is known", frame.session())
                 : fmt::format(
                       "nothing has come from the LAN host of session {} yet: its MAC address is unknown",
                       frame.session());
    case Check::mtu:
      return met.held ? fmt::format("{} octets fit the MTU of {}", met.actual, met.demanded)
                      : fmt::format("{} octets do not fit the MTU of {}, and IPv6 is not cut on its way",
                                    met.actual, met.demanded);
    case Check::header_checksum:
      return met.held ? "IPv4 header checksum"
                      : "IPv4 header checksum is wrong: no fragments are made from that";
    case Check::may_be_cut:
      return cut_words(met, frame);
    case Check::room:
      return met.held ? "room for the new header" : "no room in the buffer for the new header";
    case Check::egress_frame:
      return fmt::format("frame of {} octets {} {} that the other port sends", met.actual,
                         met.held ? "is within the" : "is more than the", met.demanded);
    case Check::kCount:
      break;
  }
  return {};
}

}  // namespace narrows::app
