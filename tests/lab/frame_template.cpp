// SPDX-License-Identifier: BSD-3-Clause
#include "frame_template.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "frames.h"
#include "narrows/bench/syn_layouts.h"

namespace narrows::lab {
namespace {

using test::operator+;
using test::be16;
using test::Octets;
using test::put16;

constexpr std::size_t kEthernet = 14;
constexpr std::size_t kFcs = 4;
constexpr std::size_t kIp = 20;
constexpr std::size_t kTcp = 20;
constexpr std::size_t kPppoe = 8;
constexpr std::size_t kVlan = 4;
constexpr std::size_t kMinFrame = 60;
constexpr std::size_t kMaxPacket = 1492;  // RFC 2516 §7
constexpr std::size_t kLeastTemplates = 512;
constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kAck = 0x10;
constexpr std::uint16_t kSourcePort = 0x1234;  // of test::tcp(): by it our frames are known

/// Simple IMIX: 7 × 64, 4 × 570, 1 × 1518 octets.
constexpr std::array<std::size_t, 12> kImix{64, 570, 64, 64, 570, 64, 1518, 64, 570, 64, 570, 64};

Octets octets_of(const Mac& mac) {
  return {mac.begin(), mac.end()};
}

/// Of the hosts in turn; `number` counts SYNs.
Octets syn_options(std::size_t number) {
  static const auto order = bench::shuffled_syn_layouts(2544);
  const auto options = bench::syn_layouts()[order[number % order.size()]].view();
  return {options.begin(), options.end()};
}

/// An IPv4 packet whose checksums are right for a tag of zeros, and so for every tag.
Octets make_packet(std::size_t frame_octets, std::optional<std::size_t> syn) {
  const Octets options = syn ? syn_options(*syn) : Octets{};
  const std::size_t headers = kIp + kTcp + (options.size() + 3) / 4 * 4;
  const std::size_t wanted = std::min(frame_octets - kEthernet - kFcs, kMaxPacket);
  Octets segment = test::tcp(syn ? kSyn : kAck, options, Octets(wanted > headers ? wanted - headers : 0));
  std::fill(segment.begin() + 4, segment.begin() + 12, std::uint8_t{0});
  std::fill(segment.begin() + 14, segment.begin() + 16, std::uint8_t{0});
  return test::ipv4(segment);
}

Octets make_frame(Octets packet, const Wiring& wiring, Direction direction, unsigned session, bool tagged) {
  const auto side = static_cast<std::size_t>(direction);
  if (direction == Direction::wan_to_lan)  // swapped addresses leave all sums as they are
    std::swap_ranges(packet.begin() + 12, packet.begin() + 16, packet.begin() + 16);
  const Octets macs = octets_of(wiring.device_mac[side]) +
                      octets_of(direction == Direction::lan_to_wan ? kLanHost : kConcentrator);
  Octets frame = macs;
  if (direction == Direction::lan_to_wan && tagged)
    frame = frame + be16(0x8100) + be16(session_vlan(session));
  if (wiring.headers[side] == Headers::pppoe)
    frame = frame + be16(0x8864) + test::pppoe(session_id(session), 0x0021, packet);
  else
    frame = frame + be16(0x0800) + packet;
  return test::padded(std::move(frame), kMinFrame);
}

std::size_t header_octets(const Wiring& wiring, Direction direction, bool tagged) {
  const bool pppoe = wiring.headers[static_cast<std::size_t>(direction)] == Headers::pppoe;
  const bool vlan = direction == Direction::lan_to_wan && tagged;
  return kEthernet + (vlan ? kVlan : 0) + (pppoe ? kPppoe : 0);
}

std::uint32_t load16(const std::uint8_t* at) noexcept {
  return static_cast<std::uint32_t>(at[0]) << 8 | at[1];
}
std::uint32_t load32(const std::uint8_t* at) noexcept {
  return load16(at) << 16 | load16(at + 2);
}
void store32(std::uint8_t* at, std::uint32_t value) noexcept {
  const std::uint32_t network = __builtin_bswap32(value);
  std::memcpy(at, &network, sizeof network);
}

}  // namespace

std::vector<FrameTemplate> make_templates(const Trial& trial, const Wiring& wiring, Direction direction) {
  const bool tagged = trial.sessions > 1;
  const std::size_t rounds = (kLeastTemplates + trial.sessions - 1) / trial.sessions;
  const std::size_t count = rounds * trial.sessions;
  std::mt19937 random(2544);  // the same in every trial
  std::vector<char> syns(count);
  std::fill_n(syns.begin(), (count * trial.syn_percent + 50) / 100, char{1});
  std::ranges::shuffle(syns, random);
  std::vector<std::size_t> sizes(count);
  for (std::size_t i = 0; i < count; ++i)
    sizes[i] = trial.frame_octets != 0 ? trial.frame_octets : kImix[i % kImix.size()];
  std::ranges::shuffle(sizes, random);

  std::vector<FrameTemplate> templates(count);
  std::size_t syns_made = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto session = static_cast<unsigned>(i % trial.sessions);
    const auto syn = syns[i] != 0 ? std::optional(syns_made++) : std::nullopt;
    const Octets frame = make_frame(make_packet(sizes[i], syn), wiring, direction, session, tagged);
    std::copy_n(frame.begin(), std::min(frame.size(), kTemplateOctets), templates[i].octets.begin());
    templates[i].frame_octets = static_cast<std::uint16_t>(frame.size());
    templates[i].tcp_at = static_cast<std::uint16_t>(header_octets(wiring, direction, tagged) + kIp);
  }
  return templates;
}

void write_tag(std::uint8_t* tcp_header, Tag tag) noexcept {
  std::uint32_t sum =
      (tag.serial >> 16) + (tag.serial & 0xffff) + (tag.clocks >> 16) + (tag.clocks & 0xffff) + tag.trial;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  store32(tcp_header + 4, tag.serial);
  store32(tcp_header + 8, tag.clocks);
  tcp_header[14] = static_cast<std::uint8_t>(tag.trial >> 8);
  tcp_header[15] = static_cast<std::uint8_t>(tag.trial);
  tcp_header[18] = static_cast<std::uint8_t>(~sum >> 8);
  tcp_header[19] = static_cast<std::uint8_t>(~sum);
}

Tag read_tag(const std::uint8_t* tcp_header) noexcept {
  return {.serial = load32(tcp_header + 4),
          .clocks = load32(tcp_header + 8),
          .trial = static_cast<std::uint16_t>(load16(tcp_header + 14))};
}

std::optional<Located> locate(std::span<const std::uint8_t> frame) noexcept {
  std::size_t at = kEthernet - 2;
  if (frame.size() < kMinFrame) return std::nullopt;
  if (load16(&frame[at]) == 0x8100) at += kVlan;
  const auto ethertype = load16(&frame[at]);
  at += 2;
  const bool pppoe = ethertype == 0x8864;
  if (pppoe) at += kPppoe;
  if ((!pppoe && ethertype != 0x0800) || frame.size() < at + kIp + kTcp || frame[at] != 0x45 ||
      frame[at + 9] != 6 || load16(&frame[at + kIp]) != kSourcePort)
    return std::nullopt;
  return Located{.ip_at = static_cast<std::uint16_t>(at),
                 .tcp_at = static_cast<std::uint16_t>(at + kIp),
                 .pppoe = pppoe};
}

bool is_syn(const std::uint8_t* tcp_header) noexcept {
  return (tcp_header[13] & kSyn) != 0;
}

bool mss_within(std::span<const std::uint8_t> frame, const Located& at, unsigned max_mss) noexcept {
  const auto options = frame.subspan(at.tcp_at);
  const std::size_t end = std::min<std::size_t>(options.size(), (options[12] >> 4) * 4u);
  for (std::size_t i = kTcp; i + 1 < end;) {
    if (options[i] == 0) return true;
    if (options[i] == 1) {
      ++i;
      continue;
    }
    if (options[i] == 2 && options[i + 1] == 4 && i + 4 <= end && load16(&options[i + 2]) > max_mss)
      return false;
    if (options[i + 1] < 2) return true;
    i += options[i + 1];
  }
  return true;
}

}  // namespace narrows::lab
