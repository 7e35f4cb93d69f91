// SPDX-License-Identifier: BSD-3-Clause
// Several concentrators: which offers count, and what comes after a refusal or silence.
#include <gtest/gtest.h>

#include "discovery_fixture.h"
#include "narrows/ppp/discovery_client.h"

namespace narrows::ppp {
namespace {

using namespace discovery_test;

using Status = DiscoveryClient::Status;
using Failure = DiscoveryClient::Failure;

wire::MacAddress ac(unsigned number) {
  return {{0x02, 0xac, 0, 0, 0, static_cast<std::uint8_t>(number)}};
}

class DiscoveryOffers : public testing::Test {
 protected:
  void start(const DiscoverySettings& settings = {}) {
    client.emplace(settings, sink, random);
    client->start(now);
    host_uniq = tag(0x0103, value_of(sink.take().back().tags, 0x0103));
  }
  bool receive(unsigned code, unsigned id, const Octets& tags, const wire::MacAddress& from) {
    return client->receive(from, packet(code, id, tags + host_uniq), now);
  }
  bool offer(unsigned number, const Octets& tags = tag(0x0101) + tag(0x0102, "ac")) {
    return receive(0x07, 0, tags, ac(number));
  }
  /// Whom the next packet went to, when it is a PADR.
  wire::MacAddress asked() {
    const auto sent = sink.take();
    return sent.size() == 1 && sent[0].code == 0x19 ? sent[0].to : wire::MacAddress{};
  }
  void be_silent() {
    for (int i = 0; i < 5; ++i) {
      sink.take();
      now = client->next_deadline();
      client->poll(now);
    }
  }

  Time now = 50s;
  DiscoveryList sink;
  SeededRandom random;
  std::optional<DiscoveryClient> client;
  Octets host_uniq;
};

// RFC 2516 §5.2: one AC-Name, the Service-Name of the PADI and any number of others.
TEST_F(DiscoveryOffers, TheServiceAskedForIsAmongThoseOffered) {
  const Octets name = tag(0x0102, "ac");
  start(for_service("gold"));
  EXPECT_TRUE(offer(1, name));
  EXPECT_TRUE(offer(2, name + tag(0x0101)));
  EXPECT_TRUE(offer(3, name + tag(0x0101, "golden") + tag(0x0101, "gol") + tag(0x0101, "Gold")));
  EXPECT_EQ(client->status(), Status::searching);
  offer(4, tag(0x0101, "silver") + name + tag(0x0101, "gold") + tag(0x0101, "bronze"));
  EXPECT_EQ(sink.sent.at(0).to, ac(4));
  EXPECT_EQ(value_of(sink.sent.at(0).tags, 0x0101), octets("gold"));
}

TEST_F(DiscoveryOffers, AnyServiceIsTakenWhenNoneWasAskedFor) {
  start();
  offer(1, tag(0x0102, "ac") + tag(0x0101, "silver") + tag(0x0101, "gold"));
  EXPECT_EQ(value_of(sink.sent.at(0).tags, 0x0101), Octets());
}

TEST_F(DiscoveryOffers, AnOfferNamesItsConcentratorAndAService) {
  start();
  EXPECT_TRUE(offer(1, tag(0x0101)));
  EXPECT_TRUE(offer(2, tag(0x0102, "ac")));
  EXPECT_TRUE(sink.sent.empty());
}

TEST_F(DiscoveryOffers, OnlyTheConcentratorOfTheName) {
  start(for_ac("bras-2"));
  EXPECT_TRUE(offer(1, tag(0x0101) + tag(0x0102, "bras-1")));
  EXPECT_TRUE(offer(2, tag(0x0101) + tag(0x0102, "bras-22")));
  EXPECT_TRUE(sink.sent.empty());
  offer(3, tag(0x0101) + tag(0x0102, "bras-2"));
  EXPECT_EQ(asked(), ac(3));
}

TEST_F(DiscoveryOffers, TheNextAfterARefusal) {
  start();
  offer(1);
  EXPECT_EQ(asked(), ac(1));
  offer(2);
  EXPECT_TRUE(receive(0x65, 0, tag(0x0202, "full"), ac(1)));
  EXPECT_EQ(asked(), ac(2));
  EXPECT_EQ(client->status(), Status::requesting);
  receive(0x65, 77, {}, ac(2));
  EXPECT_EQ(client->session().id, 77);
  EXPECT_EQ(client->session().ac_mac, ac(2));
  EXPECT_EQ(client->message(), "");
}

TEST_F(DiscoveryOffers, AnOfferThatCameWhileAnotherWasAskedCountsToo) {
  start();
  offer(1);
  receive(0x65, 0, {}, ac(1));
  EXPECT_EQ(client->status(), Status::failed) << "nobody else yet";
  start();
  offer(1);
  sink.take();
  now += 100ms;
  offer(2);
  receive(0x65, 0, {}, ac(1));
  EXPECT_EQ(asked(), ac(2));
}

TEST_F(DiscoveryOffers, TheNextAfterSilence) {
  start();
  offer(1);
  offer(2);
  be_silent();
  EXPECT_EQ(asked(), ac(2));
  be_silent();
  EXPECT_EQ(client->failure(), Failure::no_answer);
}

TEST_F(DiscoveryOffers, ARefusalIsToldEvenWhenTheLastWasSilent) {
  start();
  offer(1);
  offer(2);
  receive(0x65, 0, tag(0x0202, "full"), ac(1));
  be_silent();
  EXPECT_EQ(client->failure(), Failure::refused);
  EXPECT_EQ(client->message(), "AC-System-Error: full");
}

TEST_F(DiscoveryOffers, NineAreKeptAndEachIsAskedOnce) {
  start();
  for (unsigned i = 1; i <= 20; ++i) {
    EXPECT_TRUE(offer(i));
    EXPECT_TRUE(offer(i));
  }
  for (unsigned i = 1; i <= 9; ++i) {
    EXPECT_EQ(asked(), ac(i));
    receive(0x65, 0, {}, ac(i));
  }
  EXPECT_EQ(client->status(), Status::failed);
}

// RFC 2516 appendix A: Generic-Error may stand in a PADO.
TEST_F(DiscoveryOffers, AnOfferWithAnErrorIsNoneButIsTold) {
  start();
  EXPECT_TRUE(offer(1, tag(0x0101) + tag(0x0102, "ac") + tag(0x0203, "relay is full")));
  EXPECT_EQ(client->status(), Status::searching);
  for (int i = 0; i < 6; ++i) {
    now = client->next_deadline();
    client->poll(now);
  }
  EXPECT_EQ(client->failure(), Failure::refused);
  EXPECT_EQ(client->message(), "Generic-Error: relay is full");
}

TEST_F(DiscoveryOffers, AnErrorBeforeAGoodOfferIsForgotten) {
  start();
  offer(1, tag(0x0203, "relay is full"));
  offer(2);
  EXPECT_EQ(asked(), ac(2));
  offer(3, tag(0x0203, "late"));
  be_silent();
  EXPECT_EQ(client->failure(), Failure::no_answer);
  EXPECT_EQ(client->message(), "");
}

TEST_F(DiscoveryOffers, AConfirmationTooLateIsClosed) {
  start();
  offer(1);
  offer(2);
  be_silent();
  sink.take();
  EXPECT_TRUE(receive(0x65, 5, {}, ac(1)));
  EXPECT_EQ(sink.take(), (std::vector<SentDiscovery>{{ac(1), 0xa7, 5, {}}}));
  EXPECT_EQ(client->status(), Status::requesting);
  receive(0x65, 5, {}, ac(2));
  receive(0x65, 5, {}, ac(1));
  EXPECT_EQ(sink.take(), (std::vector<SentDiscovery>{{ac(1), 0xa7, 5, {}}}))
      << "the same id of another concentrator is another session";
  EXPECT_FALSE(receive(0x65, 6, {}, ac(3))) << "never asked";
  EXPECT_TRUE(sink.sent.empty());
}

}  // namespace
}  // namespace narrows::ppp
