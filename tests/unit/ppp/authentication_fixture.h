// SPDX-License-Identifier: BSD-3-Clause
/// Authentication packets as plain octets, and what the engines hold on to.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "frames.h"
#include "narrows/ppp/authentication.h"
#include "random.h"

namespace narrows::ppp::authentication_test {

using namespace std::chrono_literals;
using config::AuthMethod;
using Status = Authentication::Status;
using test::Octets;
using test::operator+;

inline constexpr unsigned kPap = 0xc023;
inline constexpr unsigned kChap = 0xc223;

inline Octets octets(const std::string& text) {
  return {text.begin(), text.end()};
}

/// "82 30" … without blanks.
inline Octets hex(const std::string& digits) {
  Octets result;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
    result.push_back(static_cast<std::uint8_t>(std::stoul(digits.substr(at, 2), nullptr, 16)));
  return result;
}

/// RFC 1661 §5: code, identifier, length, data.
inline Octets packet(unsigned code, unsigned identifier, const Octets& data = {}) {
  return Octets{static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(identifier)} +
         test::be16(static_cast<unsigned>(data.size() + 4)) + data;
}

/// A field behind an octet that holds its length.
inline Octets counted(const Octets& value) {
  return Octets{static_cast<std::uint8_t>(value.size())} + value;
}
inline Octets counted(const std::string& text) {
  return counted(octets(text));
}

struct SentPacket {
  unsigned protocol = 0;
  Octets information;
  friend bool operator==(const SentPacket&, const SentPacket&) = default;
};

class PacketList : public PacketSink {
 public:
  void send(std::uint16_t protocol, std::span<const std::uint8_t> information) override {
    sent.push_back({protocol, {information.begin(), information.end()}});
  }
  std::vector<SentPacket> take() { return std::exchange(sent, {}); }
  /// The only packet that was sent since the last time.
  Octets take_one() {
    const auto all = take();
    EXPECT_EQ(all.size(), 1U);
    return all.size() == 1 ? all[0].information : Octets(4);
  }
  std::vector<SentPacket> sent;
};

/// What it is told to give, then seeded numbers.
class ScriptedRandom : public Random {
 public:
  explicit ScriptedRandom(Octets script = {}, unsigned seed = 1) : script_(std::move(script)), rest_(seed) {}
  void fill(std::span<std::uint8_t> octets) override {
    for (auto& each : octets) each = at_ < script_.size() ? script_[at_++] : rest_.octet();
  }

 private:
  Octets script_;
  std::size_t at_ = 0;
  test::Random rest_;
};

inline PasswordOf knows(const std::string& name, const std::string& password) {
  return [=](const std::string& asked) { return asked == name ? std::optional(password) : std::nullopt; };
}

/// Both ends of a link, and the packets between them.
class BothEnds {
 public:
  BothEnds(AuthMethod method, std::string name, std::string password, PasswordOf password_of,
           Time rechallenge = kNever, unsigned seed = 1)
      : credentials{std::move(name), std::move(password)}, random({}, seed) {
    peer = make_authenticatee(method, credentials, from_peer, random);
    authenticator = make_authenticator(method, "concentrator", std::move(password_of), rechallenge,
                                       from_authenticator, random);
  }
  void start() {
    peer->start(now);
    authenticator->start(now);
  }
  /// Delivers until nobody says anything more.
  void exchange() {
    while (!from_peer.sent.empty() || !from_authenticator.sent.empty()) {
      for (const auto& each : from_peer.take())
        authenticator->receive(static_cast<std::uint16_t>(each.protocol), each.information, now);
      for (const auto& each : from_authenticator.take())
        peer->receive(static_cast<std::uint16_t>(each.protocol), each.information, now);
    }
  }
  /// To the next deadline, unless there is none.
  bool wait() {
    const Time next = std::min(peer->next_deadline(), authenticator->next_deadline());
    if (next == kNever) return false;
    now = std::max(now, next);
    peer->poll(now);
    authenticator->poll(now);
    return true;
  }

  Credentials credentials;
  ScriptedRandom random;
  PacketList from_peer;
  PacketList from_authenticator;
  Time now = 77s;
  std::unique_ptr<Authentication> peer;
  std::unique_ptr<Authentication> authenticator;
};

}  // namespace narrows::ppp::authentication_test
