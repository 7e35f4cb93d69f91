// SPDX-License-Identifier: BSD-3-Clause
/// Both ends of a line in memory: sessions that are dialled and the concentrator that serves them, while the
/// input changes what is on the line, puts its own frames there and on the LAN, lets time pass, and asks for
/// what users ask for.
#include "control/line_fixture.h"
#include "input.h"
#include "line_noise.h"

namespace narrows::fuzz {
namespace {

using namespace control;

class TwoEnds : public LineTest {
 public:
  static constexpr std::size_t kSessions = 2;
  static constexpr unsigned kMostSteps = 64;  ///< more is slow, and two inputs see more than a long one

  void TestBody() override {}

  /// Input: how both ends are configured (1 octet), then what happens, one thing after the other.
  void run(Input input) {
    const unsigned how = input.octet();
    static const std::array<std::optional<config::AuthMethod>, 4> kMethods{
        config::AuthMethod::chap_md5, config::AuthMethod::mschapv2, config::AuthMethod::pap, std::nullopt};
    ac_config.concentrator->auth = kMethods[how & 3];
    if ((how & 4) != 0) {
      ac_config.concentrator->mtu_octets = 1500;
      ac_config.wan.mtu_octets = config.wan.mtu_octets = 1508;
    }
    if ((how & 8) != 0) client_config.password = "wrong";
    start_ac(kSessions);
    start_clients(kSessions);
    for (unsigned steps = 0; steps < kMostSteps && !input.is_empty(); ++steps) {
      happen(input);
      judge();
    }
  }

 private:
  void happen(Input& input) {
    const unsigned what = input.octet();
    switch (what % 16) {
      case 0:
        return disturb(input);
      case 1:
        return foreign(input);
      case 2:
        client->handle_punt(Side::lan, input.octet() % kSessions, input.list(), now);
        return;
      case 3:
        return undeliverable(input);
      case 4:
        static_cast<void>(client->redial(name(input), now));
        return;
      case 5:
        static_cast<void>(client->drop(name(input), now));
        return;
      case 6:
        return client->set_line(input.octet() % 2 == 0, now);
      case 7:
        line_works = input.octet() % 4 != 0;
        return;
      case 8:
        now += std::chrono::milliseconds(100) * input.octet();
        return;
      case 9:
        return reload(input);
      case 10:
        return tick(input);
      case 11:
        if (input.octet() % 16 == 0) client->stop(now);
        return;
      default:
        for (unsigned turns = input.octet() % 32; turns > 0; --turns) carry();
    }
  }

  static std::string name(Input& input) { return "isp-" + std::to_string(input.octet() % (kSessions + 1)); }

  /// A millisecond, of whose frames some are remembered.
  void carry() {
    turn();
    for (const auto& frame : std::exchange(on_line, {}))
      if (heard_.size() < 64) heard_.push_back(frame);
    to_core.clear();
    client_log.clear();
    ac_log.clear();
  }
  /// Something that was on the line, changed, once more.
  void disturb(Input& input) {
    if (heard_.empty()) return;
    const test::Octets frame = test::mutated(input.one_of(heard_), input);
    deliver(frame, input.octet());
  }
  void foreign(Input& input) {
    const test::Octets payload = input.list();
    const test::Octets mac = input.octet() % 4 == 0 ? input.octets(6) : hex("02000000 00ac");
    const bool is_discovery = input.octet() % 2 == 0;
    deliver(hex("02000000000b") + mac + hex("8100 0343") + hex(is_discovery ? "8863" : "8864") + payload,
            input.octet());
  }
  /// What the data path would punt is at least as long as what it looks at (LineTest::punt()).
  void deliver(test::Octets frame, unsigned to_whom) {
    frame.resize(std::max<std::size_t>(frame.size(), 60));
    if (to_whom % 2 == 0)
      to_client(frame);
    else
      to_ac(frame);
  }
  void undeliverable(Input& input) {
    const Side from = input.octet() % 2 == 0 ? Side::lan : Side::wan;
    const auto reason = input.octet() % 2 == 0 ? stats::DropReason::too_big : stats::DropReason::session_down;
    client->handle_undeliverable(from, input.octet() % kSessions, reason, input.list(), now);
  }
  void reload(Input& input) {
    config::Config next = config;
    const unsigned what = input.octet();
    auto& session = next.sessions[what % kSessions];
    if ((what & 0x10) != 0) session.client->service_name = "other";
    if ((what & 0x20) != 0) session.name = "new";
    if ((what & 0x40) != 0) session.client->echo_interval_s = 1;
    if ((what & 0x80) != 0) next.sessions.pop_back();
    static_cast<void>(client->reload(next, now));
  }
  void tick(Input& input) {
    const std::vector<std::uint64_t> counts(client->session_places(), ticks_ += input.octet());
    client->tick(now, {counts, counts});
    const std::vector<std::uint64_t> served(plane->session_places(), ticks_);
    plane->tick(now, {served, served});
  }

  void judge() {
    for (const auto* frames : {&client_sink.frames, &ac_sink.frames}) {
      expect(frames->size() <= 64, "nobody is flooded");
      for (const auto& [side, frame] : *frames) {
        expect(frame.size() >= 14, "what is sent is a frame");
        expect(frame.size() <= 1514 + 16, "what is sent fits the port");
      }
    }
    for (std::size_t session = 0; session < kSessions; ++session) judge(client->board().get(session));
    for (std::size_t session = 0; session < kSessions; ++session) judge(plane->board().get(session));
    // Whom the data path gives a family's packets has an id.
    for (const auto* snapshots : {client_snapshots.get(), ac_snapshots.get()})
      for (std::uint16_t session = 0; session < snapshots->current()->size(); ++session)
        for (const auto mtu : snapshots->current()->lan_to_wan(session).mtu_octets)
          expect(mtu <= 1500, "an MTU is what both ends agreed on");
  }
  static void judge(const stats::SessionStatus& status) {
    if (status.state == stats::SessionState::up)
      expect(status.id != 0 && status.id != 0xffff, "a session that is up has an id");
    for (const char each : status.last_error + status.ac_name)
      expect(each >= ' ' && each <= '~', "what strangers say is shown printable");
    expect(status.last_error.size() < 400, "and short");
  }

  std::vector<test::Octets> heard_;
  std::uint64_t ticks_ = 0;
};

}  // namespace

void run(Input input) {
  TwoEnds().run(std::move(input));
}

}  // namespace narrows::fuzz
