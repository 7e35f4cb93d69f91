// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/control_protocol.h"

#include <algorithm>
#include <utility>

#include "printable.h"

namespace narrows::ppp {
namespace {

/// FNV-1a: tells a repetition from another request; no security hangs on it.
std::uint64_t digest(const wire::PppControlPacket& packet) {
  std::uint64_t value = 0xcbf29ce484222325U;
  const auto add = [&value](std::uint8_t octet) { value = (value ^ octet) * 0x100000001b3U; };
  add(packet.identifier);
  for (const std::uint8_t octet : packet.data) add(octet);
  return value;
}

bool are_equal(std::span<const std::uint8_t> left, std::span<const std::uint8_t> right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

/// The packet again, with its header: what a Code-Reject carries.
std::vector<std::uint8_t> rebuilt(const wire::PppControlPacket& packet) {
  const auto length = static_cast<std::uint16_t>(sizeof(wire::PppControlHeader) + packet.data.size());
  std::vector<std::uint8_t> octets{packet.code, packet.identifier, static_cast<std::uint8_t>(length >> 8),
                                   static_cast<std::uint8_t>(length & 0xff)};
  octets.insert(octets.end(), packet.data.begin(), packet.data.end());
  return octets;
}

}  // namespace

void ControlProtocol::add_wishes(const std::bitset<256>& /*present*/, OptionWriter& /*nak*/) {}
bool ControlProtocol::may_reject(std::uint8_t /*type*/) const {
  return true;
}
bool ControlProtocol::receive_other(const wire::PppControlPacket& /*packet*/, Time /*now*/) {
  return false;
}
void ControlProtocol::answer_echo(const wire::PppControlPacket& /*packet*/) {}
void ControlProtocol::code_rejected(std::uint8_t /*code*/) {}

void ControlProtocol::up(Time now) {
  reset();
  begin_negotiation();
  request_answered_ = true;
  failure_ = Failure::none;
  run(Event::up, now);
}

void ControlProtocol::down(Time now) {
  run(Event::down, now);
}
void ControlProtocol::open(Time now) {
  run(Event::open, now);
}
void ControlProtocol::close(Time now) {
  run(Event::close, now);
}
void ControlProtocol::protocol_rejected(Time now) {
  run(Event::rxj_minus, now);
}

void ControlProtocol::poll(Time now) {
  if (now < deadline_) return;
  if (restart_count_ > 0) return run(Event::to_plus, now);
  // Not while terminating: there the end is wanted already.
  if (state_ >= State::req_sent) failure_ = disagreed_ ? Failure::no_agreement : Failure::no_answer;
  run(Event::to_minus, now);
}

ControlProtocol::Signals ControlProtocol::take_signals() noexcept {
  return std::exchange(signals_, {});
}

void ControlProtocol::receive(std::span<const std::uint8_t> information, Time now) {
  const auto packet = wire::parse_ppp_control(information);
  // In the first two states the lower layer is down.
  if (!packet || state_ == State::initial || state_ == State::starting) return ignore();
  switch (packet->code) {
    case wire::kConfigureRequest:
      return receive_request(*packet, now);
    case wire::kConfigureAck:
      return receive_ack(*packet, now);
    case wire::kConfigureNak:
    case wire::kConfigureReject:
      return receive_refusal(*packet, now);
    case wire::kTerminateRequest:
      run(Event::rtr, now, *packet);
      peer_terminated_ = true;
      terminate_message_ = printable(packet->data);
      return;
    case wire::kTerminateAck:
      return run(Event::rta, now, *packet);
    case wire::kCodeReject:
      return receive_code_reject(*packet, now);
    default:
      if (!receive_other(*packet, now)) run(Event::ruc, now, *packet);
  }
}

void ControlProtocol::receive_request(const wire::PppControlPacket& packet, Time now) {
  const auto options = OptionList::parse(packet.data);
  // "the entire packet is silently discarded" (RFC 1661 §6).
  if (!options) return ignore();
  // Our Ack was lost, or the line has doubled the request: neither is a reason to begin anew.
  if (is_repeated(packet, now)) return send(wire::kConfigureAck, packet.identifier, packet.data);
  if (!judge_request(*options)) return ignore();
  run(refusal_.empty() ? Event::rcr_plus : Event::rcr_minus, now, packet);
}

/// The request that we have just acknowledged, once more. Only for as long as retransmissions of it can be
/// under way: later it is a peer that has begun anew.
bool ControlProtocol::is_repeated(const wire::PppControlPacket& packet, Time now) const {
  return state_ == State::opened && now - opened_at_ < limits_.restart_most &&
         digest(packet) == acknowledged_digest_;
}

/// Fills in refusal_: empty when everything is acceptable. False: an option is there twice that must not be
/// (RFC 1661 §6), which leaves nothing sensible to answer.
bool ControlProtocol::judge_request(const OptionList& options) {
  std::bitset<256> present;
  OptionWriter naks;
  OptionWriter rejects;
  const bool is_patient = naks_sent_ < limits_.max_failure;
  const std::size_t room = mtu_octets_ - sizeof(wire::PppControlHeader);
  for (const Option option : options) {
    const Judgement judgement = judge(option, naks);
    const bool is_impatient_nak = judgement == Judgement::nak && !is_patient && may_reject(option.type);
    if (judgement == Judgement::reject || is_impatient_nak) {
      if (rejects.octets().size() + option.octets.size() <= room) rejects.copy(option);
    } else if (present.test(option.type)) {
      return false;
    }
    present.set(option.type);
  }
  // "locally desired options will no longer be appended" (RFC 1661 §4.6).
  if (is_patient) add_wishes(present, naks);
  const bool is_reject = !rejects.is_empty();
  refusal_code_ = is_reject ? wire::kConfigureReject : wire::kConfigureNak;
  refusal_ = is_reject ? rejects.take() : naks.take();
  return true;
}

/// Whether a reply belongs to our last request, and is the first one to it.
bool ControlProtocol::is_expected(const wire::PppControlPacket& packet) const {
  return packet.identifier == request_identifier_ && !request_answered_;
}

void ControlProtocol::receive_ack(const wire::PppControlPacket& packet, Time now) {
  // Where nothing was asked, any reply is answered by Terminate-Ack (the table's columns 2 and 3).
  if (runs_restart_timer(state_) || is_opened()) {
    if (!is_expected(packet) || !are_equal(packet.data, request_)) return ignore();
    request_answered_ = true;
  }
  run(Event::rca, now, packet);
}

void ControlProtocol::receive_refusal(const wire::PppControlPacket& packet, Time now) {
  if (state_ < State::req_sent) return run(Event::rcn, now, packet);
  const auto options = OptionList::parse(packet.data);
  if (!options || !is_expected(packet)) return ignore();
  if (packet.code == wire::kConfigureNak) {
    if (!take_naks(*options)) return ignore();
  } else {
    if (!is_part_of_request(*options)) return ignore();
    for (const Option option : *options)
      if (!take_reject(option)) cannot_agree_ = true;
  }
  request_answered_ = true;
  disagreed_ = true;
  if (cannot_agree_ || ++refusals_ > limits_.max_refusals) return give_up(now);
  run(Event::rcn, now, packet);
}

/// Whether at least one of them means something to us.
bool ControlProtocol::take_naks(const OptionList& options) {
  bool is_sensible = false;
  for (const Option option : options)
    if (take_nak(option)) is_sensible = true;
  return is_sensible;
}

/// Some of what we asked for, in our order and unchanged (RFC 1661 §5.4).
bool ControlProtocol::is_part_of_request(const OptionList& options) const {
  std::span<const std::uint8_t> rest(request_);
  for (const Option option : options) {
    while (!rest.empty() && !are_equal(option.octets, rest.first(rest[1]))) rest = rest.subspan(rest[1]);
    if (rest.empty()) return false;
    rest = rest.subspan(rest[1]);
  }
  return !options.octets().empty();
}

void ControlProtocol::receive_code_reject(const wire::PppControlPacket& packet, Time now) {
  if (packet.data.empty()) return ignore();
  const std::uint8_t code = packet.data[0];
  // Without the first seven there is no negotiation (RFC 1661 §5.6).
  if (code >= wire::kConfigureRequest && code <= wire::kCodeReject) {
    failure_ = Failure::no_agreement;
    return run(Event::rxj_minus, now, packet);
  }
  code_rejected(code);
  run(Event::rxj_plus, now, packet);
}

void ControlProtocol::give_up(Time now) {
  failure_ = Failure::no_agreement;
  run(Event::close, now);
}

void ControlProtocol::run(Event event, Time now, const wire::PppControlPacket& packet) {
  const Transition& cell = transition(event, state_);
  if (!cell.is_legal()) return;
  if (state_ == State::stopped && cell.has(Action::scr)) {  // the peer begins after all
    begin_negotiation();
    failure_ = Failure::none;
  }
  state_ = cell.next();
  for (const Action action : cell.actions()) perform(action, cell, now, packet, event == Event::to_plus);
  if (!runs_restart_timer(state_)) deadline_ = kNever;
  const bool is_useless = cell.has(Action::tlu) && !is_complete();
  const bool is_endless = state_ >= State::req_sent && requests_ > limits_.max_requests;
  if (is_useless || is_endless) give_up(now);
}

void ControlProtocol::perform(Action action, const Transition& cell, Time now,
                              const wire::PppControlPacket& packet, bool is_retransmission) {
  switch (action) {
    case Action::tlu:
      begin_negotiation();
      opened_at_ = now;
      signals_.up = true;
      break;
    case Action::tld:
      begin_negotiation();
      if (!std::exchange(signals_.up, false)) signals_.down = true;
      break;
    case Action::tls:
      break;  // the lower layer is not ours to start
    case Action::tlf:
      signals_.finished = true;
      break;
    case Action::irc:
      initialize_restart_count(cell.has(Action::str));
      break;
    case Action::zrc:
      restart_count_ = 0;
      deadline_ = now + limits_.terminate_restart;
      break;
    case Action::scr:
      send_request(is_retransmission, now);
      break;
    case Action::sca:
      acknowledge(packet);
      break;
    case Action::scn:
      refuse(packet);
      break;
    case Action::str:
      send_terminate(now);
      break;
    case Action::sta:
      send(wire::kTerminateAck, packet.identifier, {});
      break;
    case Action::scj:
      send(wire::kCodeReject, new_identifier(), {}, rebuilt(packet));
      break;
    case Action::ser:
      answer_echo(packet);
      break;
  }
}

void ControlProtocol::initialize_restart_count(bool for_terminate) noexcept {
  restart_count_ = for_terminate ? limits_.max_terminate : limits_.max_configure;
  restart_interval_ = limits_.restart_first;
}

void ControlProtocol::begin_negotiation() noexcept {
  naks_sent_ = 0;
  refusals_ = 0;
  requests_ = 0;
  cannot_agree_ = false;
  disagreed_ = false;
  peer_terminated_ = false;
}

/// "For retransmissions, the Identifier MAY remain unchanged"; it changes with the options and after a valid
/// reply (RFC 1661 §5.1).
void ControlProtocol::send_request(bool is_retransmission, Time now) {
  if (!is_retransmission || request_answered_) {
    OptionWriter options;
    write_request(options);
    request_ = options.take();
    request_identifier_ = new_identifier();
    request_answered_ = false;
  }
  ++requests_;
  if (restart_count_ > 0) --restart_count_;
  deadline_ = now + restart_interval_;
  restart_interval_ = std::min(restart_interval_ * 2, limits_.restart_most);
  send(wire::kConfigureRequest, request_identifier_, request_);
}

void ControlProtocol::send_terminate(Time now) {
  if (restart_count_ > 0) --restart_count_;
  deadline_ = now + limits_.terminate_restart;
  send(wire::kTerminateRequest, new_identifier(), {});
}

void ControlProtocol::acknowledge(const wire::PppControlPacket& packet) {
  naks_sent_ = 0;
  acknowledged_digest_ = digest(packet);
  if (const auto options = OptionList::parse(packet.data)) agree(*options);
  send(wire::kConfigureAck, packet.identifier, packet.data);
}

void ControlProtocol::refuse(const wire::PppControlPacket& packet) {
  disagreed_ = true;
  if (refusal_code_ == wire::kConfigureNak) ++naks_sent_;
  send(refusal_code_, packet.identifier, refusal_);
}

void ControlProtocol::send(std::uint8_t code, std::uint8_t identifier, std::span<const std::uint8_t> opening,
                           std::span<const std::uint8_t> data) {
  const std::size_t fixed = sizeof(wire::PppControlHeader) + opening.size();
  data = data.first(std::min(data.size(), mtu_octets_ - std::min<std::size_t>(fixed, mtu_octets_)));
  const auto length = static_cast<std::uint16_t>(fixed + data.size());
  std::vector<std::uint8_t> packet;
  packet.reserve(length);
  packet.insert(packet.end(), {code, identifier, static_cast<std::uint8_t>(length >> 8),
                               static_cast<std::uint8_t>(length & 0xff)});
  packet.insert(packet.end(), opening.begin(), opening.end());
  packet.insert(packet.end(), data.begin(), data.end());
  sink_.send(protocol_, packet);
}

}  // namespace narrows::ppp
