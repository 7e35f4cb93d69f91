// SPDX-License-Identifier: BSD-3-Clause
/// DHCP messages written octet by octet, and answers taken apart by hand.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "control_fixture.h"
#include "narrows/control/dhcp_server.h"

namespace narrows::control {

inline Octets part(const Octets& octets, std::size_t at, std::size_t count) {
  EXPECT_LE(at + count, octets.size());
  return {octets.begin() + static_cast<std::ptrdiff_t>(at),
          octets.begin() + static_cast<std::ptrdiff_t>(at + count)};
}
inline Octets with_part(Octets octets, std::size_t at, const Octets& value) {
  EXPECT_LE(at + value.size(), octets.size());
  std::copy(value.begin(), value.end(), octets.begin() + static_cast<std::ptrdiff_t>(at));
  return octets;
}

inline constexpr auto kNoAddress = "00000000";
inline constexpr auto kEverybody = "ffffffff";
inline constexpr auto kAddress = "cb007109";  ///< 203.0.113.9, which the fixture hands out
inline constexpr auto kGateway = "cb00710a";  ///< 203.0.113.10: the other host of 203.0.113.8/30
inline constexpr auto kServer = "c0000008";   ///< 192.0.0.8, of all sessions
inline constexpr auto kOtherAddress = "cb00710d";

/// What a client says, in hexadecimal.
struct Said {
  std::string_view options;  ///< from the message type on, without the end
  std::string_view client_address = kNoAddress;
  std::string_view mac = kHostMac;
  std::string_view flags = "0000";
  std::string_view relay = kNoAddress;
  std::string_view source = {};  ///< of the frame; empty: mac
};

inline constexpr auto kDiscover = "350101";
inline constexpr auto kInform = "350108";

inline Octets dhcp_payload(const Said& said) {
  return hex("01010600 12345678 0000") + hex(said.flags) + hex(said.client_address) + hex(kNoAddress) +
         hex(kNoAddress) + hex(said.relay) + hex(said.mac) + Octets(10 + 64 + 128) + hex("63825363") +
         hex(said.options) + hex("ff");
}

/// The IPv4 packet around a UDP payload, from port 68 to port 67, checksums right.
inline Octets udp_packet(const Octets& payload, std::string_view from = kNoAddress,
                         std::string_view to = kEverybody) {
  Octets udp = hex("0044 0043") + be16(8 + payload.size()) + hex("0000") + payload;
  udp = with_part(udp, 6, be16(plain_checksum(hex(from) + hex(to) + hex("0011") + be16(udp.size()) + udp)));
  Octets header = hex("4500") + be16(20 + udp.size()) + hex("0001 0000 40 11 0000") + hex(from) + hex(to);
  return with_part(header, 10, be16(plain_checksum(header))) + udp;
}

/// An answer as the LAN host sees it; its lengths and checksums are checked on the way.
struct Heard {
  explicit Heard(const Octets& frame, std::size_t ethernet_octets = 14) {
    destination_mac = part(frame, 0, 6);
    ethernet = part(frame, 0, ethernet_octets);
    const Octets ip = part(frame, ethernet_octets, frame.size() - ethernet_octets);
    EXPECT_EQ(part(ip, 0, 2), hex("4500"));
    EXPECT_EQ(part(ip, 2, 2), be16(ip.size()));
    EXPECT_EQ(part(ip, 6, 2), hex("4000"));
    EXPECT_EQ(part(ip, 8, 2), hex("4011"));
    EXPECT_EQ(plain_checksum(part(ip, 0, 20)), 0);
    source = part(ip, 12, 4);
    destination = part(ip, 16, 4);
    const Octets udp = part(ip, 20, ip.size() - 20);
    EXPECT_EQ(part(udp, 0, 4), hex("0043 0044"));
    EXPECT_EQ(part(udp, 4, 2), be16(udp.size()));
    EXPECT_NE(part(udp, 6, 2), hex("0000"));
    EXPECT_EQ(plain_checksum(source + destination + hex("0011") + be16(udp.size()) + udp), 0);
    message = part(udp, 8, udp.size() - 8);
    EXPECT_GE(message.size(), 300u);
    EXPECT_EQ(part(message, 0, 8), hex("02010600 12345678"));
    EXPECT_EQ(part(message, 236, 4), hex("63825363"));
    std::size_t at = 240;
    for (; at < message.size() && message[at] != 0xff; at += 2 + message[at + 1]) {
      EXPECT_FALSE(options.contains(message[at])) << "given twice: " << int{message[at]};
      order.push_back(message[at]);
      options[message[at]] = part(message, at + 2, message[at + 1]);
    }
    EXPECT_LT(at, message.size()) << "no end";
  }
  [[nodiscard]] Octets flags() const { return part(message, 10, 2); }
  [[nodiscard]] Octets client_address() const { return part(message, 12, 4); }
  [[nodiscard]] Octets your_address() const { return part(message, 16, 4); }
  [[nodiscard]] int type() const { return options.at(53).at(0); }

  Octets ethernet, destination_mac, source, destination, message;
  std::map<int, Octets> options;
  Octets order;
};

inline constexpr int kOffer = 2;
inline constexpr int kAck = 5;
inline constexpr int kNak = 6;

class DhcpTest : public ::testing::Test {
 protected:
  using Event = stats::ControlEvent;

  DhcpTest() {
    server.set(kUntagged, hand_out());
    server.set(kFixedPeer, hand_out());
    server.set(kLearning, hand_out());
  }

  static HandOut hand_out(std::string_view address = "203.0.113.9") {
    const auto ip = [](std::string_view text) { return wire::parse_ipv4_address(text).value(); };
    return {ip(address), {}, {ip("192.0.2.53"), ip("198.51.100.53")}, 1492, config::HandOutMask::subnet};
  }

  /// One message of a host; the answer if there was just one.
  std::optional<Heard> say(const Said& said, std::size_t session = kUntagged) {
    return hand_over(udp_packet(dhcp_payload(said)), said.source.empty() ? said.mac : said.source, session);
  }
  std::optional<Heard> hand_over(const Octets& ip, std::string_view source = kHostMac,
                                 std::size_t session = kUntagged) {
    sink.frames.clear();
    server.handle(session, wire::parse_mac(source).value(), ip, now);
    EXPECT_LE(sink.frames.size(), 1u);
    if (sink.frames.empty()) return std::nullopt;
    EXPECT_EQ(sink.frames[0].first, Side::lan);
    return Heard(sink.frames[0].second, session == kUntagged ? 14 : 18);
  }
  /// The type of the answer, 0: none.
  int answer_to(const Said& said, std::size_t session = kUntagged) {
    const auto heard = say(said, session);
    return heard ? heard->type() : 0;
  }
  /// DISCOVER and REQUEST as far as it gets; whether the host has the lease in the end.
  bool gets_lease(std::string_view mac, std::size_t session = kUntagged) {
    return answer_to({.options = kDiscover, .mac = mac}, session) == kOffer &&
           answer_to({.options = "350103 3604c0000008 3204cb007109", .mac = mac}, session) == kAck;
  }
  bool renews(std::string_view mac, std::size_t session = kUntagged) {
    return answer_to({.options = "350103", .client_address = kAddress, .mac = mac}, session) == kAck;
  }
  [[nodiscard]] std::uint64_t count(Event event) const { return counters.value(event); }
  [[nodiscard]] std::string peer(std::size_t session = kUntagged) const {
    return wire::to_string(wire::mac_from_integer(peers.load(session)));
  }
  std::vector<session::HeaderTemplate> headers() const {
    std::vector<session::HeaderTemplate> found;
    const PortMacs macs{wire::parse_mac(kLanMac).value(), wire::parse_mac(kWanMac).value()};
    for (const auto& spec : session_specs(config, macs))
      found.push_back(session::make_wan_to_lan(spec).header);
    return found;
  }

  Time now = std::chrono::seconds(1000);
  config::Config config = control_config();
  session::LanPeers peers{config.sessions.size()};
  FrameList sink;
  stats::ControlCounters counters;
  DhcpServer server{config, headers(), peers, sink, counters};
};

}  // namespace narrows::control
