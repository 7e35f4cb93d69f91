// SPDX-License-Identifier: BSD-3-Clause
/// Client and concentrators on a line that loses, doubles, reorders and changes packets, with strangers on
/// it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "discovery_fixture.h"
#include "line_noise.h"
#include "narrows/ppp/discovery_client.h"
#include "narrows/ppp/discovery_server.h"
#include "narrows/ppp/padt.h"

namespace narrows::ppp::discovery_test {

/// Two concentrators and a client.
/// @tparam Decisions  test::Random, or what stands in for it.
template <typename Decisions>
class Line {
 public:
  Line(Decisions lot, unsigned seed) : random(std::move(lot)), seeded(seed) {
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

  Decisions random;
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

/// What the client may send whatever it was sent.
inline void expect_sane(const SentDiscovery& sent) {
  const auto octets = sent.packet();
  EXPECT_LE(octets.size(), sent.code == 0x09 ? 1484U : 1500U);
  EXPECT_TRUE(wire::parse_pppoe_discovery(octets).has_value());
  EXPECT_TRUE(sent.code == 0x09 || sent.code == 0x19 || sent.code == 0xa7) << sent.code;
  EXPECT_EQ(sent.to == wire::kBroadcastMac, sent.code == 0x09);
  EXPECT_EQ(sent.session_id != 0, sent.code == 0xa7);
}

/// Whatever the client was sent.
inline void expect_sound(const DiscoveryClient& client) {
  using Status = DiscoveryClient::Status;
  const auto status = client.status();
  const bool waits = status == Status::searching || status == Status::requesting;
  ASSERT_EQ(client.next_deadline() == kNever, !waits);
  if (status == Status::confirmed) {
    EXPECT_TRUE(wire::is_session_id(client.session().id));
  }
  for (const char each : client.message()) EXPECT_TRUE(each >= ' ' && each <= '~');
  EXPECT_LE(client.message().size(), 128U);
  EXPECT_LE(client.session().ac_name.size(), 128U);
}

/// One more packet, changed or of a stranger, to everybody; then a while passes, or not.
/// @param heard  what was on the line so far; grows.
template <typename Decisions>
void disturb(Line<Decisions>& line, std::vector<Octets>& heard) {
  auto& random = line.random;
  for (const auto& each : line.from_client.sent) {
    expect_sane(each);
    heard.push_back(each.packet());
  }
  for (const auto& [mac, list] : line.from_servers)
    for (const auto& each : list.sent) heard.push_back(each.packet());
  const auto noise =
      random() % 8 == 0 ? random.octets(random() % 100) : test::mutated(random.one_of(heard), random);
  const auto from = random() % 4 == 0 ? wire::mac_from_integer(random()) : random() % 2 == 0 ? kAc : kOtherAc;
  line.client->receive(from, noise, line.now);
  for (auto& [mac, server] : line.servers) server.receive(from, noise, line.now);
  if (random() % 4 == 0) line.pass(8);
  if (random() % 8 == 0) line.now += std::chrono::milliseconds(random() % 1000);
  if (random() % 64 == 0) line.now += 1h;
  line.client->poll(line.now);
  expect_sound(*line.client);
  if (line.client->next_deadline() == kNever && random() % 4 == 0) line.client->start(line.now);
  if (random() % 64 == 0) line.client->stop();
}

}  // namespace narrows::ppp::discovery_test
