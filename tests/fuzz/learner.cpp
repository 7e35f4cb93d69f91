// SPDX-License-Identifier: BSD-3-Clause
/// What transparent mode learns of sessions that pass: frames of a router, a concentrator and strangers, and
/// clock steps.
#include "control/learner_fixture.h"
#include "input.h"
#include "line_noise.h"

namespace narrows::fuzz {
namespace {

using namespace control;

class Listener : public LearnerTest {
 public:
  void TestBody() override {}

  /// Input: frames, each behind how it comes about, and clock steps.
  void run(Input input) {
    while (!input.is_empty()) {
      const unsigned what = input.octet();
      const Side from = (what & 1) != 0 ? Side::wan : Side::lan;
      Octets frame = make_frame(from, input);
      if ((what & 2) != 0) frame = test::mutated(frame, input);
      hear(from, frame);
      if ((what & 4) != 0) syn[static_cast<SessionLearner::Slot>(input.octet() % kMost)] = now;
      if ((what & 8) != 0) pass(std::chrono::milliseconds(input.octet() * 100));
      if (what >= 0xf0) pass(std::chrono::minutes(input.octet()));
      check();
    }
  }

 private:
  static Octets make_frame(Side from, Input& input) {
    Ends ends;
    const unsigned who = input.octet();
    ends.id = static_cast<std::uint16_t>(who % 16);
    if ((who & 0x40) != 0) ends.vlan = who & 0x30;
    if ((who & 0x80) != 0) ends.router.back() ^= 0x10;
    switch (input.octet() % 6) {
      case 0:
        return input.list();
      case 1:
        return ends.pads(max_payload_tag(input()));
      case 2:
        return ends.discovery(from, input.octet(), input.list());
      case 3:
        return ends.padt(from);
      case 4:
        return ends.lcp(from, input.octet(), input.octet() % 4, input.list());
      default: {
        const auto code = static_cast<std::uint8_t>(1 + input.octet() % 4);
        const auto its_identifier = static_cast<std::uint8_t>(input.octet() % 2);
        return ends.lcp(from, code, its_identifier, mru_option(input()));
      }
    }
  }

  void check() {
    expect(known() <= kMost, "there are no more sessions than places");
    for (const auto slot : learner.take_touched()) expect(slot < kMost, "slots are places");
    for (const auto& found : learner.report(now, kMost).sessions) {
      expect(found.id != 0 && found.id != 0xffff, "reserved ids are nobody's");
      expect(found.mtu_octets >= 128, "an MTU is one that LCP allows");
    }
  }
};

}  // namespace

void run(Input input) {
  Listener().run(std::move(input));
}

}  // namespace narrows::fuzz
