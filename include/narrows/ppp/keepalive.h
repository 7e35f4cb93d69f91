// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "narrows/ppp/time.h"

namespace narrows::ppp {

/// When to send the next LCP Echo-Request, and when the other end counts as dead. Whatever arrives is life
/// and puts the next echo off.
class Keepalive {
 public:
  enum class Due : std::uint8_t { nothing, echo, lost };

  /// @param interval  between echoes; 0: none, and nothing is ever lost.
  /// @param failures  echoes unanswered in a row, at least 1.
  Keepalive(Time interval, unsigned failures) : interval_(interval), failures_(failures < 1 ? 1 : failures) {}

  /// Other settings from now on. One that is switched on in a running link begins at once.
  void configure(Time interval, unsigned failures, bool link_is_open, Time now);

  void start(Time now);
  void stop() noexcept { deadline_ = kNever; }
  void note_life(Time now);
  /// What is to be done at `now`; after `echo` the caller sends one and says so.
  [[nodiscard]] Due due(Time now) const noexcept;
  void note_sent(std::uint8_t identifier, Time now);
  /// @return whether the reply is to an echo that still may be answered.
  bool note_reply(std::uint8_t identifier, Time now);
  [[nodiscard]] Time next_deadline() const noexcept { return deadline_; }
  /// 0 before the first reply.
  [[nodiscard]] Time round_trip() const noexcept { return round_trip_; }
  /// Echoes in a row that nothing has answered so far.
  [[nodiscard]] unsigned unanswered() const noexcept { return unanswered_; }

 private:
  [[nodiscard]] bool is_running() const noexcept { return deadline_ != kNever; }

  Time interval_;
  unsigned failures_;
  unsigned unanswered_ = 0;       // in a row, without any life between
  bool may_be_answered_ = false;  // the last echo
  std::uint8_t identifier_ = 0;   // of the last echo
  Time sent_{0};
  Time round_trip_{0};
  Time deadline_ = kNever;
};

}  // namespace narrows::ppp
