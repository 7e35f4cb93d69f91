// SPDX-License-Identifier: BSD-3-Clause
#include "pap.h"

#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "digests.h"
#include "printable.h"

namespace narrows::ppp {
namespace {

constexpr std::uint8_t kRequest = 1;
constexpr std::uint8_t kAck = 2;
constexpr std::uint8_t kNak = 3;

/// A concentrator may not be listening yet when the first request comes.
constexpr Time kFirstAnswerWait = std::chrono::seconds(1);

/// Takes a field that its first octet gives the length of; nothing when it is cut off.
std::optional<std::span<const std::uint8_t>> take_field(std::span<const std::uint8_t>& data) {
  if (data.empty() || data[0] > data.size() - 1) return std::nullopt;
  const auto field = data.subspan(1, data[0]);
  data = data.subspan(1 + field.size());
  return field;
}

void put_field(std::vector<std::uint8_t>& data, std::string_view text) {
  data.push_back(static_cast<std::uint8_t>(text.size()));
  const auto octets = octets_of(text);
  data.insert(data.end(), octets.begin(), octets.end());
}

}  // namespace

PapPeer::PapPeer(const Credentials& credentials, PacketSink& sink, Random& random)
    : AuthenticationBase(wire::kPppPap, sink), credentials_(credentials) {
  random.fill({&first_identifier_, 1});
}

void PapPeer::start(Time now) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint8_t>::max();
  if (credentials_.name.size() > kMost || credentials_.password.size() > kMost)
    return conclude(Status::refused, "name or password too long for PAP");
  request(now);
}

void PapPeer::request(Time now) {
  std::vector<std::uint8_t> data;
  put_field(data, credentials_.name);
  put_field(data, credentials_.password);
  set_deadline(now + std::min(kFirstAnswerWait * (1U << std::min(tries_, 4U)), kAnswerWait));
  // "The Identifier field MUST be changed each time" (RFC 1334 §2.2.1).
  const auto identifier = static_cast<std::uint8_t>(first_identifier_ + tries_);
  ++tries_;
  send(kRequest, identifier, data);
}

void PapPeer::expire(Time now) {
  if (tries_ < kMostTries) return request(now);
  conclude(Status::silent, "");
}

bool PapPeer::handle(const wire::PppControlPacket& packet, Time /*now*/) {
  // An answer to an earlier request is as good: a slow concentrator would else never be understood.
  const auto age = static_cast<std::uint8_t>(packet.identifier - first_identifier_);
  if (status() != Status::running || age >= tries_) return false;
  if (packet.code != kAck && packet.code != kNak) return false;
  // Some leave out the length of a message that is not there.
  auto data = packet.data;
  const auto message = data.empty() ? data : take_field(data);
  if (!message) return false;
  conclude(packet.code == kAck ? Status::succeeded : Status::refused, printable(*message));
  return true;
}

PapAuthenticator::PapAuthenticator(PasswordOf password_of, PacketSink& sink)
    : AuthenticationBase(wire::kPppPap, sink), password_of_(std::move(password_of)) {}

void PapAuthenticator::start(Time now) {
  set_deadline(now + kAnswerWait * kMostTries);
}

void PapAuthenticator::expire(Time /*now*/) {
  conclude(Status::silent, "");
}

bool PapAuthenticator::handle(const wire::PppControlPacket& packet, Time /*now*/) {
  auto data = packet.data;
  const auto name = take_field(data);
  const auto password = name ? take_field(data) : std::nullopt;
  if (packet.code != kRequest || !password || status() == Status::silent) return false;
  if (status() == Status::running) {
    const auto right = password_of_(std::string(text_of(*name)));
    // Compared for an unknown name too: the time must not tell which names are known.
    const bool same = same_secret(text_of(*password), right.value_or(""));
    set_peer_name(printable(*name));
    conclude(same && right ? Status::succeeded : Status::refused, "");
  }
  // A repeated request gets the same answer, whatever it says (RFC 1334 §2.2.1).
  const bool accepted = status() == Status::succeeded;
  std::vector<std::uint8_t> answer;
  put_field(answer, accepted ? "Welcome" : "Authentication failed");
  send(accepted ? kAck : kNak, packet.identifier, answer);
  return true;
}

}  // namespace narrows::ppp
