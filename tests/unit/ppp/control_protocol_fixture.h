// SPDX-License-Identifier: BSD-3-Clause
/// A control protocol with options of its own, to test what all of them share.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "narrows/ppp/control_protocol.h"
#include "ppp_fixture.h"

namespace narrows::ppp {

inline constexpr std::uint16_t kProtocol = 0x80fd;
inline constexpr std::uint8_t kNumber = 1;  // both ends may ask for it; only 7 is good from the peer
inline constexpr std::uint8_t kNeeded = 2;  // we cannot do without
inline constexpr std::uint8_t kWished = 3;  // the peer should ask for it

/// A protocol with three options of one 16-bit number each.
class Toy final : public ControlProtocol {
 public:
  explicit Toy(PacketSink& sink, const NegotiationLimits& limits)
      : ControlProtocol(kProtocol, limits, sink) {}

  bool asks_needed = false;
  bool wishes = false;
  bool complete = true;
  std::uint16_t number = 5;
  bool number_refused = false;
  Octets agreed;
  int resets = 0;

 protected:
  void reset() override { ++resets; }
  void write_request(OptionWriter& request) override {
    if (!number_refused) request.put_integer(kNumber, number);
    if (asks_needed) request.put_integer(kNeeded, std::uint16_t{1});
  }
  Judgement judge(const Option& each, OptionWriter& nak) override {
    if (each.type == kWished) return Judgement::ack;
    if (each.type != kNumber) return Judgement::reject;
    if (integer_of<std::uint16_t>(each) == std::uint16_t{7}) return Judgement::ack;
    nak.put_integer(kNumber, std::uint16_t{7});
    return Judgement::nak;
  }
  void add_wishes(const std::bitset<256>& present, OptionWriter& nak) override {
    if (wishes && !present.test(kWished)) nak.put_integer(kWished, std::uint16_t{9});
  }
  void agree(const OptionList& options) override {
    agreed.assign(options.octets().begin(), options.octets().end());
  }
  bool take_nak(const Option& each) override {
    if (each.type != kNumber) return false;
    number = integer_of<std::uint16_t>(each).value_or(number);
    return true;
  }
  bool take_reject(const Option& each) override {
    number_refused = number_refused || each.type == kNumber;
    return each.type != kNeeded;
  }
  [[nodiscard]] bool is_complete() const override { return complete; }
};

inline const Octets kOurs = option(kNumber, {0, 5});
inline const Octets kGood = option(kNumber, {0, 7});
inline const Octets kBad = option(kNumber, {0, 8});
inline const Octets kStrange = option(99, {1, 2, 3});

class ControlProtocolFixture : public testing::Test {
 protected:
  void start() {
    toy_.open(now_);
    toy_.up(now_);
  }
  void receive(const Octets& packet) { toy_.receive(packet, now_); }
  std::vector<Octets> sent() { return sink_.take(kProtocol); }
  /// The identifier of the Configure-Request that was sent last, which is taken.
  std::uint8_t take_request() {
    const auto packets = sent();
    if (packets.empty() || packets.back()[0] != kConfReq) ADD_FAILURE() << "no Configure-Request";
    return packets.empty() ? 0 : packets.back()[1];
  }
  void open() {
    start();
    const auto identifier = take_request();
    receive(control(kConfReq, 70, kGood));
    receive(control(kConfAck, identifier, kOurs));
    sent();
    toy_.take_signals();
    ASSERT_EQ(toy_.state(), State::opened);
    now_ += 10s;  // beyond all retransmissions
  }
  /// Goes to the next deadline and does what is due.
  void wait() {
    now_ = toy_.next_deadline();
    toy_.poll(now_);
  }

  NegotiationLimits limits_;
  RecordingSink sink_;
  Toy toy_{sink_, limits_};
  Time now_ = 100s;
};

}  // namespace narrows::ppp
