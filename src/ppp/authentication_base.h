// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <chrono>
#include <string>

#include "narrows/ppp/authentication.h"
#include "narrows/wire/ppp.h"

namespace narrows::ppp {

/// How long an answer is waited for, and how often a packet is sent before its sender gives up.
inline constexpr Time kAnswerWait = std::chrono::seconds(3);
inline constexpr unsigned kMostTries = 10;

/// What all methods and both ends share: the verdict, the words that came with it, the packet's shape.
class AuthenticationBase : public Authentication {
 public:
  void receive(std::uint16_t protocol, std::span<const std::uint8_t> information, Time now) final;
  void poll(Time now) final;
  [[nodiscard]] Time next_deadline() const final { return deadline_; }
  [[nodiscard]] Status status() const final { return status_; }
  [[nodiscard]] const std::string& message() const final { return message_; }
  [[nodiscard]] const std::string& peer_name() const final { return peer_name_; }
  [[nodiscard]] std::uint64_t ignored() const final { return ignored_; }

 protected:
  AuthenticationBase(std::uint16_t protocol, PacketSink& sink) : protocol_(protocol), sink_(sink) {}

  /// A packet of the protocol, whole. @return false: malformed or out of place, and nothing has changed.
  virtual bool handle(const wire::PppControlPacket& packet, Time now) = 0;
  /// The deadline has passed.
  virtual void expire(Time now) = 0;

  void send(std::uint8_t code, std::uint8_t identifier, std::span<const std::uint8_t> data);
  void set_deadline(Time deadline) { deadline_ = deadline; }
  /// A verdict, after which nothing is due unless a deadline is set again.
  void conclude(Status status, std::string message);
  void set_peer_name(std::string name) { peer_name_ = std::move(name); }

 private:
  std::uint16_t protocol_;
  PacketSink& sink_;
  Status status_ = Status::running;
  std::string message_;
  std::string peer_name_;
  std::uint64_t ignored_ = 0;
  Time deadline_ = kNever;
};

}  // namespace narrows::ppp
