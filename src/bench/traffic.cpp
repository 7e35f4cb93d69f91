// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/traffic.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <span>

#include "narrows/bench/arithmetic.h"
#include "narrows/bench/syn_layouts.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ip.h"
#include "narrows/wire/pppoe.h"
#include "narrows/wire/tcp.h"

namespace narrows::bench {
namespace {

constexpr std::uint16_t kMtuOctets = 1492;  // RFC 2516 §7
constexpr std::uint16_t kMidIpOctets = 552;
constexpr std::array<std::uint16_t, 12> kImixIpOctets{0, kMidIpOctets, 0, kMidIpOctets, 0, 0, kMtuOctets,
                                                      0, kMidIpOctets, 0, kMidIpOctets, 0};
constexpr std::uint8_t kAck = 0x10;

/// Writes headers one behind the other.
class HeadWriter {
 public:
  explicit HeadWriter(Head& head) : head_(head) {}
  template <typename Header>
  void put(const Header& header) {
    put(std::span(reinterpret_cast<const std::uint8_t*>(&header), sizeof(header)));
  }
  void put(std::span<const std::uint8_t> octets) {
    std::ranges::copy(octets, head_.octets.begin() + head_.header_octets);
    head_.header_octets = static_cast<std::uint16_t>(head_.header_octets + octets.size());
  }

 private:
  Head& head_;
};

bool has_pppoe(const Setting& setting, Direction direction) {
  if (setting.what == Case::transparent) return setting.wrapping == Wrapping::pppoe;
  return direction == Direction::wan_to_lan;
}

bool has_lan_vlan(const Setting& setting, Direction direction) {
  return setting.wrapping == Wrapping::vlan && direction == Direction::lan_to_wan;
}

void put_link_headers(HeadWriter& writer, const Setting& setting, Direction direction, unsigned session,
                      std::uint16_t ip_octets) {
  const bool outward = direction == Direction::lan_to_wan;
  const bool v4 = setting.family == Family::ipv4;
  const wire::Be16 ethertype(v4 ? wire::kEthertypeIpv4 : wire::kEthertypeIpv6);
  const wire::MacAddress& to = outward ? kLanMac : kWanMac;
  const wire::MacAddress& from = outward ? kPeerMac : kAcMac;
  const auto id = static_cast<std::uint16_t>(session + 1);
  if (has_pppoe(setting, direction)) {
    writer.put(wire::EthernetHeader{to, from, wire::Be16(wire::kEthertypePppoeSession)});
    writer.put(
        wire::PppoeHeader{wire::kPppoeVersionType, wire::kPppoeCodeSession, wire::Be16(id),
                          wire::Be16(static_cast<std::uint16_t>(ip_octets + wire::kPppProtocolOctets))});
    writer.put(wire::Be16(v4 ? wire::kPppIpv4 : wire::kPppIpv6));
  } else if (has_lan_vlan(setting, direction)) {
    writer.put(wire::EthernetHeader{to, from, wire::Be16(wire::kEthertypeVlan)});
    writer.put(wire::VlanTag{wire::Be16(id), ethertype});
  } else {
    writer.put(wire::EthernetHeader{to, from, ethertype});
  }
}

/// RFC 1071.
wire::Be16 ipv4_checksum(const wire::Ipv4Header& header) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(&header);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < sizeof(header); i += 2) sum += octets[i] * 256u + octets[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return wire::Be16(static_cast<std::uint16_t>(~sum));
}

void put_ip_header(HeadWriter& writer, Family family, std::uint16_t ip_octets, std::mt19937& random) {
  const auto host = static_cast<std::uint8_t>(random());
  if (family == Family::ipv4) {
    wire::Ipv4Header header{.version_ihl = 0x45,
                            .tos = 0,
                            .total_length = wire::Be16(ip_octets),
                            .identification = wire::Be16(static_cast<std::uint16_t>(random())),
                            .flags_fragment_offset = wire::Be16(wire::kIpv4DontFragment),
                            .ttl = 64,
                            .protocol = wire::kProtocolTcp,
                            .header_checksum = {},
                            .source = {192, 0, 2, host},
                            .destination = {198, 51, 100, static_cast<std::uint8_t>(random())}};
    header.header_checksum = ipv4_checksum(header);
    return writer.put(header);
  }
  writer.put(wire::Ipv6Header{
      .version_class_flow = wire::Be32(0x60000000),
      .payload_length = wire::Be16(static_cast<std::uint16_t>(ip_octets - sizeof(wire::Ipv6Header))),
      .next_header = wire::kProtocolTcp,
      .hop_limit = 64,
      .source = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host},
      .destination = {0x20, 1, 0xd, 0xb8, 0, 1}});
}

/// The checksum is any: it is changed by as much as the MSS, whatever it is.
void put_tcp_header(HeadWriter& writer, std::uint8_t flags, std::span<const std::uint8_t> options,
                    std::mt19937& random) {
  const std::size_t words = (sizeof(wire::TcpHeader) + options.size()) / 4;
  writer.put(wire::TcpHeader{.source_port = wire::Be16(static_cast<std::uint16_t>(random() | 1024)),
                             .destination_port = wire::Be16(443),
                             .sequence = wire::Be32(static_cast<std::uint32_t>(random())),
                             .acknowledgment = {},
                             .data_offset_reserved = static_cast<std::uint8_t>(words << 4),
                             .flags = flags,
                             .window = wire::Be16(0xffff),
                             .checksum = wire::Be16(static_cast<std::uint16_t>(random())),
                             .urgent_pointer = {}});
  writer.put(options);
}

std::uint16_t wanted_ip_octets(Frame frame, std::size_t number) {
  if (frame == Frame::imix) return kImixIpOctets[number % kImixIpOctets.size()];
  return frame == Frame::octets_64 ? 0 : kMtuOctets;
}

Head make_head(const Setting& setting, Direction direction, std::size_t number, bool syn,
               std::mt19937& random) {
  const auto layouts = syn_layouts();
  const auto options = syn ? layouts[number % layouts.size()].view() : std::span<const std::uint8_t>();
  const std::size_t headers = wire::kIpAndTcpOctets[index_of(setting.family)] + options.size();
  const bool any_length = !syn || setting.frame == Frame::octets_1500;
  const std::size_t wanted = any_length ? wanted_ip_octets(setting.frame, number) : 0;
  const auto ip_octets = static_cast<std::uint16_t>(std::max(wanted, headers));
  const auto session = static_cast<unsigned>(number % setting.sessions);

  Head head;
  HeadWriter writer(head);
  put_link_headers(writer, setting, direction, session, ip_octets);
  head.frame_octets = static_cast<std::uint16_t>(
      std::max<std::size_t>(wire::kMinFrameOctets, head.header_octets + ip_octets));
  put_ip_header(writer, setting.family, ip_octets, random);
  const auto syn_flags = static_cast<std::uint8_t>(wire::kTcpSyn | (number % 2 != 0 ? kAck : 0));
  put_tcp_header(writer, syn ? syn_flags : kAck, options, random);
  return head;
}

}  // namespace

std::size_t syns_of(const Setting& setting, std::size_t count) noexcept {
  return (count * setting.syn_percent + 50) / 100;
}

std::vector<Head> make_heads(const Setting& setting, Direction direction, std::size_t count) {
  std::mt19937 random(1);
  const std::size_t syns = syns_of(setting, count);
  std::vector<Head> heads;
  heads.reserve(count);
  for (std::size_t i = 0; i < count; ++i) heads.push_back(make_head(setting, direction, i, i < syns, random));
  std::ranges::shuffle(heads, random);
  return heads;
}

std::vector<session::SessionSpec> make_sessions(const Setting& setting) {
  std::vector<session::SessionSpec> specs(setting.sessions);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    session::SessionSpec& spec = specs[i];
    spec.id = static_cast<std::uint16_t>(i + 1);
    spec.ac_mac = kAcMac;
    spec.wan_mac = kWanMac;
    spec.lan_mac = kLanMac;
    if (setting.wrapping == Wrapping::vlan) spec.lan_vlan = spec.id;
    spec.mtu_octets = kMtuOctets;
    spec.lan_mtu_octets = 1500;
    spec.max_mss = {{{1452, 1432}, {1452, 1432}}};
  }
  return specs;
}

double mean_wire_octets(const Setting& setting) {
  constexpr std::size_t kFrames = 1200;  // every share of SYNs and of the IMIX comes out even
  const Direction direction =
      setting.what == Case::transparent ? Direction::lan_to_wan : Direction::wan_to_lan;
  double octets = 0;
  for (const Head& head : make_heads(setting, direction, kFrames))
    octets += octets_on_wire(head.frame_octets);
  return octets / kFrames;
}

}  // namespace narrows::bench
