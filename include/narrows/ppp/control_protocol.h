// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "narrows/ppp/automaton.h"
#include "narrows/ppp/negotiation_limits.h"
#include "narrows/ppp/options.h"
#include "narrows/ppp/packet_sink.h"
#include "narrows/ppp/time.h"
#include "narrows/wire/ppp.h"
#include "narrows/wire/pppoe.h"

namespace narrows::ppp {

/// One control protocol (LCP, IPCP, IPv6CP) of one link: RFC 1661's automaton with its packets, identifiers,
/// timers and counters (§4, §5). What is negotiated is the derived class's.
///
/// Calls nobody back: what happened is asked for with take_signals().
class ControlProtocol {
 public:
  /// This-Layer-Up, -Down, -Finished since the last look.
  struct Signals {
    bool up = false;
    bool down = false;
    bool finished = false;
  };
  enum class Failure : std::uint8_t { none, no_answer, no_agreement };

  ControlProtocol(const ControlProtocol&) = delete;
  ControlProtocol& operator=(const ControlProtocol&) = delete;
  virtual ~ControlProtocol() = default;

  void up(Time now);
  void down(Time now);
  void open(Time now);
  void close(Time now);
  /// @param information  behind the PPP protocol field, padding included; any octets are safe.
  void receive(std::span<const std::uint8_t> information, Time now);
  /// The peer does not know this protocol (RFC 1661 §5.7).
  void protocol_rejected(Time now);
  void poll(Time now);
  [[nodiscard]] Time next_deadline() const noexcept { return deadline_; }

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool is_opened() const noexcept { return state_ == State::opened; }
  Signals take_signals() noexcept;
  /// Why the layer is finished, when it is not because of close() or the peer.
  [[nodiscard]] Failure failure() const noexcept { return failure_; }
  /// A Terminate-Request came in this negotiation.
  [[nodiscard]] bool is_peer_terminated() const noexcept { return peer_terminated_; }
  /// What it said: printable ASCII, bounded.
  [[nodiscard]] const std::string& terminate_message() const noexcept { return terminate_message_; }
  /// Packets discarded silently.
  [[nodiscard]] std::uint64_t ignored() const noexcept { return ignored_; }

  /// Longest packet that the peer takes: what is longer is cut.
  void set_mtu(std::uint16_t octets) noexcept { mtu_octets_ = octets; }

 protected:
  enum class Judgement : std::uint8_t { ack, nak, reject };

  /// The sink outlives the object.
  ControlProtocol(std::uint16_t protocol, const NegotiationLimits& limits, PacketSink& sink)
      : protocol_(protocol), limits_(limits), sink_(sink) {}

  /// The lower layer is up: forget what was agreed.
  virtual void reset() = 0;
  /// The options of our next Configure-Request.
  virtual void write_request(OptionWriter& request) = 0;
  /// One option of the peer's Configure-Request, which is not agreed on yet. Writes the option with a better
  /// value when the judgement is nak.
  virtual Judgement judge(const Option& option, OptionWriter& nak) = 0;
  /// Appends options to a Configure-Nak that the peer left out and should not (RFC 1661 §5.3).
  virtual void add_wishes(const std::bitset<256>& present, OptionWriter& nak);
  /// Whether naks of an option may become rejects after max_failure.
  [[nodiscard]] virtual bool may_reject(std::uint8_t type) const;
  /// We have acknowledged these: what the peer left out has its default.
  virtual void agree(const OptionList& peer_options) = 0;
  /// The peer wants another value, or an option that we did not ask for. False: the option means nothing to
  /// us here.
  virtual bool take_nak(const Option& option) = 0;
  /// The peer refuses an option that we asked for. False: we cannot do without.
  virtual bool take_reject(const Option& option) = 0;
  /// Whether what was agreed is enough to use the layer.
  [[nodiscard]] virtual bool is_complete() const { return true; }
  /// Codes beyond 7. False: not one of this protocol's (RFC 1661 §5.6).
  virtual bool receive_other(const wire::PppControlPacket& packet, Time now);
  /// The action ser.
  virtual void answer_echo(const wire::PppControlPacket& packet);
  /// A code beyond 7 was rejected by the peer.
  virtual void code_rejected(std::uint8_t code);

  /// @param packet  that the event is made of, where it is made of one.
  void run(Event event, Time now, const wire::PppControlPacket& packet = {});
  /// The two ends never converge.
  void give_up(Time now);
  /// Sends header, `opening` and as much of `data` as fits.
  void send(std::uint8_t code, std::uint8_t identifier, std::span<const std::uint8_t> opening,
            std::span<const std::uint8_t> data = {});
  [[nodiscard]] std::uint8_t new_identifier() noexcept { return next_identifier_++; }
  void ignore() noexcept { ++ignored_; }
  [[nodiscard]] std::uint16_t packet_limit() const noexcept { return mtu_octets_; }
  [[nodiscard]] const NegotiationLimits& limits() const noexcept { return limits_; }

 private:
  void receive_request(const wire::PppControlPacket& packet, Time now);
  void receive_ack(const wire::PppControlPacket& packet, Time now);
  void receive_refusal(const wire::PppControlPacket& packet, Time now);
  void receive_code_reject(const wire::PppControlPacket& packet, Time now);
  bool take_naks(const OptionList& options);
  [[nodiscard]] bool is_part_of_request(const OptionList& options) const;
  [[nodiscard]] bool is_expected(const wire::PppControlPacket& packet) const;
  bool judge_request(const OptionList& options);
  [[nodiscard]] bool is_repeated(const wire::PppControlPacket& packet, Time now) const;

  void perform(Action action, const Transition& cell, Time now, const wire::PppControlPacket& packet,
               bool is_retransmission);
  void initialize_restart_count(bool for_terminate) noexcept;
  void send_request(bool is_retransmission, Time now);
  void send_terminate(Time now);
  void acknowledge(const wire::PppControlPacket& packet);
  void refuse(const wire::PppControlPacket& packet);
  void begin_negotiation() noexcept;

  const std::uint16_t protocol_;
  const NegotiationLimits& limits_;  // of the link's settings
  PacketSink& sink_;

  State state_ = State::initial;
  Failure failure_ = Failure::none;
  Signals signals_;
  bool cannot_agree_ = false;
  bool disagreed_ = false;  // somebody naked or rejected something in this negotiation
  bool peer_terminated_ = false;
  bool request_answered_ = true;  // the next Configure-Request is a new one
  std::uint8_t next_identifier_ = 1;
  std::uint8_t request_identifier_ = 0;
  std::uint8_t refusal_code_ = 0;
  std::uint16_t mtu_octets_ = wire::kPppoeMtu;
  unsigned restart_count_ = 0;
  unsigned naks_sent_ = 0;
  unsigned refusals_ = 0;
  unsigned requests_ = 0;
  Time restart_interval_{0};
  Time deadline_ = kNever;
  Time opened_at_{0};
  std::uint64_t acknowledged_digest_ = 0;  // of the peer's request that we acknowledged last
  std::uint64_t ignored_ = 0;
  std::vector<std::uint8_t> request_;  // the options of our last Configure-Request
  std::vector<std::uint8_t> refusal_;  // of the Configure-Nak or -Reject that scn sends
  std::string terminate_message_;
};

}  // namespace narrows::ppp
