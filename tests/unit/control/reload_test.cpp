// SPDX-License-Identifier: BSD-3-Clause
/// A new configuration for sessions that are up: what goes on, what is dialled anew, what ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "line_fixture.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ReloadTest : public LineTest {
 protected:
  void start(std::size_t sessions) {
    start_ac(4);
    start_clients(sessions);
    ASSERT_TRUE(wait(5s, [&] { return up() == sessions; }));
  }
  [[nodiscard]] std::uint64_t dials() const { return client->dialer().client(0).status().dials; }
  [[nodiscard]] std::uint64_t padts() const { return count(stats::ControlEvent::padt_received); }
};

TEST_F(ReloadTest, NothingNewLeavesAllAlone) {
  start(2);
  const auto* table = client_snapshots->current();
  const auto result = client->reload(config, now);
  EXPECT_TRUE(result.done) << result.message;
  EXPECT_FALSE(wait(1s, [&] { return up() != 2; }));
  EXPECT_EQ(client_snapshots->current(), table);
}

TEST_F(ReloadTest, OtherLimitsWithoutDialling) {
  start(1);
  auto next = config;
  next.sessions[0].mss.ipv4 = {config::MssLimit::Kind::octets, 1300};
  next.sessions[0].client->echo_interval_s = 1;
  EXPECT_TRUE(client->reload(next, now).done);
  EXPECT_EQ(client_snapshots->current()->lan_to_wan(0).max_mss[0], 1300);
  EXPECT_FALSE(wait(3s, [&] { return up() != 1; }));
  EXPECT_EQ(dials(), 1u);
}

TEST_F(ReloadTest, WhatIsDialledAnewIsHungUpFirst) {
  start(2);
  auto next = config;
  next.sessions[0].client->service_name = "other";
  EXPECT_TRUE(client->reload(next, now).done);
  EXPECT_TRUE(wait(1s, [&] { return padts() == 1; }));
  EXPECT_TRUE(wait(5s, [&] { return up() == 2; }));
}

TEST_F(ReloadTest, RemovedAndAdded) {
  start(2);
  auto next = config;
  next.sessions.erase(next.sessions.begin());
  next.sessions.push_back(config.sessions[0]);
  next.sessions.back().name = "renamed";  // and with the VLAN of the one before
  const auto result = client->reload(next, now);
  EXPECT_THAT(result.message, HasSubstr("1 added (renamed), 1 removed (isp-0), 1 as before"));
  EXPECT_EQ(client_snapshots->current()->find_lan(1), 2) << "a place of its own";
  EXPECT_TRUE(wait(1s, [&] { return padts() == 1; }));
  EXPECT_TRUE(wait(5s, [&] { return client->board().get(2).state == stats::SessionState::up; }));
  EXPECT_EQ(client->board().get(0).state, stats::SessionState::down);
}

TEST_F(ReloadTest, ARefusalChangesNothing) {
  start(1);
  auto next = config;
  next.workers.burst = 7;
  next.sessions[0].client->password = "other";
  const auto result = client->reload(next, now);
  EXPECT_FALSE(result.done);
  EXPECT_THAT(result.message, HasSubstr("workers.burst"));
  EXPECT_THAT(result.message, ::testing::Not(HasSubstr("other")));
  EXPECT_FALSE(wait(2s, [&] { return up() != 1; }));
}

TEST_F(ReloadTest, WhileItDials) {
  start_ac(4);
  start_clients(1);
  for (int turns = 0; turns < 40; ++turns) {
    turn();
    auto next = config;
    next.sessions[0].client->service_name = std::to_string(turns);
    ASSERT_TRUE(client->reload(next, now).done);
  }
  EXPECT_TRUE(wait(90s, [&] { return client->board().get(0).state == stats::SessionState::up; }));
}

}  // namespace
}  // namespace narrows::control
