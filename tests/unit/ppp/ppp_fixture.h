// SPDX-License-Identifier: BSD-3-Clause
/// What the tests of ppp/ share: a list that packets go into, repeatable random numbers, packets by hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "frames.h"
#include "narrows/ppp/packet_sink.h"
#include "narrows/ppp/random.h"
#include "narrows/ppp/time.h"

namespace narrows::ppp {

using test::Octets;
using test::operator+;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

inline constexpr std::uint16_t kLcp = 0xc021;
inline constexpr std::uint16_t kPap = 0xc023;
inline constexpr std::uint16_t kChap = 0xc223;
inline constexpr std::uint16_t kIpcp = 0x8021;
inline constexpr std::uint16_t kIpv6cp = 0x8057;

// RFC 1661 §5.
inline constexpr std::uint8_t kConfReq = 1;
inline constexpr std::uint8_t kConfAck = 2;
inline constexpr std::uint8_t kConfNak = 3;
inline constexpr std::uint8_t kConfRej = 4;
inline constexpr std::uint8_t kTermReq = 5;
inline constexpr std::uint8_t kTermAck = 6;
inline constexpr std::uint8_t kCodeRej = 7;
inline constexpr std::uint8_t kProtRej = 8;
inline constexpr std::uint8_t kEchoReq = 9;
inline constexpr std::uint8_t kEchoRep = 10;

/// A control packet (RFC 1661 §5).
inline Octets control(std::uint8_t code, std::uint8_t identifier, const Octets& data = {}) {
  return Octets{code, identifier} + test::be16(static_cast<unsigned>(data.size() + 4)) + data;
}

/// What stands behind a control packet's header.
inline Octets data_of(const Octets& packet) {
  return {packet.begin() + 4, packet.end()};
}

inline Octets be32(std::uint32_t value) {
  return test::be16(value >> 16) + test::be16(value & 0xffff);
}

/// An option (RFC 1661 §6).
inline Octets option(std::uint8_t type, const Octets& data) {
  return Octets{type, static_cast<std::uint8_t>(data.size() + 2)} + data;
}

/// The data of the first option of a type; empty without.
inline Octets option_data(const Octets& options, std::uint8_t type) {
  for (std::size_t at = 0; at + 1 < options.size() && options[at + 1] >= 2; at += options[at + 1])
    if (options[at] == type)
      return {options.begin() + static_cast<std::ptrdiff_t>(at + 2),
              options.begin() + static_cast<std::ptrdiff_t>(at + options[at + 1])};
  return {};
}

struct Sent {
  std::uint16_t protocol;
  Octets information;
  friend bool operator==(const Sent&, const Sent&) = default;
};

class RecordingSink : public PacketSink {
 public:
  void send(std::uint16_t protocol, std::span<const std::uint8_t> information) override {
    sent.push_back({protocol, {information.begin(), information.end()}});
  }
  /// What was sent since the last call.
  std::vector<Sent> take() { return std::exchange(sent, {}); }
  /// Just the packets of one protocol, since the last take of anything.
  std::vector<Octets> take(std::uint16_t protocol) {
    std::vector<Octets> result;
    for (auto& each : take())
      if (each.protocol == protocol) result.push_back(each.information);
    return result;
  }
  std::vector<Sent> sent;
};

/// The same octets in every run.
class RepeatableRandom : public Random {
 public:
  explicit RepeatableRandom(unsigned seed = 1) : engine_(seed) {}
  void fill(std::span<std::uint8_t> octets) override {
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mt19937 engine_;
};

}  // namespace narrows::ppp
