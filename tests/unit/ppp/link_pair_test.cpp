// SPDX-License-Identifier: BSD-3-Clause
// A client and a concentrator on a line in memory that delays, loses, doubles and reorders.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "fake_authentication.h"
#include "narrows/ppp/link.h"
#include "ppp_fixture.h"
#include "random.h"

namespace narrows::ppp {
namespace {

struct LineQuality {
  Time delay = 5ms;
  unsigned loss_percent = 0;
  unsigned double_percent = 0;
  unsigned late_percent = 0;  // by up to 50 ms, so that others overtake
};

/// Two links, and the packets under way between them in the order of their arrival.
class Line {
 public:
  Line(const LinkSettings& client, const LinkSettings& concentrator, LineQuality quality, unsigned seed)
      : quality_(quality),
        fate_(seed),
        client_random_(seed * 2 + 1),
        concentrator_random_(seed * 2 + 2),
        client_(client, to_concentrator_, client_random_, make_fake),
        concentrator_(concentrator, to_client_, concentrator_random_, make_fake) {}

  void start() {
    client_.start(now_);
    concentrator_.start(now_);
    carry();
  }
  /// Until `done` holds or `span` is over; returns whether it held.
  template <typename Done>
  bool run(Time span, Done done) {
    const Time until = now_ + span;
    carry();
    for (;;) {
      if (done()) return true;
      Time next = std::min(client_.next_deadline(), concentrator_.next_deadline());
      if (!under_way_.empty()) next = std::min(next, under_way_.begin()->first);
      if (next > until) break;
      now_ = std::max(now_, next);
      if (!under_way_.empty() && under_way_.begin()->first <= now_) deliver();
      client_.poll(now_);
      concentrator_.poll(now_);
      carry();
    }
    now_ = until;
    return done();
  }
  bool run_until_up(Time span) {
    return run(span, [this] { return is_up(client_) && is_up(concentrator_); });
  }
  static bool is_up(const Link& link) { return link.ipv4() && link.ipv6(); }

  Link& client() { return client_; }
  Link& concentrator() { return concentrator_; }
  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] unsigned packets() const { return packets_; }
  void cut() { quality_.loss_percent = 100; }
  void mend() { quality_ = {}; }

 private:
  struct Packet {
    Link* to;
    Sent sent;
  };

  void carry() {
    for (auto& each : to_concentrator_.take()) carry(concentrator_, each);
    for (auto& each : to_client_.take()) carry(client_, each);
  }
  void carry(Link& to, const Sent& packet) {
    ++packets_;
    if (chance(quality_.loss_percent)) return;
    const int copies = chance(quality_.double_percent) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
      const Time late = chance(quality_.late_percent) ? Time(1ms) * (fate_() % 50) : Time{0};
      under_way_.emplace(now_ + quality_.delay + late, Packet{&to, packet});
    }
  }
  void deliver() {
    const Packet packet = under_way_.begin()->second;
    under_way_.erase(under_way_.begin());
    packet.to->receive(packet.sent.protocol, packet.sent.information, now_);
  }
  bool chance(unsigned percent) { return fate_() % 100 < percent; }

  LineQuality quality_;
  test::Random fate_;
  RecordingSink to_concentrator_;
  RecordingSink to_client_;
  RepeatableRandom client_random_;
  RepeatableRandom concentrator_random_;
  Link client_;
  Link concentrator_;
  std::multimap<Time, Packet> under_way_;
  Time now_ = 1000s;
  unsigned packets_ = 0;
};

LinkSettings client_settings() {
  LinkSettings settings;
  settings.credentials = Credentials{"peer", "secret"};
  settings.accepts = {config::AuthMethod::chap_md5, config::AuthMethod::mschapv2, config::AuthMethod::pap};
  return settings;
}

LinkSettings concentrator_settings() {
  LinkSettings settings;
  settings.is_concentrator = true;
  settings.asks = config::AuthMethod::chap_md5;
  settings.own_name = "ac";
  settings.password_of = [](const std::string&) { return std::optional<std::string>("secret"); };
  settings.offer = Ipv4Offer{{0xcb007101}, {0xc6336407}, {{0xc0000235}, {0xc0000236}}};
  return settings;
}

/// Both ends say the same.
void expect_agreement(Line& line) {
  const auto& client = *line.client().ipv4();
  const auto& concentrator = *line.concentrator().ipv4();
  EXPECT_EQ(client.own, (wire::Ipv4Address{0xc6336407}));
  EXPECT_EQ(client.peer, (wire::Ipv4Address{0xcb007101}));
  EXPECT_EQ(client.dns, (std::vector<wire::Ipv4Address>{{0xc0000235}, {0xc0000236}}));
  EXPECT_EQ(concentrator.own, client.peer);
  EXPECT_EQ(concentrator.peer, client.own);
  EXPECT_EQ(line.client().ipv6()->own, line.concentrator().ipv6()->peer);
  EXPECT_EQ(line.client().ipv6()->peer, line.concentrator().ipv6()->own);
  EXPECT_NE(line.client().ipv6()->own, line.client().ipv6()->peer);
  EXPECT_EQ(line.client().mtu_octets(), line.concentrator().mtu_octets());
}

TEST(LinkPair, ComesUpInAFewRoundTrips) {
  Line line(client_settings(), concentrator_settings(), {}, 1);
  line.start();
  ASSERT_TRUE(line.run_until_up(10s));
  EXPECT_LE(line.now() - 1000s, 60ms);
  EXPECT_LE(line.packets(), 30u);
  expect_agreement(line);
  EXPECT_EQ(line.concentrator().peer_name(), "peer");
  EXPECT_EQ(line.client().ignored() + line.concentrator().ignored(), 0u);
}

TEST(LinkPair, StaysUpOnEchoes) {
  Line line(client_settings(), concentrator_settings(), {}, 1);
  line.start();
  ASSERT_TRUE(line.run_until_up(10s));
  EXPECT_FALSE(line.run(3600s, [&line] { return !Line::is_up(line.client()) || line.client().end(); }));
  EXPECT_EQ(line.client().echo_round_trip(), 10ms);
}

TEST(LinkPair, ComesUpOnASlowLine) {  // a round trip longer than the first restart intervals
  LineQuality satellite;
  satellite.delay = 300ms;
  Line line(client_settings(), concentrator_settings(), satellite, 1);
  line.start();
  ASSERT_TRUE(line.run_until_up(20s));
  expect_agreement(line);
  EXPECT_FALSE(line.run(60s, [&line] { return !Line::is_up(line.client()); }));
}

TEST(LinkPair, ComesUpWhenTheConcentratorIsLate) {
  Line line(client_settings(), concentrator_settings(), {}, 1);
  line.client().start(line.now());
  line.run(700ms, [] { return false; });
  line.concentrator().start(line.now());
  ASSERT_TRUE(line.run_until_up(2s));
}

TEST(LinkPair, AMaxPayloadLineCarries1500) {  // RFC 4638
  LinkSettings client = client_settings();
  LinkSettings concentrator = concentrator_settings();
  client.mru_octets = 1500;
  concentrator.mru_octets = 1500;
  Line line(client, concentrator, {}, 1);
  line.start();
  ASSERT_TRUE(line.run_until_up(10s));
  EXPECT_EQ(line.client().mtu_octets(), 1500);
  EXPECT_EQ(line.concentrator().mtu_octets(), 1500);
}

TEST(LinkPair, TheNarrowerEndDecides) {
  LinkSettings concentrator = concentrator_settings();
  concentrator.mru_octets = 1454;
  LinkSettings client = client_settings();
  client.mru_octets = 1500;
  Line line(client, concentrator, {}, 1);
  line.start();
  ASSERT_TRUE(line.run_until_up(10s));
  EXPECT_EQ(line.client().mtu_octets(), 1454);
}

TEST(LinkPair, AWrongPasswordEndsBothEnds) {
  LinkSettings client = client_settings();
  client.credentials->password = "wrong";
  Line line(client, concentrator_settings(), {}, 1);
  line.start();
  ASSERT_TRUE(line.run(10s, [&line] { return line.client().end() && line.concentrator().end(); }));
  EXPECT_EQ(line.client().end(), LinkEnd::authentication_refused);
  EXPECT_EQ(line.client().end_message(), "no");
  EXPECT_EQ(line.concentrator().end(), LinkEnd::authentication_refused);
}

TEST(LinkPair, AMethodThatIsNotAcceptedEndsBothEnds) {
  LinkSettings client = client_settings();
  client.accepts = {config::AuthMethod::mschapv2};
  Line line(client, concentrator_settings(), {}, 1);
  line.start();
  ASSERT_TRUE(line.run(60s, [&line] { return line.client().end() && line.concentrator().end(); }));
  EXPECT_EQ(line.concentrator().end(), LinkEnd::no_agreement);
}

TEST(LinkPair, RechallengesGoUnnoticed) {  // RFC 1994 §2
  LinkSettings concentrator = concentrator_settings();
  concentrator.rechallenge = 30s;
  Line line(client_settings(), concentrator, {}, 1);
  line.start();
  ASSERT_TRUE(line.run_until_up(10s));
  EXPECT_FALSE(line.run(600s, [&line] { return !Line::is_up(line.client()); }));
}

TEST(LinkPair, ClosesFromEitherEnd) {
  for (const bool by_client : {true, false}) {
    Line line(client_settings(), concentrator_settings(), {}, 1);
    line.start();
    ASSERT_TRUE(line.run_until_up(10s));
    Link& closing = by_client ? line.client() : line.concentrator();
    Link& other = by_client ? line.concentrator() : line.client();
    closing.close(line.now());
    ASSERT_TRUE(line.run(2s, [&] { return closing.end() && other.end(); }));
    EXPECT_EQ(closing.end(), LinkEnd::closed);
    EXPECT_EQ(other.end(), LinkEnd::peer_terminated);
  }
}

TEST(LinkPair, ACutLineIsLostAtBothEnds) {
  Line line(client_settings(), concentrator_settings(), {}, 1);
  line.start();
  ASSERT_TRUE(line.run_until_up(10s));
  line.cut();
  ASSERT_TRUE(line.run(60s, [&line] { return line.client().end() && line.concentrator().end(); }));
  EXPECT_EQ(line.client().end(), LinkEnd::echo_lost);
  EXPECT_EQ(line.concentrator().end(), LinkEnd::echo_lost);
}

TEST(LinkPair, TwoClientsOfOneMindMeet) {  // neither gives IPv4; IPv6 is nobody's to give
  LinkSettings settings;
  Line line(settings, settings, {}, 1);
  line.start();
  EXPECT_TRUE(line.run(30s, [&line] { return line.client().ipv6() && line.concentrator().ipv6(); }));
  EXPECT_FALSE(line.client().ipv4());
}

class BadLine : public testing::TestWithParam<unsigned> {};

TEST_P(BadLine, ComesUpAndAgrees) {
  const unsigned seed = GetParam();
  LineQuality bad;
  bad.loss_percent = seed % 4 * 8;
  bad.double_percent = seed % 3 * 15;
  bad.late_percent = seed % 5 * 15;
  Line line(client_settings(), concentrator_settings(), bad, seed);
  line.start();
  ASSERT_TRUE(line.run_until_up(120s)) << line.packets();
  // What is still under way may renegotiate; on a good line it settles.
  line.mend();
  line.run(30s, [] { return false; });
  ASSERT_TRUE(line.run_until_up(30s));
  expect_agreement(line);
  EXPECT_FALSE(line.client().end());
}

INSTANTIATE_TEST_SUITE_P(LinkPair, BadLine, testing::Range(0u, 120u));

}  // namespace
}  // namespace narrows::ppp
