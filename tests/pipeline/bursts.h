// SPDX-License-Identifier: BSD-3-Clause
/// Bursts for each mode, direction and kind of session, good and broken; and what two levels of vector
/// instructions have to agree on.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "narrows/simd/level.h"
#include "path.h"

namespace narrows::test {

using session::SessionSpec;

inline constexpr std::array kGroups{0xe0u, 0xefu, 0xffu, 0xdfu};  // of multicast addresses, and beside

/// What a path is made of; each level gets its own.
struct Setting {
  const char* name;
  config::Mode mode;
  Direction direction;
  std::vector<SessionSpec> sessions;
  bool peers_known = true;
};

inline SessionSpec with_tags(std::vector<std::uint16_t> wan, std::uint16_t lan) {
  SessionSpec spec = plain_session();
  spec.wan_vlans = std::move(wan);
  spec.lan_vlan = lan;
  return spec;
}

inline SessionSpec numbered(SessionSpec spec, std::uint16_t id, std::uint16_t mtu_octets) {
  spec.id = id;
  spec.mtu_octets = spec.lan_mtu_octets = mtu_octets;
  return spec;
}

inline SessionSpec handing_out() {
  SessionSpec spec = plain_session();
  spec.hands_out = true;
  spec.gateway = wire::Ipv4Address{0xc6336402};  // kDestination4
  return spec;
}

inline SessionSpec half_down() {
  SessionSpec spec = plain_session();
  spec.up = {false, true};
  return spec;
}

inline SessionSpec clamping_tunnels() {
  SessionSpec spec = plain_session();
  spec.tunnel_mtu_octets = 1492;
  return spec;
}

inline std::vector<Setting> settings() {
  using config::Mode;
  const std::vector<SessionSpec> many{plain_session(), numbered(with_tags({835}, 10), 2, 1400),
                                      numbered(with_tags({100, 7}, 20), 3, 1300),
                                      numbered(with_tags({835}, 11), 4, 1492)};
  std::vector<Setting> all;
  for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan}) {
    all.push_back({"one", Mode::terminate, direction, {plain_session()}});
    all.push_back({"tagged", Mode::terminate, direction, {with_tags({7}, 10)}});
    all.push_back({"double-tagged", Mode::terminate, direction, {with_tags({100, 7}, 0)}});
    all.push_back({"many", Mode::terminate, direction, many});
    all.push_back({"strangers", Mode::terminate, direction, many, false});
    all.push_back({"stranger", Mode::terminate, direction, {plain_session()}, false});
    all.push_back({"DHCP", Mode::terminate, direction, {handing_out()}});
    all.push_back({"tunnels", Mode::terminate, direction, {clamping_tunnels()}});
    all.push_back({"IPv4 down", Mode::terminate, direction, {half_down()}});
    all.push_back({"no id", Mode::terminate, direction, {numbered(plain_session(), 0, 1492)}});
    all.push_back({"concentrator",
                   Mode::concentrator,
                   direction,
                   {plain_session(), numbered(with_tags({}, 0), 0x1235, 1400)}});
    all.push_back({"transparent", Mode::transparent, direction, {}});
  }
  return all;
}

template <typename Decisions>
Octets packet(Decisions& random) {
  const std::size_t payload = random() % 3 == 0 ? 1395 + random() % 120 : random() % 80;
  switch (random() % 12) {
    case 0:
      return ipv4(tcp(kSyn, mss_option(1300 + random() % 200)));
    case 1:
      return ipv6(tcp(kSyn | kAck, mss_option(1300 + random() % 200)));
    case 2:
      return ipv6(tcp(kAck, {}, Octets(payload)));
    case 3:
      return ipv4(udp(Octets(payload)), {}, 0, kUdp);
    case 4:
      return ipv6_raw(kUdp, udp(Octets(payload)));
    case 5:
      return ipv4(Octets(payload), {}, 0, random() % 64);
    default:
      return ipv4(tcp(random() % 16 == 0 ? random.octet() : kAck, {}, Octets(payload)));
  }
}

/// A frame as the setting's sessions have it, if nobody breaks it.
/// @param random  here and below: Random, or what stands in for it.
/// @param ip      one octet at least.
template <typename Decisions>
Octets frame_of(const Setting& setting, const Octets& ip, Decisions& random) {
  const bool outward = setting.direction == Direction::lan_to_wan;
  if (setting.mode == config::Mode::transparent) {
    const bool plain = random() % 3 == 0;
    Octets frame = plain ? ethernet(kAcMac, kPeerMac, ethertype_of(ip), ip)
                         : ethernet(kAcMac, kPeerMac, 0x8864, pppoe(random() & 0xffff, ppp_of(ip), ip));
    for (unsigned tags = random() % 4; tags > 1; --tags)
      frame = tagged(frame, tags == 3 ? 0x88a8 : 0x8100, random() & 0xffff);
    return frame;
  }
  const SessionSpec& spec = random.one_of(setting.sessions);
  if (outward) {
    const Octets frame = ethernet(kLanMac, kPeerMac, ethertype_of(ip), ip);
    return spec.lan_vlan == 0 ? frame : tagged(frame, 0x8100, spec.lan_vlan | (random() & 0xe000));
  }
  Octets frame = ethernet(kWanMac, kAcMac, 0x8864, pppoe(spec.id, ppp_of(ip), ip));
  for (std::size_t tag = spec.wan_vlans.size(); tag > 0; --tag)
    frame = tagged(frame, spec.wan_vlans.size() == 2 && tag == 1 ? 0x88a8 : 0x8100, spec.wan_vlans[tag - 1]);
  return frame;
}

template <typename Decisions>
Octets good_frame(const Setting& setting, Decisions& random) {
  return frame_of(setting, packet(random), random);
}

/// One thing wrong, where the kernels look. @param frame  one octet at least.
template <typename Decisions>
Octets broken(Octets frame, Decisions& random) {
  const std::size_t at = random() % std::min<std::size_t>(frame.size(), 84);
  switch (random() % 6) {
    case 0:
      frame.resize(at);
      break;
    case 1:
      frame.resize(frame.size() - random() % std::min<std::size_t>(frame.size(), 30));
      break;
    case 2:
      frame.resize(frame.size() + random() % 60);
      break;
    case 3:
      frame[at] = static_cast<std::uint8_t>(random.one_of(kGroups));
      break;
    case 4:
      frame[at] = random.octet();
      break;
    default:
      frame[at] = static_cast<std::uint8_t>(frame[at] ^ (1U << random() % 8));
  }
  return frame;
}

template <typename Decisions>
std::vector<Arrival> burst_of(const Setting& setting, Decisions& random) {
  std::vector<Arrival> burst;
  const unsigned broken_in_16 = random.one_of(std::vector{0u, 0u, 1u, 6u});
  const bool odd_buffers = random() % 8 == 0;
  const unsigned headroom = random.one_of(std::vector{0u, 64u, 192u, 255u});  // fewer bits than 128, or more
  for (unsigned left = 1 + random() % 64; left > 0; --left) {
    const Octets good = good_frame(setting, random);
    Arrival arrival(random() % 16 < broken_in_16 ? broken(good, random) : good);
    if (random() % 3 == 0 && arrival.frame.size() < 60) arrival.frame.resize(60);
    if (odd_buffers && random() % 8 == 0) arrival.headroom = static_cast<std::uint16_t>(headroom);
    if (odd_buffers && random() % 8 == 0) arrival.in_first_buffer = 14 + random() % 60;
    burst.push_back(arrival);
  }
  return burst;
}

struct LevelPath : Path {
  LevelPath(const Setting& setting, simd::Level level)
      : Path(setting.mode, setting.direction, setting.sessions, level), setting_(setting) {
    context.addresses = &plan_;
    meet_peers();
  }
  /// The LAN hosts' addresses are as they were in the beginning.
  void meet_peers() {
    for (std::size_t session = 0; session < setting_.sessions.size(); ++session) {
      peers.forget(session);
      if (setting_.peers_known) peers.learn(session, wire::to_integer(mac(kPeerMac)));
    }
  }

 private:
  const Setting& setting_;
  /// Of a concentrator: kDestination4 and the next, kDestination6's prefix and the next.
  session::AddressPlan plan_{0xc6336402, 2, 0x20010db80000, true};
};

inline void expect_same_counts(const LevelPath& path, const LevelPath& scalar, std::size_t sessions) {
  const auto& here = path.totals();
  const auto& there = scalar.totals();
  EXPECT_EQ(here.forwarded_ip_octets.value(), there.forwarded_ip_octets.value());
  for (std::size_t family = 0; family < kFamilies; ++family) {
    EXPECT_EQ(here.syn[family].value(), there.syn[family].value());
    EXPECT_EQ(here.clamped[family].value(), there.clamped[family].value());
  }
  for (std::size_t odd = 0; odd < here.odd.size(); ++odd)
    EXPECT_EQ(here.odd[odd].value(), there.odd[odd].value()) << stats::kOddCaseTexts[odd].name;
  for (std::size_t session = 0; session < sessions; ++session) {
    EXPECT_EQ(path.peers.load(session), scalar.peers.load(session));
    EXPECT_EQ(path.of_session(session).ip_octets.value(), scalar.of_session(session).ip_octets.value());
    for (std::size_t family = 0; family < kFamilies; ++family)
      EXPECT_EQ(path.of_session(session).syn[family].value(), scalar.of_session(session).syn[family].value());
  }
}

}  // namespace narrows::test
