// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/ipv6cp.h"

#include <algorithm>
#include <optional>

namespace narrows::ppp {
namespace {

constexpr std::uint8_t kInterfaceIdentifier = 1;  // RFC 5072 §4.1

std::optional<Ipv6cp::Identifier> identifier_of(const Option& option) {
  Ipv6cp::Identifier identifier;
  if (option.data().size() != identifier.size()) return std::nullopt;
  std::copy(option.data().begin(), option.data().end(), identifier.begin());
  return identifier;
}

}  // namespace

Ipv6cp::Ipv6cp(const NegotiationLimits& limits, PacketSink& sink, Random& random)
    : ControlProtocol(wire::kPppIpv6cp, limits, sink), random_(random) {}

/// Random, so the universal/local bit is 0 (RFC 5072 §4.1); neither zero nor one that is in use here.
Ipv6cp::Identifier Ipv6cp::choose_identifier() {
  constexpr std::uint8_t kUniversalAndGroup = 0x03;
  Identifier identifier;
  random_.fill(identifier);
  identifier[0] &= static_cast<std::uint8_t>(~kUniversalAndGroup);
  while (identifier == Identifier{} || identifier == own_ || identifier == peer_) ++identifier[7];
  return identifier;
}

void Ipv6cp::reset() {
  peer_ = {};
  suggested_ = {};
  own_ = choose_identifier();
  asks_ = true;
}

void Ipv6cp::write_request(OptionWriter& request) {
  if (asks_) request.put(kInterfaceIdentifier, own_);
}

ControlProtocol::Judgement Ipv6cp::judge(const Option& option, OptionWriter& nak) {
  if (option.type != kInterfaceIdentifier) return Judgement::reject;
  const auto identifier = identifier_of(option);
  const bool is_zero = identifier == Identifier{};
  // "If the two Interface Identifiers are equal to zero, the negotiation MUST be terminated by transmitting
  // the Configure-Reject" (RFC 5072 §4.1): zero is what we stand for when the peer refused our option.
  if (is_zero && !asks_) return Judgement::reject;
  if (identifier && !is_zero && identifier != own_) return Judgement::ack;
  if (suggested_ == Identifier{} || suggested_ == own_) suggested_ = choose_identifier();
  nak.put(kInterfaceIdentifier, suggested_);
  return Judgement::nak;
}

void Ipv6cp::agree(const OptionList& peer_options) {
  peer_ = {};
  for (const Option option : peer_options)
    if (option.type == kInterfaceIdentifier) peer_ = identifier_of(option).value_or(Identifier{});
}

bool Ipv6cp::take_nak(const Option& option) {
  if (option.type != kInterfaceIdentifier || !asks_) return false;
  const auto identifier = identifier_of(option);
  // What we suggested ourselves comes back: both ends have chosen alike, or the line is looped.
  const bool is_unusable =
      !identifier || identifier == Identifier{} || identifier == suggested_ || identifier == peer_;
  own_ = is_unusable ? choose_identifier() : *identifier;
  return true;
}

bool Ipv6cp::take_reject(const Option& /*option*/) {
  asks_ = false;
  return true;
}

}  // namespace narrows::ppp
