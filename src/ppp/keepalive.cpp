// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/keepalive.h"

namespace narrows::ppp {

void Keepalive::configure(Time interval, unsigned failures, bool link_is_open, Time now) {
  failures_ = failures < 1 ? 1 : failures;
  if (interval == interval_) return;
  interval_ = interval;
  if (link_is_open) start(now);
}

void Keepalive::start(Time now) {
  unanswered_ = 0;
  may_be_answered_ = false;
  deadline_ = interval_ > Time{0} ? now + interval_ : kNever;
}

void Keepalive::note_life(Time now) {
  if (!is_running()) return;
  unanswered_ = 0;
  deadline_ = now + interval_;
}

Keepalive::Due Keepalive::due(Time now) const noexcept {
  if (now < deadline_) return Due::nothing;
  return unanswered_ < failures_ ? Due::echo : Due::lost;
}

void Keepalive::note_sent(std::uint8_t identifier, Time now) {
  ++unanswered_;
  may_be_answered_ = true;
  identifier_ = identifier;
  sent_ = now;
  deadline_ = now + interval_;
}

bool Keepalive::note_reply(std::uint8_t identifier, Time now) {
  // An earlier echo's late answer is life as well, but one answer a repetition of which may come any time
  // is not: only the last echo's counts once it is in.
  if (!is_running() || !may_be_answered_) return false;
  const auto age = static_cast<std::uint8_t>(identifier_ - identifier);
  if (age >= unanswered_ && age != 0) return false;
  if (age == 0) {
    may_be_answered_ = false;
    round_trip_ = now - sent_;
  }
  note_life(now);
  return true;
}

}  // namespace narrows::ppp
