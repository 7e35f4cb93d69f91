// SPDX-License-Identifier: BSD-3-Clause
#include "chap.h"

#include <algorithm>
#include <utility>

#include "printable.h"

namespace narrows::ppp {
namespace {

constexpr std::uint8_t kChallenge = 1;
constexpr std::uint8_t kResponse = 2;
constexpr std::uint8_t kSuccess = 3;
constexpr std::uint8_t kFailure = 4;

/// The longest that an authentication may take before the first verdict: all of the authenticator's
/// challenges, and all of our repeated responses to the last.
constexpr Time kLongest = 2 * kMostTries * kAnswerWait;

/// RFC 2759 §4 says so; RFC 1994 leaves it to the packet's length.
constexpr std::size_t kMostNameOctets = 256;

/// The data of a Challenge or Response (RFC 1994 §4.1).
struct ValueAndName {
  std::span<const std::uint8_t> value;
  std::span<const std::uint8_t> name;
};

/// Nothing when the value is empty or cut off.
std::optional<ValueAndName> parse(std::span<const std::uint8_t> data) {
  if (data.empty() || data[0] == 0 || data[0] > data.size() - 1) return std::nullopt;
  return ValueAndName{data.subspan(1, data[0]), data.subspan(1 + std::size_t{data[0]})};
}

std::vector<std::uint8_t> format(std::span<const std::uint8_t> value, std::string_view name) {
  std::vector<std::uint8_t> data{static_cast<std::uint8_t>(value.size())};
  for (const auto part : {value, octets_of(name)}) data.insert(data.end(), part.begin(), part.end());
  return data;
}

}  // namespace

ChapPeer::ChapPeer(const ChapScheme& scheme, const Credentials& credentials, PacketSink& sink, Random& random)
    : AuthenticationBase(wire::kPppChap, sink), scheme_(scheme), credentials_(credentials), random_(random) {}

void ChapPeer::start(Time now) {
  if (auto why = scheme_.unavailable(); !why.empty()) return conclude(Status::refused, std::move(why));
  if (credentials_.name.size() > kMostNameOctets) return conclude(Status::refused, "name too long for CHAP");
  give_up_ = now + kLongest;
  set_deadline(now + kAnswerWait * kMostTries);
}

bool ChapPeer::handle(const wire::PppControlPacket& packet, Time now) {
  if (status() != Status::running && status() != Status::succeeded) return false;
  if (packet.code == kChallenge) return handle_challenge(packet, now);
  if (packet.code != kSuccess && packet.code != kFailure) return false;
  if (!awaiting_verdict_ || packet.identifier != exchange_->identifier) return false;
  awaiting_verdict_ = false;
  if (packet.code == kFailure) {
    conclude(Status::refused, scheme_.read_failure(packet.data));
  } else {
    const auto success = scheme_.read_success(exchange_->answer, packet.data);
    conclude(success.genuine ? Status::succeeded : Status::not_genuine, success.message);
  }
  return true;
}

/// At any time, a Challenge MUST be answered (RFC 1994 §4.1).
bool ChapPeer::handle_challenge(const wire::PppControlPacket& packet, Time now) {
  const auto challenge = parse(packet.data);
  if (!challenge) return false;
  const bool repeated = exchange_ && exchange_->identifier == packet.identifier &&
                        std::equal(challenge->value.begin(), challenge->value.end(),
                                   exchange_->challenge.begin(), exchange_->challenge.end());
  if (!repeated) {
    auto answer = scheme_.answer(packet.identifier, challenge->value, credentials_, random_);
    if (!answer) return false;
    exchange_ = {packet.identifier, {challenge->value.begin(), challenge->value.end()}, std::move(*answer)};
  }
  tries_ = 0;
  awaiting_verdict_ = true;
  respond(now);
  return true;
}

/// Repeated until there is a verdict: an authenticator says again what it said before (RFC 1994 §4.2).
void ChapPeer::respond(Time now) {
  ++tries_;
  set_deadline(status() == Status::running ? std::min(now + kAnswerWait, give_up_) : now + kAnswerWait);
  send(kResponse, exchange_->identifier, format(exchange_->answer.value, credentials_.name));
}

void ChapPeer::expire(Time now) {
  const bool over = status() == Status::running && now >= give_up_;
  if (awaiting_verdict_ && tries_ < kMostTries && !over) return respond(now);
  awaiting_verdict_ = false;
  // A rechallenge without a verdict: whoever asked has let the link be, and echoes will tell if it is gone.
  if (status() == Status::succeeded) return set_deadline(kNever);
  conclude(Status::silent, "");
}

ChapAuthenticator::ChapAuthenticator(const ChapScheme& scheme, std::string own_name, PasswordOf password_of,
                                     Time rechallenge, PacketSink& sink, Random& random)
    : AuthenticationBase(wire::kPppChap, sink),
      scheme_(scheme),
      own_name_(std::move(own_name)),
      password_of_(std::move(password_of)),
      rechallenge_(rechallenge),
      random_(random) {
  random_.fill({&identifier_, 1});
}

void ChapAuthenticator::start(Time now) {
  if (auto why = scheme_.unavailable(); !why.empty()) return conclude(Status::refused, std::move(why));
  challenge(now);
}

/// Identifier and value MUST be new in each Challenge (RFC 1994 §4.1), a repeated one included.
void ChapAuthenticator::challenge(Time now) {
  ++identifier_;
  random_.fill(challenge_);
  ++tries_;
  reply_.reset();
  set_deadline(now + kAnswerWait);
  send(kChallenge, identifier_, format(challenge_, own_name_));
}

void ChapAuthenticator::expire(Time now) {
  if (reply_) tries_ = 0;  // the last one was answered: this is a rechallenge
  if (tries_ >= kMostTries) return conclude(Status::silent, "");
  challenge(now);
}

bool ChapAuthenticator::handle(const wire::PppControlPacket& packet, Time now) {
  const auto response = parse(packet.data);
  if (packet.code != kResponse || !response || packet.identifier != identifier_) return false;
  if (tries_ == 0 || status() == Status::silent) return false;
  if (!reply_) {
    if (response->value.size() != scheme_.value_octets()) return false;
    judge(response->value, text_of(response->name), now);
  }
  // A repeated response gets the same answer, whatever it says (RFC 1994 §4.2).
  send(reply_->code, identifier_, octets_of(reply_->text));
  return true;
}

void ChapAuthenticator::judge(std::span<const std::uint8_t> value, std::string_view name, Time now) {
  const auto password = password_of_(std::string(name));
  // Computed for an unknown name too: the time must not tell which names are known.
  auto success = scheme_.verify({identifier_, challenge_, value, name}, password.value_or(""));
  const bool same_peer = !name_ || *name_ == name;
  if (!name_) {
    name_ = name;
    set_peer_name(printable(name));
  }
  if (!password || !same_peer) success.reset();
  conclude(success ? Status::succeeded : Status::refused, "");
  if (success && rechallenge_ > Time(0) && rechallenge_ != kNever) set_deadline(now + rechallenge_);
  reply_ = success ? Reply{kSuccess, std::move(*success)} : Reply{kFailure, scheme_.failure(random_)};
}

}  // namespace narrows::ppp
