// SPDX-License-Identifier: BSD-3-Clause
// Client and concentrator on a line that loses, doubles, reorders and changes packets, with strangers on it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "discovery_fixture.h"
#include "line_noise.h"
#include "narrows/ppp/discovery_client.h"
#include "narrows/ppp/discovery_server.h"
#include "narrows/ppp/padt.h"

namespace narrows::ppp {
namespace {

using namespace discovery_test;
using Status = DiscoveryClient::Status;
using Failure = DiscoveryClient::Failure;

/// More rounds than are good for every build: NARROWS_TEST_ROUNDS times as many.
unsigned rounds(unsigned usual) {
  const char* const factor = std::getenv("NARROWS_TEST_ROUNDS");
  return usual * (factor == nullptr ? 1U : static_cast<unsigned>(std::atoi(factor)));
}

/// Two concentrators and a client.
class Line {
 public:
  explicit Line(unsigned seed) : random(seed), seeded(seed) {
    DiscoverySettings settings;
    if (random() % 2 == 0) settings.service_name = "internet";
    if (random() % 4 == 0) settings.ac_name = "one";
    if (random() % 4 == 0) settings.host_uniq = random.octets(random() % 20);
    if (random() % 2 == 0) settings.max_payload = 1500;
    client.emplace(settings, from_client, seeded);
    for (const auto& [mac, name] : {std::pair{kAc, "one"}, std::pair{kOtherAc, "two"}})
      servers.try_emplace(
          mac, DiscoveryServerSettings{name, {"internet", "voice"}, 1500},
          [this, each = mac](const DiscoveryRequest&) { return allocate(each); }, from_servers[mac], seeded);
  }

  std::uint16_t allocate(const wire::MacAddress& mac) {
    if (random() % 16 < refusals) return 0;
    const auto id = ++last_id[mac];
    open.insert({mac, id});
    return id;
  }

  /// Brings everything to where it goes, badly.
  void pass(unsigned losses) {
    test::pass_badly(from_client.take(), random, losses, [&](const SentDiscovery& each) {
      for (auto& [mac, server] : servers) {
        if (each.to != mac && each.to != wire::kBroadcastMac) continue;
        if (const auto padt = parse_padt(each.packet())) open.erase({mac, padt->session_id});
        server.receive(kClient, each.packet(), now);
      }
    });
    for (auto& [mac, list] : from_servers)
      test::pass_badly(list.take(), random, losses, [&, from = mac](const SentDiscovery& each) {
        client->receive(from, each.packet(), now);
      });
  }

  test::Random random;
  SeededRandom seeded;
  Time now = 3s;
  unsigned refusals = 0;
  DiscoveryList from_client;
  std::map<wire::MacAddress, DiscoveryList> from_servers;
  std::optional<DiscoveryClient> client;
  std::map<wire::MacAddress, DiscoveryServer> servers;
  std::map<wire::MacAddress, std::uint16_t> last_id;
  std::set<std::pair<wire::MacAddress, std::uint16_t>> open;
};

TEST(DiscoveryRandom, ABadLineEndsInASessionOrAClearFailure) {
  unsigned confirmed = 0;
  const unsigned total = rounds(600);
  for (unsigned seed = 0; seed < total; ++seed) {
    Line line(seed);
    line.refusals = seed % 3 == 0 ? 4 : 0;
    const Time first = line.now;
    line.client->start(line.now);
    while (line.client->next_deadline() != kNever) {
      for (int i = 0; i < 3; ++i) line.pass(seed % 12);
      const Time deadline = line.client->next_deadline();
      if (deadline == kNever) break;
      line.now = std::max(line.now, deadline + std::chrono::milliseconds(line.random() % 3000));
      line.client->poll(line.now);
      ASSERT_GT(line.client->next_deadline(), line.now);
      ASSERT_LT(line.now - first, 2min);
    }
    if (line.client->status() == Status::confirmed) {
      ++confirmed;
      const auto& session = line.client->session();
      EXPECT_TRUE(line.open.contains({session.ac_mac, session.id})) << seed;
      EXPECT_TRUE(session.max_payload == 0 || session.max_payload == 1500);
    } else {
      EXPECT_TRUE(seed % 12 != 0 || line.refusals != 0) << "nothing was lost";
      EXPECT_EQ(line.client->status(), Status::failed);
      EXPECT_NE(line.client->failure(), Failure::none);
    }
  }
  EXPECT_GT(confirmed, total * 2 / 3);
}

/// What the client may send whatever it was sent.
void expect_sane(const SentDiscovery& sent) {
  const auto octets = sent.packet();
  EXPECT_LE(octets.size(), sent.code == 0x09 ? 1484U : 1500U);
  EXPECT_TRUE(wire::parse_pppoe_discovery(octets).has_value());
  EXPECT_TRUE(sent.code == 0x09 || sent.code == 0x19 || sent.code == 0xa7) << sent.code;
  EXPECT_EQ(sent.to == wire::kBroadcastMac, sent.code == 0x09);
  EXPECT_EQ(sent.session_id != 0, sent.code == 0xa7);
}

TEST(DiscoveryRandom, ChangedAndForeignPackets) {
  const unsigned total = rounds(400);
  for (unsigned seed = 0; seed < total; ++seed) {
    Line line(seed);
    auto& random = line.random;
    std::vector<Octets> heard{packet(0x65, 1, tag(0x0101))};
    line.client->start(line.now);
    for (unsigned step = 0; step < 60; ++step) {
      for (const auto& each : line.from_client.sent) {
        expect_sane(each);
        heard.push_back(each.packet());
      }
      for (const auto& [mac, list] : line.from_servers)
        for (const auto& each : list.sent) heard.push_back(each.packet());
      const auto noise =
          random() % 8 == 0 ? random.octets(random() % 100) : test::mutated(random.one_of(heard), random);
      const auto from = random() % 4 == 0   ? wire::mac_from_integer(random())
                        : random() % 2 == 0 ? kAc
                                            : kOtherAc;
      line.client->receive(from, noise, line.now);
      for (auto& [mac, server] : line.servers) server.receive(from, noise, line.now);
      if (random() % 4 == 0) line.pass(8);
      if (random() % 8 == 0) line.now += std::chrono::milliseconds(random() % 1000);
      if (random() % 64 == 0) line.now += 1h;
      line.client->poll(line.now);
      const auto status = line.client->status();
      const bool waits = status == Status::searching || status == Status::requesting;
      ASSERT_EQ(line.client->next_deadline() == kNever, !waits);
      if (status == Status::confirmed) {
        EXPECT_TRUE(wire::is_session_id(line.client->session().id));
      }
      for (const char each : line.client->message()) EXPECT_TRUE(each >= ' ' && each <= '~');
      EXPECT_LE(line.client->message().size(), 128U);
      EXPECT_LE(line.client->session().ac_name.size(), 128U);
      if (!waits && random() % 4 == 0) line.client->start(line.now);
      if (random() % 64 == 0) line.client->stop();
    }
  }
}

}  // namespace
}  // namespace narrows::ppp
