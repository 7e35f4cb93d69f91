// SPDX-License-Identifier: BSD-3-Clause
// One concentrator: what is sent, what is believed, and when it is repeated. discovery_client_offers_test.cpp
// has several of them, discovery_client_random_test.cpp everything else that a line can bring.
#include "narrows/ppp/discovery_client.h"

#include <gtest/gtest.h>

#include "discovery_fixture.h"

namespace narrows::ppp {
namespace {

using namespace discovery_test;

using Status = DiscoveryClient::Status;
using Failure = DiscoveryClient::Failure;

class DiscoveryClientTest : public testing::Test {
 protected:
  void start(const DiscoverySettings& settings = {}) {
    client.emplace(settings, sink, random);
    client->start(now);
    ASSERT_EQ(sink.sent.size(), 1U);
    padi = sink.take().front();
    host_uniq = tag(0x0103, value_of(padi.tags, 0x0103));
  }
  bool receive(unsigned code, unsigned id, const Octets& tags, const wire::MacAddress& from = kAc) {
    return client->receive(from, packet(code, id, tags), now);
  }
  bool offer(const Octets& more = {}) {
    return receive(0x07, 0, tag(0x0101) + tag(0x0102, "ac") + host_uniq + more);
  }
  /// Starts, is offered, and has sent its PADR.
  void request(const DiscoverySettings& settings = {}, const Octets& more = {}) {
    start(settings);
    offer(more);
    ASSERT_EQ(sink.sent.size(), 1U);
    padr = sink.take().front();
  }
  bool confirm(unsigned id, const Octets& more = {}) {
    return receive(0x65, id, tag(0x0101) + host_uniq + more);
  }
  void wait_for_deadline() {
    now = client->next_deadline();
    client->poll(now);
  }

  Time now = 1000s;
  DiscoveryList sink;
  SeededRandom random;
  std::optional<DiscoveryClient> client;
  SentDiscovery padi;
  SentDiscovery padr;
  Octets host_uniq;
};

// RFC 2516 §5.1: broadcast, code 0x09, SESSION_ID 0, exactly one Service-Name.
TEST_F(DiscoveryClientTest, ThePadi) {
  start();
  EXPECT_EQ(padi.to, wire::kBroadcastMac);
  EXPECT_EQ(padi.code, 0x09U);
  EXPECT_EQ(padi.session_id, 0U);
  EXPECT_EQ(value_of(padi.tags, 0x0101), Octets());
  EXPECT_EQ(value_of(padi.tags, 0x0103).size(), 8U);
  EXPECT_FALSE(has_tag(padi.tags, 0x0120));
  EXPECT_EQ(client->status(), Status::searching);
}

TEST_F(DiscoveryClientTest, ThePadiNamesTheServiceAndTheConfiguredHostUniq) {
  auto settings = for_service("internet");
  settings.host_uniq = Octets{0xde, 0xad};
  start(settings);
  EXPECT_EQ(value_of(padi.tags, 0x0101), octets("internet"));
  EXPECT_EQ(value_of(padi.tags, 0x0103), (Octets{0xde, 0xad}));
}

TEST_F(DiscoveryClientTest, EachAttemptHasAHostUniqOfItsOwn) {
  start();
  client->start(now);
  EXPECT_NE(value_of(sink.take().front().tags, 0x0103), value_of(padi.tags, 0x0103));
}

// RFC 2516 §5.1: a PADI MUST NOT exceed 1484 octets, header included.
TEST_F(DiscoveryClientTest, APadiLeavesRoomForARelay) {
  constexpr std::size_t kLongest = 1484 - 6 - 4 - 4 - 8;
  start(for_service(std::string(kLongest, 's')));
  EXPECT_EQ(padi.packet().size(), 1484U);

  DiscoveryClient too_long(for_service(std::string(kLongest + 1, 's')), sink, random);
  too_long.start(now);
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(too_long.status(), Status::failed);
  EXPECT_EQ(too_long.failure(), Failure::no_offer);
  EXPECT_EQ(too_long.next_deadline(), kNever);
}

// RFC 2516 §5.3: unicast to the concentrator, code 0x19, SESSION_ID 0, exactly one Service-Name.
TEST_F(DiscoveryClientTest, ThePadr) {
  request(for_service(""));
  EXPECT_EQ(padr.to, kAc);
  EXPECT_EQ(padr.code, 0x19U);
  EXPECT_EQ(padr.session_id, 0U);
  EXPECT_EQ(padr.tags, tag(0x0101) + host_uniq);
  EXPECT_EQ(client->status(), Status::requesting);
}

// RFC 2516 appendix A: AC-Cookie and Relay-Session-Id MUST be returned unmodified.
TEST_F(DiscoveryClientTest, CookieAndRelaySessionIdComeBackAsTheyWere) {
  const Octets cookie = tag(0x0104, Octets{0, 1, 2, 0xff});
  const Octets relay = tag(0x0110, Octets{9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2});
  request({}, relay + cookie + tag(0x0105, "vendor") + tag(0x7fff, "unknown"));
  EXPECT_EQ(padr.tags, tag(0x0101) + host_uniq + cookie + relay);
}

TEST_F(DiscoveryClientTest, AnEmptyCookieIsACookie) {
  request({}, tag(0x0104));
  EXPECT_EQ(padr.tags, tag(0x0101) + host_uniq + tag(0x0104));
}

TEST_F(DiscoveryClientTest, TheLargestCookie) {
  start();
  const std::size_t largest = 1500 - 6 - tag(0x0101).size() - host_uniq.size() - 4;
  offer(tag(0x0104, Octets(largest + 1, 0xcc)));  // more than a frame holds: cannot be accepted
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(client->status(), Status::searching);
  offer(tag(0x0104, Octets(largest, 0xcc)));
  ASSERT_EQ(sink.sent.size(), 1U);
  EXPECT_EQ(sink.sent[0].packet().size(), 1500U);
  EXPECT_EQ(value_of(sink.sent[0].tags, 0x0104), Octets(largest, 0xcc));
}

TEST_F(DiscoveryClientTest, Confirmed) {
  request();
  EXPECT_TRUE(confirm(0x1234));
  EXPECT_EQ(client->status(), Status::confirmed);
  EXPECT_EQ(client->failure(), Failure::none);
  EXPECT_EQ(client->session().ac_mac, kAc);
  EXPECT_EQ(client->session().id, 0x1234);
  EXPECT_EQ(client->session().ac_name, "ac");
  EXPECT_EQ(client->session().max_payload, 0);
  EXPECT_EQ(client->next_deadline(), kNever);
  EXPECT_TRUE(sink.sent.empty());
}

TEST_F(DiscoveryClientTest, TheAcNameIsFitForALog) {
  start();
  receive(0x07, 0, tag(0x0101) + tag(0x0102, "a\xc3\xa4\x1b[1m") + host_uniq);
  confirm(1);
  EXPECT_EQ(client->session().ac_name, "a???[1m");
}

// RFC 2516 appendix A: Host-Uniq tells which answers are ours.
TEST_F(DiscoveryClientTest, WithoutOurHostUniqNothingIsOurs) {
  start();
  const Octets plain = tag(0x0101) + tag(0x0102, "ac");
  auto longer = value_of(padi.tags, 0x0103);
  longer.push_back(0);
  auto shorter = value_of(padi.tags, 0x0103);
  shorter.pop_back();
  auto other = value_of(padi.tags, 0x0103);
  other[7] ^= 1;
  EXPECT_FALSE(receive(0x07, 0, plain));
  for (const auto& each : {longer, shorter, other}) EXPECT_FALSE(receive(0x07, 0, plain + tag(0x0103, each)));
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_TRUE(offer());
  EXPECT_FALSE(receive(0x65, 1, tag(0x0101)));
  for (const auto& each : {longer, shorter, other})
    EXPECT_FALSE(receive(0x65, 1, tag(0x0101) + tag(0x0103, each)));
  EXPECT_EQ(client->status(), Status::requesting);
}

TEST_F(DiscoveryClientTest, OnlyTheConcentratorThatWasAskedConfirms) {
  request();
  EXPECT_FALSE(receive(0x65, 1, tag(0x0101) + host_uniq, kOtherAc));
  EXPECT_FALSE(receive(0x65, 0, tag(0x0101) + host_uniq + tag(0x0202, "go away"), kOtherAc));
  EXPECT_EQ(client->status(), Status::requesting);
  EXPECT_EQ(client->message(), "");
}

TEST_F(DiscoveryClientTest, AnOfferFromAMulticastOrZeroAddressIsNone) {
  start();
  const Octets good = tag(0x0101) + tag(0x0102, "ac") + host_uniq;
  EXPECT_FALSE(receive(0x07, 0, good, wire::kBroadcastMac));
  EXPECT_FALSE(receive(0x07, 0, good, {}));
  EXPECT_TRUE(sink.sent.empty());
}

// RFC 2516 §5.2: SESSION_ID of a PADO MUST be 0.
TEST_F(DiscoveryClientTest, AnOfferWithASessionIdIsNone) {
  start();
  EXPECT_FALSE(receive(0x07, 1, tag(0x0101) + tag(0x0102, "ac") + host_uniq));
  EXPECT_TRUE(sink.sent.empty());
}

TEST_F(DiscoveryClientTest, AConfirmationBeforeAnOfferIsNone) {
  start();
  EXPECT_FALSE(confirm(1));
  EXPECT_EQ(client->status(), Status::searching);
}

TEST_F(DiscoveryClientTest, PadmPadnPadtAndUnknownCodesAreLeftAlone) {
  request();
  for (unsigned code = 0; code < 256; ++code) {
    if (code == 0x07 || code == 0x65) continue;
    EXPECT_FALSE(receive(code, 0, tag(0x0101) + tag(0x0102, "ac") + host_uniq)) << code;
  }
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(client->status(), Status::requesting);
  EXPECT_TRUE(confirm(1));
}

// RFC 2516 §5: a tag of unknown type MUST be ignored.
TEST_F(DiscoveryClientTest, UnknownTagsAreIgnored) {
  request({}, tag(0x0106, "?") + tag(0xffff, Octets(300)));
  confirm(7, tag(0x0106, "?") + tag(0xfffe));
  EXPECT_EQ(client->status(), Status::confirmed);
}

TEST_F(DiscoveryClientTest, MalformedPacketsChangeNothing) {
  request();
  auto cut = packet(0x65, 1, tag(0x0101) + host_uniq);
  cut.pop_back();
  EXPECT_FALSE(client->receive(kAc, cut, now));
  EXPECT_FALSE(receive(0x65, 1, host_uniq + Octets{0x01, 0x01, 0xff, 0xff}));
  EXPECT_EQ(client->status(), Status::requesting);
}

// RFC 2516 §4: 0xffff is reserved; §5.4: SESSION_ID 0 is a refusal.
TEST_F(DiscoveryClientTest, SessionIdsThatAreNone) {
  for (const unsigned id : {0U, 0xffffU}) {
    request();
    EXPECT_TRUE(confirm(id));
    EXPECT_EQ(client->status(), Status::failed);
    EXPECT_EQ(client->failure(), Failure::refused);
    EXPECT_EQ(client->next_deadline(), kNever);
  }
}

// RFC 2516 appendix A: text unless the first octet is zero, not NUL terminated.
TEST_F(DiscoveryClientTest, ErrorTagsAreShown) {
  const std::vector<std::pair<Octets, std::string>> rows{
      {tag(0x0201), "Service-Name-Error"},
      {tag(0x0201, "no such service"), "Service-Name-Error: no such service"},
      {tag(0x0202, "too many\nsessions\n"), "AC-System-Error: too many?sessions"},
      {tag(0x0202, Octets{0, 'x'}), "AC-System-Error"},
      {tag(0x0203, Octets{'a', 0, 'b'}), "Generic-Error: a"},
      {tag(0x0203, "a") + tag(0x0202, "b"), "Generic-Error: a; AC-System-Error: b"},
  };
  for (const auto& [error, message] : rows) {
    request();
    EXPECT_TRUE(confirm(0, error));
    EXPECT_EQ(client->failure(), Failure::refused);
    EXPECT_EQ(client->message(), message);
  }
}

TEST_F(DiscoveryClientTest, AnErrorWithASessionIdIsARefusalToo) {
  request();
  confirm(5, tag(0x0203, "broken"));
  EXPECT_EQ(client->failure(), Failure::refused);
}

TEST_F(DiscoveryClientTest, MessagesAreBounded) {
  request();
  Octets errors;
  for (unsigned i = 0; i < 10; ++i) errors = errors + tag(0x0203, std::string(120, 'x').c_str());
  confirm(0, errors);
  EXPECT_EQ(client->message().size(), 128U);
}

// RFC 4638 §4: the tag in PADI and PADR when more than 1492 octets are wanted.
TEST_F(DiscoveryClientTest, MaxPayloadIsAskedFor) {
  request(for_payload(1500));
  EXPECT_EQ(value_of(padi.tags, 0x0120), test::be16(1500));
  EXPECT_EQ(value_of(padr.tags, 0x0120), test::be16(1500));
  for (const std::uint16_t asked : {std::uint16_t{1}, std::uint16_t{1492}}) {
    request(for_payload(asked));
    EXPECT_FALSE(has_tag(padi.tags, 0x0120));
    EXPECT_FALSE(has_tag(padr.tags, 0x0120));
  }
}

// RFC 4638 §4, §5: only what both ends have said; without the tag, or below 1492, the limit of 1492 stays.
TEST_F(DiscoveryClientTest, MaxPayloadIsWhatThePadsEchoes) {
  const std::vector<std::pair<Octets, std::uint16_t>> rows{
      {{}, 0},
      {tag(0x0120, test::be16(1500)), 1500},
      {tag(0x0120, test::be16(1493)), 1493},
      {tag(0x0120, test::be16(1492)), 0},
      {tag(0x0120, test::be16(576)), 0},
      {tag(0x0120, test::be16(9000)), 1500},
      {tag(0x0120, Octets{0x05}), 0},
      {tag(0x0120, Octets{0x05, 0xdc, 0x00}), 0},
  };
  for (const auto& [echo, granted] : rows) {
    request(for_payload(1500), tag(0x0120, test::be16(1500)));
    confirm(1, echo);
    EXPECT_EQ(client->session().max_payload, granted);
  }
  request();
  confirm(1, tag(0x0120, test::be16(1500)));
  EXPECT_EQ(client->session().max_payload, 0) << "never asked for";
}

// RFC 2516 §8: without a PADO the PADI is sent again, and the wait doubled.
TEST_F(DiscoveryClientTest, ThePadiIsRepeated) {
  const Time first = now;
  start();
  constexpr std::array<Time, 6> kWaits{250ms, 500ms, 1000ms, 2000ms, 4000ms, 2000ms};
  for (std::size_t i = 0; i < kWaits.size(); ++i) {
    const Time wait = client->next_deadline() - now;
    EXPECT_GE(wait, kWaits[i] * 7 / 8) << i;
    EXPECT_LE(wait, kWaits[i] * 9 / 8) << i;
    client->poll(client->next_deadline() - 1ns);
    EXPECT_TRUE(sink.sent.empty()) << "too early";
    wait_for_deadline();
    if (i + 1 < kWaits.size()) {
      EXPECT_EQ(sink.take(), std::vector{padi});
    }
  }
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(client->status(), Status::failed);
  EXPECT_EQ(client->failure(), Failure::no_offer);
  EXPECT_EQ(client->message(), "");
  EXPECT_LT(now - first, 11s);
  EXPECT_EQ(client->next_deadline(), kNever);
}

// RFC 2516 §8: the PADR likewise.
TEST_F(DiscoveryClientTest, ThePadrIsRepeated) {
  request();
  for (const Time wanted : {250ms, 500ms, 1000ms, 2000ms, 4000ms}) {
    EXPECT_GE(client->next_deadline() - now, wanted * 7 / 8);
    EXPECT_LE(client->next_deadline() - now, wanted * 9 / 8);
    EXPECT_EQ(client->status(), Status::requesting);
    wait_for_deadline();
    if (wanted != Time(4000ms)) {
      EXPECT_EQ(sink.take(), std::vector{padr});
    }
  }
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(client->failure(), Failure::no_answer);
}

TEST_F(DiscoveryClientTest, WaitsAreJittered) {
  std::vector<Time> waits;
  for (int i = 0; i < 32; ++i) {
    start();
    waits.push_back(client->next_deadline() - now);
  }
  const auto [least, most] = std::minmax_element(waits.begin(), waits.end());
  EXPECT_GT(*most - *least, 30ms);
}

TEST_F(DiscoveryClientTest, ALatePollSendsOnePacketNotManyAtOnce) {
  start();
  now += 1h;
  client->poll(now);
  EXPECT_EQ(sink.sent.size(), 1U);
  EXPECT_GT(client->next_deadline(), now);
}

TEST_F(DiscoveryClientTest, AnAnswerToARepeatedPadiCounts) {
  start();
  wait_for_deadline();
  sink.take();
  EXPECT_TRUE(offer());
  EXPECT_EQ(sink.count(0x19), 1U);
}

TEST_F(DiscoveryClientTest, DuplicatesOfOffersAndConfirmationsChangeNothing) {
  request();
  EXPECT_TRUE(offer(tag(0x0104, "another cookie")));
  EXPECT_TRUE(sink.sent.empty());
  confirm(9);
  EXPECT_TRUE(confirm(9));
  EXPECT_TRUE(offer());
  EXPECT_EQ(client->session().id, 9);
  EXPECT_EQ(client->status(), Status::confirmed);
  EXPECT_TRUE(sink.sent.empty());
}

// A concentrator that opened a second session for the repeated PADR would count both.
TEST_F(DiscoveryClientTest, ASurplusSessionIsClosed) {
  request();
  confirm(9);
  EXPECT_TRUE(confirm(10));
  EXPECT_EQ(client->session().id, 9);
  EXPECT_EQ(sink.take(), (std::vector<SentDiscovery>{{kAc, 0xa7, 10, {}}}));
  confirm(0, tag(0x0202));
  confirm(0xffff);
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(client->status(), Status::confirmed);
  EXPECT_EQ(client->message(), "");
}

TEST_F(DiscoveryClientTest, WithAConfiguredHostUniqTheOtherSessionMayBeSomebodyElses) {
  request(with_host_uniq(Octets{1}));
  confirm(9);
  confirm(10);
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(client->session().id, 9);
}

TEST_F(DiscoveryClientTest, StoppedAndFailedItIgnoresAll) {
  request();
  client->stop();
  EXPECT_EQ(client->status(), Status::idle);
  EXPECT_EQ(client->next_deadline(), kNever);
  EXPECT_FALSE(confirm(1));
  EXPECT_FALSE(offer());
  client->poll(now + 1h);
  EXPECT_TRUE(sink.sent.empty());

  request();
  confirm(0);
  EXPECT_FALSE(confirm(1));
  EXPECT_EQ(client->status(), Status::failed);
}

TEST_F(DiscoveryClientTest, AnAttemptAfterAFailureBeginsAfresh) {
  request();
  confirm(0, tag(0x0202, "full"));
  client->start(now);
  EXPECT_EQ(client->status(), Status::searching);
  EXPECT_EQ(client->failure(), Failure::none);
  EXPECT_EQ(client->message(), "");
  EXPECT_FALSE(offer()) << "the last attempt's Host-Uniq";
  host_uniq = tag(0x0103, value_of(sink.take().front().tags, 0x0103));
  EXPECT_TRUE(offer());
  EXPECT_TRUE(confirm(3));
  EXPECT_EQ(client->session().id, 3);
}

}  // namespace
}  // namespace narrows::ppp
