// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/discovery_server.h"

#include <gtest/gtest.h>

#include <set>

#include "discovery_fixture.h"
#include "narrows/ppp/discovery_client.h"

namespace narrows::ppp {
namespace {

using namespace discovery_test;

using Outcome = DiscoveryServer::Outcome;

class DiscoveryServerTest : public testing::Test {
 protected:
  DiscoveryServerTest() { make({.ac_name = "narrows", .services = {}}); }
  void make(const DiscoveryServerSettings& settings) {
    server.emplace(
        settings,
        [this](const DiscoveryRequest& request) {
          requests.push_back({request.client_mac, {request.host_uniq.begin(), request.host_uniq.end()}});
          return static_cast<std::uint16_t>(full ? 0 : requests.size());
        },
        sink, random);
  }
  Outcome receive(unsigned code, const Octets& tags, const wire::MacAddress& from = kClient) {
    return server->receive(from, packet(code, 0, tags), now);
  }
  /// The cookie that a client is offered.
  Octets cookie(const wire::MacAddress& client = kClient) {
    EXPECT_EQ(receive(0x09, tag(0x0101), client), Outcome::offered);
    return tag(0x0104, value_of(sink.take().front().tags, 0x0104));
  }

  Time now = 10s;
  DiscoveryList sink;
  SeededRandom random;
  bool full = false;
  std::vector<std::pair<wire::MacAddress, Octets>> requests;
  std::optional<DiscoveryServer> server;
};

// RFC 2516 §5.2: unicast, code 0x07, SESSION_ID 0, AC-Name, the PADI's Service-Name.
TEST_F(DiscoveryServerTest, ThePado) {
  EXPECT_EQ(receive(0x09, tag(0x0101, "x") + tag(0x0103, "me") + tag(0x0110, "relay")), Outcome::offered);
  ASSERT_EQ(sink.sent.size(), 1U);
  const auto& pado = sink.sent[0];
  EXPECT_EQ(pado.to, kClient);
  EXPECT_EQ(pado.code, 0x07U);
  EXPECT_EQ(pado.session_id, 0U);
  EXPECT_EQ(value_of(pado.tags, 0x0101), octets("x"));
  EXPECT_EQ(value_of(pado.tags, 0x0102), octets("narrows"));
  EXPECT_EQ(value_of(pado.tags, 0x0103), octets("me"));
  EXPECT_EQ(value_of(pado.tags, 0x0104).size(), 16U);
  EXPECT_EQ(value_of(pado.tags, 0x0110), octets("relay"));
  EXPECT_FALSE(has_tag(pado.tags, 0x0120));
}

TEST_F(DiscoveryServerTest, WhatWasNotSentIsNotEchoed) {
  receive(0x09, tag(0x0101));
  EXPECT_FALSE(has_tag(sink.sent.at(0).tags, 0x0103));
  EXPECT_FALSE(has_tag(sink.sent.at(0).tags, 0x0110));
}

// RFC 2516 §5.2: a PADI that cannot be served MUST NOT be answered; other services are named.
TEST_F(DiscoveryServerTest, ServicesOffered) {
  make({.ac_name = "narrows", .services = {"gold", "silver"}});
  EXPECT_EQ(receive(0x09, tag(0x0101, "bronze")), Outcome::ignored);
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_EQ(receive(0x09, tag(0x0101, "silver")), Outcome::offered);
  const auto tags = sink.take().front().tags;
  const auto expected = tag(0x0102, "narrows") + tag(0x0101, "silver");
  EXPECT_EQ(Octets(tags.begin(), tags.begin() + static_cast<std::ptrdiff_t>(expected.size())), expected);
  EXPECT_EQ(Octets(tags.end() - 8, tags.end()), tag(0x0101, "gold"));
  EXPECT_EQ(receive(0x09, tag(0x0101)), Outcome::offered) << "any";
}

// RFC 2516 §5.1: exactly one Service-Name, SESSION_ID 0.
TEST_F(DiscoveryServerTest, APadiThatIsNone) {
  EXPECT_EQ(receive(0x09, {}), Outcome::ignored);
  EXPECT_EQ(receive(0x09, tag(0x0101) + tag(0x0101, "x")), Outcome::ignored);
  EXPECT_EQ(server->receive(kClient, packet(0x09, 1, tag(0x0101)), now), Outcome::ignored);
  EXPECT_EQ(receive(0x09, tag(0x0101), wire::kBroadcastMac), Outcome::ignored);
  EXPECT_EQ(receive(0x09, tag(0x0101), {}), Outcome::ignored);
  for (const unsigned code : {0x00U, 0x07U, 0x65U, 0xa7U, 0xd3U})
    EXPECT_EQ(receive(code, tag(0x0101)), Outcome::ignored);
  EXPECT_EQ(receive(0x09, tag(0x0101) + tag(0x0103, Octets(1456))), Outcome::ignored) << "no room to echo it";
  EXPECT_TRUE(sink.sent.empty());
}

// RFC 2516 §5.4: unicast, a unique SESSION_ID, exactly one Service-Name; Host-Uniq and Relay-Session-Id as
// they came.
TEST_F(DiscoveryServerTest, ThePads) {
  const auto shown = cookie();
  EXPECT_EQ(receive(0x19, tag(0x0101, "x") + shown + tag(0x0103, "me") + tag(0x0110, "relay")),
            Outcome::confirmed);
  EXPECT_EQ(sink.take(),
            (std::vector<SentDiscovery>{
                {kClient, 0x65, 1, tag(0x0101, "x") + tag(0x0103, "me") + tag(0x0110, "relay")}}));
  EXPECT_EQ(requests, (std::vector<std::pair<wire::MacAddress, Octets>>{{kClient, octets("me")}}));
}

TEST_F(DiscoveryServerTest, WithoutTheRightCookieAPadrIsIgnored) {
  auto shown = cookie();
  const auto others = cookie({{2, 2, 2, 2, 2, 2}});
  EXPECT_NE(shown, others);
  EXPECT_EQ(receive(0x19, tag(0x0101)), Outcome::ignored);
  EXPECT_EQ(receive(0x19, tag(0x0101) + tag(0x0104)), Outcome::ignored);
  EXPECT_EQ(receive(0x19, tag(0x0101) + others), Outcome::ignored);
  for (std::size_t at = 4; at < shown.size(); ++at) {
    auto wrong = shown;
    wrong[at] ^= 0x80;
    EXPECT_EQ(receive(0x19, tag(0x0101) + wrong), Outcome::ignored);
  }
  auto longer = tag(0x0104, Octets(shown.begin() + 4, shown.end()) + Octets{0});
  EXPECT_EQ(receive(0x19, tag(0x0101) + longer), Outcome::ignored);
  EXPECT_TRUE(sink.sent.empty());
  EXPECT_TRUE(requests.empty());
}

TEST_F(DiscoveryServerTest, AnotherProcessHasOtherCookies) {
  const auto before = cookie();
  make({.ac_name = "narrows", .services = {}});
  EXPECT_NE(cookie(), before);
}

TEST_F(DiscoveryServerTest, ARepeatedPadrGetsTheSameSession) {
  const auto padr = tag(0x0101) + cookie() + tag(0x0103, "me");
  EXPECT_EQ(receive(0x19, padr), Outcome::confirmed);
  const auto first = sink.take();
  now += DiscoveryServer::kRepeatWindow - 1ns;
  EXPECT_EQ(receive(0x19, padr), Outcome::repeated);
  EXPECT_EQ(sink.take(), first);
  EXPECT_EQ(requests.size(), 1U);
  now += 1ns;
  EXPECT_EQ(receive(0x19, padr), Outcome::confirmed) << "another attempt";
  EXPECT_EQ(sink.take().front().session_id, 2U);
}

TEST_F(DiscoveryServerTest, AnotherHostUniqOrClientIsAnotherSession) {
  const auto shown = cookie();
  const wire::MacAddress other{{2, 2, 2, 2, 2, 2}};
  const auto others = cookie(other);
  receive(0x19, tag(0x0101) + shown + tag(0x0103, "me"));
  EXPECT_EQ(receive(0x19, tag(0x0101) + shown + tag(0x0103, "not me")), Outcome::confirmed);
  EXPECT_EQ(receive(0x19, tag(0x0101) + shown), Outcome::confirmed);
  EXPECT_EQ(receive(0x19, tag(0x0101) + others + tag(0x0103, "me"), other), Outcome::confirmed);
  EXPECT_EQ(requests.size(), 4U);
}

TEST_F(DiscoveryServerTest, AForgottenSessionIsNotConfirmedAgain) {
  const auto padr = tag(0x0101) + cookie() + tag(0x0103, "me");
  receive(0x19, padr);
  server->forget(1);
  now += 20s;
  EXPECT_EQ(receive(0x19, padr), Outcome::confirmed);
  EXPECT_EQ(sink.take().back().session_id, 2U);
  now += 15s;  // the first grant's end, not the second's
  EXPECT_EQ(receive(0x19, padr), Outcome::repeated);
}

// RFC 2516 §5.4: a Service-Name it does not like: PADS with Service-Name-Error and SESSION_ID 0.
TEST_F(DiscoveryServerTest, AnUnknownServiceIsRefused) {
  make({.ac_name = "narrows", .services = {"gold"}});
  const auto shown = cookie();
  for (const auto& service : {tag(0x0101, "bronze"), Octets(), tag(0x0101, "gold") + tag(0x0101, "gold")}) {
    EXPECT_EQ(receive(0x19, service + shown + tag(0x0103, "me")), Outcome::refused);
    const auto pads = sink.take().front();
    EXPECT_EQ(pads.session_id, 0U);
    EXPECT_TRUE(has_tag(pads.tags, 0x0201));
    EXPECT_EQ(value_of(pads.tags, 0x0103), octets("me"));
  }
  EXPECT_TRUE(requests.empty());
}

TEST_F(DiscoveryServerTest, NoSessionLeft) {
  const auto padr = tag(0x0101) + cookie() + tag(0x0103, "me");
  full = true;
  EXPECT_EQ(receive(0x19, padr), Outcome::refused);
  EXPECT_EQ(sink.sent.at(0).session_id, 0U);
  EXPECT_TRUE(has_tag(sink.sent.at(0).tags, 0x0202));
  full = false;
  EXPECT_EQ(receive(0x19, padr), Outcome::confirmed) << "a refusal is not kept";
}

// RFC 4638 §4: the tag is echoed in PADO and PADS when the server supports more than 1492.
TEST_F(DiscoveryServerTest, MaxPayload) {
  make({.ac_name = "narrows", .services = {}, .max_payload = 1500});
  const auto granted = [&](const Octets& asked) {
    receive(0x09, tag(0x0101) + asked);
    const auto pado = sink.take().front().tags;
    receive(0x19, tag(0x0101) + asked + tag(0x0104, value_of(pado, 0x0104)) + tag(0x0103, asked));
    const auto pads = sink.take().front().tags;
    EXPECT_EQ(has_tag(pado, 0x0120), has_tag(pads, 0x0120));
    if (!has_tag(pads, 0x0120)) return Octets();
    EXPECT_EQ(value_of(pado, 0x0120), value_of(pads, 0x0120));
    return value_of(pads, 0x0120);
  };
  EXPECT_EQ(granted({}), Octets());
  EXPECT_EQ(granted(tag(0x0120, test::be16(1500))), test::be16(1500));
  EXPECT_EQ(granted(tag(0x0120, test::be16(1496))), test::be16(1496));
  EXPECT_EQ(granted(tag(0x0120, test::be16(1492))), Octets());
  EXPECT_EQ(granted(tag(0x0120, test::be16(9000))), test::be16(1500));
  EXPECT_EQ(granted(tag(0x0120, Octets{5})), Octets());
  make({.ac_name = "narrows", .services = {}});
  EXPECT_EQ(granted(tag(0x0120, test::be16(1500))), Octets());
}

TEST_F(DiscoveryServerTest, MalformedPacketsAreIgnored) {
  const auto whole = packet(0x19, 0, tag(0x0101) + cookie());
  for (std::size_t octets = 0; octets < whole.size(); ++octets)
    EXPECT_EQ(server->receive(
                  kClient, Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(octets)), now),
              Outcome::ignored);
  EXPECT_TRUE(sink.sent.empty());
}

}  // namespace
}  // namespace narrows::ppp
