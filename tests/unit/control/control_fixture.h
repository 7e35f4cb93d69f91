// SPDX-License-Identifier: BSD-3-Clause
/// Frames written octet by octet, and a control plane whose frames land in a list. Nothing here uses the
/// project's own header structs: what they get wrong must show.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/control_plane.h"
#include "narrows/control/frame_sink.h"
#include "narrows/ppp/openssl_random.h"
#include "narrows/session/lan_peers.h"

namespace narrows::control {

using Octets = std::vector<std::uint8_t>;

/// Reads hexadecimal digits; blanks and colons are for the eye.
inline Octets hex(std::string_view text) {
  Octets octets;
  int high = -1;
  for (const char digit : text) {
    if (digit == ' ' || digit == ':') continue;
    const int value = digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
    if (high < 0) {
      high = value;
    } else {
      octets.push_back(static_cast<std::uint8_t>(high << 4 | value));
      high = -1;
    }
  }
  return octets;
}

inline Octets operator+(Octets left, const Octets& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline Octets be16(std::size_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// RFC 1071 by the book: 16-bit words, carries added back, inverted.
inline std::uint16_t plain_checksum(Octets octets) {
  if (octets.size() % 2 != 0) octets.push_back(0);
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < octets.size(); at += 2) sum += octets[at] * 256u + octets[at + 1];
  while (sum > 0xffff) sum = sum % 0x10000 + sum / 0x10000;
  return static_cast<std::uint16_t>(0xffff - sum);
}

/// An IPv6 packet holding an ICMPv6 message whose checksum field (octets 2 and 3) is filled in.
inline Octets icmpv6(const Octets& source, const Octets& destination, Octets message,
                     std::uint8_t hop_limit = 255) {
  const Octets pseudo = source + destination + hex("0000") + be16(message.size()) + hex("0000003a");
  const auto sum = be16(plain_checksum(pseudo + message));
  message[2] = sum[0];
  message[3] = sum[1];
  return hex("60000000") + be16(message.size()) + hex("3a") + Octets{hop_limit} + source + destination +
         message;
}

class FrameList : public FrameSink {
 public:
  bool send(Side side, std::span<const std::uint8_t> frame) override {
    if (full) return false;
    frames.emplace_back(side, Octets(frame.begin(), frame.end()));
    return true;
  }
  std::vector<std::pair<Side, Octets>> frames;
  bool full = false;
};

/// Session indices of the fixture.
inline constexpr std::size_t kUntagged = 0;   ///< address and gateway; two WAN tags, PCP 3
inline constexpr std::size_t kLearning = 1;   ///< VLAN 10, nothing configured; WAN VLAN 835, MTU 1454
inline constexpr std::size_t kNoGateway = 2;  ///< VLAN 20, address only; WAN untagged
inline constexpr std::size_t kFixedPeer = 3;  ///< VLAN 30, address and peer_mac; WAN untagged

inline constexpr auto kLanMac = "02:00:00:00:00:0a";
inline constexpr auto kWanMac = "02:00:00:00:00:0b";
inline constexpr auto kHostMac = "02:00:00:00:00:01";
inline constexpr auto kOtherMac = "02:00:00:00:00:02";
inline constexpr auto kBroadcast = "ff:ff:ff:ff:ff:ff";

inline config::Config control_config() {
  const auto ip = [](std::string_view text) { return wire::parse_ipv4_address(text).value(); };
  const auto mac = [](std::string_view text) { return wire::parse_mac(text).value(); };
  config::Config config;
  config.sessions.resize(4);
  auto& sessions = config.sessions;
  sessions[kUntagged].name = "untagged";
  sessions[kUntagged].fixed = {0x1234, mac("02:00:00:00:00:ac")};
  sessions[kUntagged].lan = {{}, ip("203.0.113.9"), ip("203.0.113.1"), {}};
  sessions[kUntagged].wan = {{100, 7}, 3};
  sessions[kLearning].name = "learning";
  sessions[kLearning].fixed = {0x0007, mac("02:00:00:00:01:ac")};
  sessions[kLearning].lan = {10, {}, {}, {}};
  sessions[kLearning].wan = {{835}, 0};
  sessions[kLearning].mtu_octets = 1454;
  sessions[kNoGateway].name = "no-gateway";
  sessions[kNoGateway].fixed = {0x0008, mac("02:00:00:00:02:ac")};
  sessions[kNoGateway].lan = {20, ip("198.51.100.9"), {}, {}};
  sessions[kFixedPeer].name = "fixed-peer";
  sessions[kFixedPeer].fixed = {0x0009, mac("02:00:00:00:03:ac")};
  sessions[kFixedPeer].lan = {30, ip("192.0.2.9"), ip("192.0.2.1"), mac("02:00:00:00:00:77")};
  return config;
}

/// A control plane and all it stands on.
struct StandingPlane {
  explicit StandingPlane(const config::Config& config, const PortMacs& macs, session::LanPeers& peers,
                         FrameSink& sink)
      : snapshots(std::make_unique<const session::SessionTable>(session_specs(config, macs)), 1),
        control(ControlSurroundings{config, macs, peers, snapshots, sink, random, StateFile({}),
                                    [this](const LogEntry& entry) { log.push_back(entry.text); }, 0}) {}
  std::vector<std::string> log;
  worker::SessionSnapshots snapshots;
  ppp::OpensslRandom random;
  ControlPlane control;
};

class ControlPlaneTest : public ::testing::Test {
 protected:
  using Event = stats::ControlEvent;

  /// Hands over a frame at `now` and returns what was sent in answer.
  std::vector<std::pair<Side, Octets>> punt(Side from, std::size_t session, const Octets& frame) {
    sink.frames.clear();
    plane.handle_punt(from, session, frame, now);
    return std::exchange(sink.frames, {});
  }
  std::vector<std::pair<Side, Octets>> tick(const std::vector<std::uint64_t>& no_lan_peer) {
    sink.frames.clear();
    plane.tick(now, {no_lan_peer, {}});
    return std::exchange(sink.frames, {});
  }
  [[nodiscard]] std::uint64_t count(Event event) const { return plane.counters().value(event); }
  [[nodiscard]] std::string peer(std::size_t session) const {
    return wire::to_string(wire::mac_from_integer(peers.load(session)));
  }

  Time now = std::chrono::seconds(1000);
  config::Config config = control_config();
  session::LanPeers peers{config.sessions.size()};
  FrameList sink;
  StandingPlane standing{
      config, {wire::parse_mac(kLanMac).value(), wire::parse_mac(kWanMac).value()}, peers, sink};
  ControlPlane& plane = standing.control;
};

inline constexpr auto kUnknownMac = "00:00:00:00:00:00";

}  // namespace narrows::control
