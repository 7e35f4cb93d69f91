// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/lcp.h"

#include <algorithm>
#include <array>
#include <utility>

#include "narrows/ppp/random_integer.h"
#include "narrows/wire/byte_order.h"

namespace narrows::ppp {
namespace {

// RFC 1661 §6.
constexpr std::uint8_t kAuthenticationProtocol = 3;
constexpr std::uint8_t kMagicNumber = 5;

constexpr std::uint8_t kDiscardRequest = 11;  // RFC 1661 §5.9
constexpr std::uint8_t kIdentification = 12;  // RFC 1570 §2.1
constexpr std::uint8_t kTimeRemaining = 13;   // RFC 1570 §2.2

// CHAP algorithms (RFC 1994 §3; RFC 2759 §3).
constexpr std::uint8_t kMd5 = 5;
constexpr std::uint8_t kMschapV2 = 0x81;

/// Own magic numbers that came back in a row: each is an accident once in 2^32, unless the line is looped.
constexpr unsigned kMaxLoopSigns = 3;

template <typename Integer>
std::span<const std::uint8_t> network_order(const wire::BigEndian<Integer>& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof(value)};
}

void put_method(OptionWriter& options, config::AuthMethod method) {
  switch (method) {
    case config::AuthMethod::pap:
      return options.put(kAuthenticationProtocol, std::array<std::uint8_t, 2>{0xc0, 0x23});
    case config::AuthMethod::chap_md5:
      return options.put(kAuthenticationProtocol, std::array<std::uint8_t, 3>{0xc2, 0x23, kMd5});
    case config::AuthMethod::mschapv2:
      return options.put(kAuthenticationProtocol, std::array<std::uint8_t, 3>{0xc2, 0x23, kMschapV2});
  }
}

std::optional<config::AuthMethod> method_of(std::span<const std::uint8_t> data) {
  if (data.size() < sizeof(wire::Be16)) return std::nullopt;
  const std::uint16_t protocol = wire::header_at<wire::Be16>(data.data()).host();
  if (protocol == wire::kPppPap && data.size() == 2) return config::AuthMethod::pap;
  if (protocol != wire::kPppChap || data.size() != 3) return std::nullopt;
  if (data[2] == kMd5) return config::AuthMethod::chap_md5;
  if (data[2] == kMschapV2) return config::AuthMethod::mschapv2;
  return std::nullopt;
}

}  // namespace

std::uint16_t protocol_of(config::AuthMethod method) noexcept {
  return method == config::AuthMethod::pap ? wire::kPppPap : wire::kPppChap;
}

Lcp::Lcp(const LinkSettings& settings, PacketSink& sink, Random& random)
    : ControlProtocol(wire::kPppLcp, settings.limits, sink), settings_(settings), random_(random) {
  set_mtu(mtu_octets());
}

std::uint16_t Lcp::mtu_octets() const noexcept {
  return std::min(peer_mru_, settings_.mru_octets);
}

bool Lcp::is_looped() const noexcept {
  return loop_signs_ >= kMaxLoopSigns;
}

Lcp::Arrival Lcp::take_arrival() noexcept {
  return std::exchange(arrival_, {});
}

std::uint32_t Lcp::new_magic() {
  const auto magic = random_integer<std::uint32_t>(random_);
  if (magic != 0 && magic != own_magic_) return magic;
  return own_magic_ == 1 ? 2 : 1;  // once in 2^31
}

void Lcp::reset() {
  own_mru_ = settings_.mru_octets;
  former_magic_ = own_magic_;
  own_magic_ = new_magic();
  mru_refused_ = false;
  loop_signs_ = 0;
  peer_mru_ = kDefaultMru;
  peer_magic_ = 0;
  peer_asks_.reset();
  set_mtu(mtu_octets());
}

void Lcp::write_request(OptionWriter& request) {
  // Options should not be there with their default (RFC 1661 §5.1).
  if (!mru_refused_ && own_mru_ != kDefaultMru) request.put_integer(kMruOption, own_mru_);
  if (settings_.asks) put_method(request, *settings_.asks);
  if (own_magic_ != 0) request.put_integer(kMagicNumber, own_magic_);
}

ControlProtocol::Judgement Lcp::judge(const Option& option, OptionWriter& nak) {
  switch (option.type) {
    case kMruOption:
      return judge_mru(option, nak);
    case kAuthenticationProtocol:
      return judge_authentication(option, nak);
    case kMagicNumber:
      return judge_magic(option, nak);
    default:
      return Judgement::reject;
  }
}

ControlProtocol::Judgement Lcp::judge_mru(const Option& option, OptionWriter& nak) const {
  const auto mru = integer_of<std::uint16_t>(option);
  if (mru && *mru >= kMinMru) return Judgement::ack;
  nak.put_integer(kMruOption, settings_.mru_octets);
  return Judgement::nak;
}

ControlProtocol::Judgement Lcp::judge_authentication(const Option& option, OptionWriter& nak) const {
  const auto& accepts = settings_.accepts;
  if (!settings_.credentials || accepts.empty()) return Judgement::reject;
  const auto method = method_of(option.data());
  if (method && std::find(accepts.begin(), accepts.end(), *method) != accepts.end()) return Judgement::ack;
  put_method(nak, accepts.front());
  return Judgement::nak;
}

/// RFC 1661 §6.4. Our own number is that of the last Configure-Request; a slow loop brings back the one
/// before.
ControlProtocol::Judgement Lcp::judge_magic(const Option& option, OptionWriter& nak) {
  const auto magic = integer_of<std::uint32_t>(option);
  const bool is_own = magic && *magic != 0 && (*magic == own_magic_ || *magic == former_magic_);
  loop_signs_ = is_own ? loop_signs_ + 1 : 0;
  if (magic && *magic != 0 && !is_own) return Judgement::ack;
  nak.put_integer(kMagicNumber, new_magic());
  return Judgement::nak;
}

/// "it MUST NOT respond with a Configure-Reject when it receives a Configure-Request with a Magic-Number"
/// (RFC 1661 §6.4), for we ask for one too.
bool Lcp::may_reject(std::uint8_t type) const {
  return type != kMagicNumber;
}

void Lcp::agree(const OptionList& peer_options) {
  peer_mru_ = kDefaultMru;
  peer_magic_ = 0;
  peer_asks_.reset();
  for (const Option option : peer_options) {
    if (option.type == kMruOption) peer_mru_ = integer_of<std::uint16_t>(option).value_or(kDefaultMru);
    if (option.type == kMagicNumber) peer_magic_ = integer_of<std::uint32_t>(option).value_or(0);
    if (option.type == kAuthenticationProtocol) peer_asks_ = method_of(option.data());
  }
  set_mtu(mtu_octets());
}

bool Lcp::take_nak(const Option& option) {
  switch (option.type) {
    case kMruOption: {
      if (mru_refused_) return false;
      // Not more than we can receive: then our own wish stays.
      const auto mru = integer_of<std::uint16_t>(option);
      if (mru && *mru >= kMinMru && *mru <= settings_.mru_octets) own_mru_ = *mru;
      return true;
    }
    case kAuthenticationProtocol:
      return settings_.asks.has_value();  // and still ask for the same: there is no other
    case kMagicNumber:
      if (own_magic_ == 0) return false;
      former_magic_ = std::exchange(own_magic_, new_magic());
      return true;
    default:
      return false;
  }
}

bool Lcp::take_reject(const Option& option) {
  if (option.type == kMruOption) mru_refused_ = true;
  if (option.type == kMagicNumber) own_magic_ = 0;
  return option.type != kAuthenticationProtocol;
}

bool Lcp::receive_other(const wire::PppControlPacket& packet, Time now) {
  switch (packet.code) {
    case wire::kLcpProtocolReject:
      receive_protocol_reject(packet, now);
      return true;
    case wire::kLcpEchoRequest:
    case wire::kLcpEchoReply:
    case kDiscardRequest:
      receive_echo(packet, now);
      return true;
    case kIdentification:
    case kTimeRemaining:
      return true;  // nothing to do, and nothing to complain of
    default:
      return false;
  }
}

void Lcp::receive_protocol_reject(const wire::PppControlPacket& packet, Time now) {
  // "received in any state other than the LCP Opened state SHOULD be silently discarded" (RFC 1661 §5.7).
  if (!is_opened() || packet.data.size() < sizeof(wire::Be16)) return ignore();
  const std::uint16_t protocol = wire::header_at<wire::Be16>(packet.data.data()).host();
  if (protocol == wire::kPppLcp) return protocol_rejected(now);
  arrival_.rejected_protocol = protocol;
  run(Event::rxj_plus, now, packet);
}

void Lcp::receive_echo(const wire::PppControlPacket& packet, Time now) {
  if (!is_opened() || packet.data.size() < wire::kLcpMagicOctets) return ignore();
  const std::uint32_t magic = wire::header_at<wire::Be32>(packet.data.data()).host();
  if (own_magic_ != 0 && magic == own_magic_) {
    ++loop_signs_;
    return ignore();
  }
  if (packet.code == wire::kLcpEchoReply) {
    // A number that is neither the peer's nor 0 is somebody else's (RFC 1661 §6.4).
    if (magic != peer_magic_ && magic != 0) return ignore();
    loop_signs_ = 0;
    arrival_.echo_reply = packet.identifier;
  }
  if (packet.code == wire::kLcpEchoRequest) arrival_.echo_request = true;
  run(Event::rxr, now, packet);
}

void Lcp::answer_echo(const wire::PppControlPacket& packet) {
  if (packet.code != wire::kLcpEchoRequest) return;
  send(wire::kLcpEchoReply, packet.identifier, network_order(wire::Be32(own_magic_)),
       packet.data.subspan(wire::kLcpMagicOctets));
}

void Lcp::code_rejected(std::uint8_t code) {
  if (code == wire::kLcpEchoRequest) arrival_.echo_refused = true;
}

std::uint8_t Lcp::send_echo() {
  const std::uint8_t identifier = next_echo_++;
  send(wire::kLcpEchoRequest, identifier, network_order(wire::Be32(own_magic_)));
  return identifier;
}

/// "The Identifier field MUST be changed for each Protocol-Reject sent", and what does not fit the peer's MRU
/// is cut (RFC 1661 §5.7).
void Lcp::send_protocol_reject(std::uint16_t protocol, std::span<const std::uint8_t> information) {
  send(wire::kLcpProtocolReject, new_identifier(), network_order(wire::Be16(protocol)), information);
}

}  // namespace narrows::ppp
