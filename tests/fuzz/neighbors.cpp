// SPDX-License-Identifier: BSD-3-Clause
/// The control thread with static sessions: ARP, neighbour discovery, DHCP, LCP echoes, PADT and packets that
/// cannot be delivered, whole frames of any octets from both sides.
#include "control/dhcp_fixture.h"
#include "input.h"
#include "line_noise.h"

namespace narrows::fuzz {
namespace {

using namespace control;

class Neighbors : public ControlPlaneTest {
 public:
  void TestBody() override {}

  /// Input: frames and clock steps.
  void run(Input input) {
    while (!input.is_empty()) {
      const unsigned what = input.octet();
      const Side from = (what & 1) != 0 ? Side::wan : Side::lan;
      // The data path knows a frame's session; discovery has none.
      const std::size_t session = input.octet() % 6;
      test::Octets frame = make_frame(from, session, input);
      if ((what & 2) != 0) frame = test::mutated(frame, input);
      hand_over(from, session < config.sessions.size() ? session : kNoSession, frame, (what & 4) != 0, input);
      if ((what & 8) != 0) now += std::chrono::milliseconds(input.octet() * 16);
      if ((what & 16) != 0) {
        plane.tick(now, {drops_, {}});
        plane.poll(now);
      }
      if (what >= 0xf8) now += std::chrono::hours(input.octet());
      judge();
    }
  }

 private:
  static test::Octets make_frame(Side from, std::size_t session, Input& input) {
    static const std::array<test::Octets, 5> kTags{
        {{}, {0x81, 0, 0, 10}, {0x81, 0, 0, 20}, {0x81, 0, 0, 30}, {}}};
    const test::Octets ethernet =
        test::Octets{2, 0, 0, 0, 0, static_cast<std::uint8_t>(from == Side::lan ? 0x0a : 0x0b)} +
        hex(kHostMac) + (from == Side::lan ? kTags[session % 5] : test::Octets{});
    switch (input.octet() % 7) {
      case 0:
        return input.list();
      case 1:
        return ethernet + hex("0806 0001 0800 0604") + be16(input.octet() % 4) + hex(kHostMac) +
               input.octets(4) + input.octets(6) + input.octets(4);
      case 2: {
        Said said{.options = kDiscover};
        static const std::array<std::string_view, 5> kAsks{
            kDiscover, kInform, "350103 3604cb00710a 3204cb007109", "350103", "350107"};
        said.options = input.one_of(kAsks);
        said.client_address = input.octet() % 2 == 0 ? kNoAddress : kAddress;
        return ethernet + hex("0800") + udp_packet(dhcp_payload(said));
      }
      case 3:
        return ethernet + hex("0800") + udp_packet(input.long_list());
      case 4: {
        const auto source =
            input.octet() % 4 == 0 ? test::Octets(16) : hex("fe800000 00000000 00000000 00000009");
        const auto message = hex("87000000 00000000") + input.octets(16) + input.list();
        return ethernet + hex("86dd") + icmpv6(source, hex("ff020000 00000000 00000001 ff000001"), message);
      }
      case 5:
        return ethernet + hex("8864 1100 1234") + session_payload(input);
      default: {
        const auto code = input.octet();
        const auto tags = input.list();
        return ethernet + hex("8863 11") + test::Octets{code} + input.octets(2) + be16(tags.size()) + tags;
      }
    }
  }
  static test::Octets session_payload(Input& input) {
    static const std::array<unsigned, 5> kProtocols{0xc021, 0x8021, 0x0021, 0x0057, 0xc223};
    const unsigned protocol = input.one_of(kProtocols);
    const auto information = input.list();
    return be16(information.size() + 2) + be16(protocol) + information;
  }

  void hand_over(Side from, std::size_t session, const test::Octets& frame, bool undeliverable,
                 Input& input) {
    if (!undeliverable || session == kNoSession) return plane.handle_punt(from, session, frame, now);
    const auto reason = input.octet() % 2 == 0 ? stats::DropReason::too_big : stats::DropReason::session_down;
    plane.handle_undeliverable(from, session, reason, frame, now);
    ++drops_[session];
  }

  void judge() {
    for (const auto& [side, frame] : sink.frames) {
      expect(frame.size() >= 14, "what is sent is a frame");
      expect(frame.size() <= 1514 + 8 + 8, "what is sent fits the port");
      expect((frame[6] & 1) == 0, "it comes from one station");
    }
    expect(sink.frames.size() <= 4 + config.sessions.size(), "nobody is flooded");
    sink.frames.clear();
    for (std::size_t session = 0; session < config.sessions.size(); ++session)
      expect((peers.load(session) >> 40 & 1) == 0, "a LAN host is one station");
  }

  std::vector<std::uint64_t> drops_ = std::vector<std::uint64_t>(4);
};

}  // namespace

void run(Input input) {
  Neighbors().run(std::move(input));
}

}  // namespace narrows::fuzz
