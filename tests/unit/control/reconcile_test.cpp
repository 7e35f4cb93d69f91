// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/reconcile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace narrows::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr SessionRoom kRoom{.most = 4, .used = 0, .settled = true};

config::Session client(const std::string& name, std::uint16_t vlan) {
  config::Session session;
  session.name = name;
  session.lan.vlan = vlan;
  session.client.emplace();
  session.client->username = "user@isp";
  session.client->password = "secret";
  return session;
}

config::Config two_sessions() {
  config::Config config;
  config.sessions = {client("a", 1), client("b", 2)};
  return config;
}

struct Key {
  std::string key;
  std::function<void(config::Config&)> change;
};

TEST(Reconcile, NothingDiffers) {
  const auto config = two_sessions();
  const auto result = reconcile(config, config, kRoom);
  EXPECT_THAT(result.refused, IsEmpty());
  EXPECT_THAT(result.sessions, IsEmpty());
  EXPECT_EQ(result.kept, 2u);
  EXPECT_EQ(describe(result, config), "nothing has changed");
}

TEST(Reconcile, RefusesWhatCannotChange) {
  const std::vector<Key> keys{
      {"mode", [](auto& c) { c.mode = config::Mode::transparent; }},
      {"workers.lcores", [](auto& c) { c.workers.lcores = {7}; }},
      {"workers.burst", [](auto& c) { c.workers.burst = 1; }},
      {"workers.idle", [](auto& c) { c.workers.idle = config::Idle::spin; }},
      {"workers.spread", [](auto& c) { c.workers.spread = config::Spread::off; }},
      {"ports.lan.device", [](auto& c) { c.lan.device = "other"; }},
      {"ports.lan.mac", [](auto& c) { c.lan.mac.emplace(); }},
      {"ports.lan.mtu", [](auto& c) { c.lan.mtu_octets = 9000; }},
      {"ports.wan.device", [](auto& c) { c.wan.device = "other"; }},
      {"ports.wan.mac", [](auto& c) { c.wan.mac.emplace(); }},
      {"ports.wan.mtu", [](auto& c) { c.wan.mtu_octets = 9000; }},
      {"checksum", [](auto& c) { c.checksum = config::ChecksumPolicy::hardware; }},
      {"statistics", [](auto& c) { c.statistics.listen.reset(); }},
      {"mtu: learn", [](auto& c) { c.learn_mtu = true; }},
      {"concentrator", [](auto& c) { c.concentrator.emplace(); }},
  };
  const auto running = two_sessions();
  auto all = running;
  for (const auto& [key, change] : keys) {
    auto next = running;
    change(next);
    EXPECT_THAT(reconcile(running, next, kRoom).refused, ElementsAre(key)) << key;
    if (key != "mode") change(all);
  }
  const auto refused = reconcile(running, all, kRoom);
  EXPECT_EQ(refused.refused.size(), keys.size() - 1) << "all of them in one message";
  EXPECT_THAT(describe_refusal(refused), HasSubstr("workers.burst, workers.idle"));
}

TEST(Reconcile, TakesTheOthers) {
  const std::vector<Key> keys{
      {"mtu", [](auto& c) { c.mtu_octets = 1400; }},
      {"mss", [](auto& c) { c.mss.tunnels = true; }},
      {"icmp.rate", [](auto& c) { c.icmp.per_second = 1; }},
      {"icmp.ipv6_source", [](auto& c) { c.icmp.ipv6_source.emplace(); }},
  };
  const auto running = two_sessions();
  for (const auto& [key, change] : keys) {
    auto next = running;
    change(next);
    const auto result = reconcile(running, next, kRoom);
    EXPECT_THAT(result.refused, IsEmpty()) << key;
    EXPECT_THAT(result.settings, ElementsAre(key));
  }
}

TEST(Reconcile, WhatBecomesOfASession) {
  using Change = std::function<void(config::Session&)>;
  const std::vector<std::pair<SessionStep, Change>> cases{
      {SessionStep::keep, [](auto&) {}},
      {SessionStep::change, [](auto& s) { s.lan.vlan = 3; }},
      {SessionStep::change, [](auto& s) { s.lan.gateway.emplace(); }},
      {SessionStep::change, [](auto& s) { s.lan.peer_mac.emplace(); }},
      {SessionStep::change, [](auto& s) { s.lan.hand_out = config::HandOut::dhcp; }},
      {SessionStep::change, [](auto& s) { s.lan.mask = config::HandOutMask::host; }},
      {SessionStep::change, [](auto& s) { s.wan.pcp = 5; }},
      {SessionStep::change, [](auto& s) { s.mss.tunnels = true; }},
      {SessionStep::change, [](auto& s) { s.client->echo_interval_s = 1; }},
      {SessionStep::change, [](auto& s) { s.client->echo_failures = 1; }},
      {SessionStep::change, [](auto& s) { s.client->redial_first_s = 2; }},
      {SessionStep::change, [](auto& s) { s.client->redial_max_s = 2; }},
      {SessionStep::redial, [](auto& s) { s.client->username = "x"; }},
      {SessionStep::redial, [](auto& s) { s.client->password = "x"; }},
      {SessionStep::redial, [](auto& s) { s.client->service_name = "x"; }},
      {SessionStep::redial, [](auto& s) { s.client->ac_name = "x"; }},
      {SessionStep::redial, [](auto& s) { s.client->auth = {config::AuthMethod::pap}; }},
      {SessionStep::redial, [](auto& s) { s.client->max_payload = false; }},
      {SessionStep::redial, [](auto& s) { s.client->host_uniq.emplace(); }},
      {SessionStep::redial, [](auto& s) { s.wan.vlans = {835}; }},
      {SessionStep::redial, [](auto& s) { s.mtu_octets = 1400; }},
      {SessionStep::redial, [](auto& s) { s.client.reset(); }},
  };
  for (const auto& [step, change] : cases) {
    auto next = client("a", 1);
    change(next);
    EXPECT_EQ(step_of(client("a", 1), next), step) << &step - &cases.front().first;
  }
}

TEST(Reconcile, AStaticSessionHasNothingToDial) {
  config::Session running;
  running.name = "a";
  auto next = running;
  next.fixed.id = 7;
  next.mtu_octets = 1400;
  next.wan.vlans = {835};
  EXPECT_EQ(step_of(running, next), SessionStep::change);
}

TEST(Reconcile, SessionsKeepTheirPlaces) {
  const auto running = two_sessions();
  auto next = running;
  next.sessions = {client("c", 3), client("b", 2)};
  const auto result = reconcile(running, next, kRoom);
  EXPECT_THAT(result.sessions,
              ElementsAre(SessionChange{0, SessionStep::remove}, SessionChange{2, SessionStep::add}));
  ASSERT_EQ(result.config.sessions.size(), 3u);
  EXPECT_TRUE(result.config.sessions[0].is_vacant()) << "a worker may still look at the old table";
  EXPECT_EQ(result.config.sessions[1].name, "b");
  EXPECT_EQ(describe(result, running), "sessions: 1 added (c), 1 removed (a), 1 as before");
}

TEST(Reconcile, VacantPlacesAreHadAgainOnceNobodyLooks) {
  auto running = two_sessions();
  running.sessions[0] = {};
  auto next = two_sessions();
  next.sessions = {client("b", 2), client("c", 3)};
  const auto place = [&](bool settled) {
    return reconcile(running, next, {.most = 4, .used = 2, .settled = settled}).sessions.front().session;
  };
  EXPECT_EQ(place(true), 0u);
  EXPECT_EQ(place(false), 2u);
}

TEST(Reconcile, PlacesBeyondTheEndMayStillBeLookedAt) {
  auto running = two_sessions();
  auto next = running;
  next.sessions.push_back(client("c", 3));
  EXPECT_EQ(reconcile(running, next, {.most = 8, .used = 5, .settled = false}).sessions.front().session, 5u);
}

TEST(Reconcile, NoRoom) {
  const auto running = two_sessions();
  auto next = running;
  next.sessions = {client("c", 1), client("d", 2), client("e", 3)};
  const auto result = reconcile(running, next, {.most = 4, .used = 2, .settled = true});
  EXPECT_THAT(describe_refusal(result), HasSubstr("no room for e"));
}

}  // namespace
}  // namespace narrows::control
