// SPDX-License-Identifier: BSD-3-Clause
/// Stands in for PAP and CHAP in the tests of Link: the password goes over the line as it is, in one packet
/// of the method's protocol, and the verdict comes back in another.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "narrows/ppp/lcp.h"
#include "narrows/ppp/link.h"
#include "ppp_fixture.h"

namespace narrows::ppp {

inline constexpr std::uint8_t kFakeChallenge = 1;
inline constexpr std::uint8_t kFakePassword = 2;
inline constexpr std::uint8_t kFakeYes = 3;
inline constexpr std::uint8_t kFakeNo = 4;

inline Octets octets_of(const std::string& text) {
  return {text.begin(), text.end()};
}

class FakeAuthentication : public Authentication {
 public:
  FakeAuthentication(std::uint16_t protocol, const LinkSettings& settings, PacketSink& sink)
      : protocol_(protocol), settings_(settings), sink_(sink) {}

  void start(Time now) override {
    if (settings_.asks) challenge(now);
  }
  void receive(std::uint16_t /*protocol*/, std::span<const std::uint8_t> information, Time now) override {
    const auto packet = wire::parse_ppp_control(information);
    if (!packet) {
      ++ignored_;
      return;
    }
    const std::string text(packet->data.begin(), packet->data.end());
    if (settings_.asks && packet->code == kFakePassword) return judge(packet->identifier, text, now);
    if (!settings_.asks && packet->code == kFakeChallenge) {
      identifier_ = packet->identifier;
      tries_ = 0;
      return respond(now);
    }
    if (!settings_.asks && (packet->code == kFakeYes || packet->code == kFakeNo)) {
      deadline_ = kNever;
      status_ = packet->code == kFakeYes ? Status::succeeded : Status::refused;
      message_ = text;
      return;
    }
    ++ignored_;
  }
  void poll(Time now) override {
    if (now < deadline_) return;
    if (tries_ == 10) {
      status_ = Status::silent;
      deadline_ = kNever;
      return;
    }
    settings_.asks ? challenge(now) : respond(now);
  }
  [[nodiscard]] Time next_deadline() const override { return deadline_; }
  [[nodiscard]] Status status() const override { return status_; }
  [[nodiscard]] const std::string& message() const override { return message_; }
  [[nodiscard]] const std::string& peer_name() const override { return peer_name_; }
  [[nodiscard]] std::uint64_t ignored() const override { return ignored_; }

 private:
  void challenge(Time now) {
    ++tries_;
    send(kFakeChallenge, ++identifier_, {});
    deadline_ = now + 1s;
  }
  /// Again and again: the verdict may be lost (RFC 1994 §4.2).
  void respond(Time now) {
    ++tries_;
    send(kFakePassword, identifier_, settings_.credentials->password);
    deadline_ = now + 1s;
  }
  void judge(std::uint8_t identifier, const std::string& password, Time now) {
    if (identifier != identifier_) {
      ++ignored_;
      return;
    }
    peer_name_ = "peer";
    const bool is_right = settings_.password_of("peer") == password;
    if (status_ == Status::running || !is_right) status_ = is_right ? Status::succeeded : Status::refused;
    tries_ = 0;
    deadline_ = settings_.rechallenge == kNever ? kNever : now + settings_.rechallenge;
    send(is_right ? kFakeYes : kFakeNo, identifier, is_right ? "welcome" : "no");
  }
  void send(std::uint8_t code, std::uint8_t identifier, const std::string& text) {
    sink_.send(protocol_, control(code, identifier, octets_of(text)));
  }

  std::uint16_t protocol_;
  const LinkSettings& settings_;
  PacketSink& sink_;
  Status status_ = Status::running;
  std::string message_;
  std::string peer_name_;
  std::uint8_t identifier_ = 0;
  unsigned tries_ = 0;
  Time deadline_ = kNever;
  std::uint64_t ignored_ = 0;
};

inline std::unique_ptr<Authentication> make_fake(config::AuthMethod method, const LinkSettings& settings,
                                                 PacketSink& sink, Random& /*random*/) {
  return std::make_unique<FakeAuthentication>(protocol_of(method), settings, sink);
}

}  // namespace narrows::ppp
