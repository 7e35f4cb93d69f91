// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/actions.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

namespace narrows::control {
namespace {

using namespace std::chrono_literals;

ActionResult echo(const Action& action) {
  return {true, "did " + action.session};
}

std::future<ActionResult> call_elsewhere(Actions& actions, const std::string& session) {
  return std::async(std::launch::async, [&actions, session] {
    return actions.call({Action::Kind::drop, session}, 30s);
  });
}

TEST(Actions, AreDoneByWhoRunsThemAndTheCallerHearsOfIt) {
  Actions actions;
  EXPECT_EQ(actions.run_waiting(echo), 0u);
  auto asked = call_elsewhere(actions, "isp");
  while (actions.run_waiting(echo) == 0) std::this_thread::yield();
  const auto result = asked.get();
  EXPECT_TRUE(result.done);
  EXPECT_EQ(result.message, "did isp");
}

TEST(Actions, WhatIsNotBegunInTimeIsTakenBack) {
  Actions actions;
  const auto result = actions.call({}, 1ms);
  EXPECT_FALSE(result.done);
  EXPECT_NE(result.message.find("busy"), std::string::npos) << result.message;
  EXPECT_EQ(actions.run_waiting(echo), 0u) << "nobody waits for it any more";
}

TEST(Actions, WhatTakesLongerIsSaidToGoOn) {
  Actions actions;
  auto asked = std::async(std::launch::async, [&] { return actions.call({}, 200ms); });
  ActionResult heard;
  const auto slow = [&](const Action&) {
    heard = asked.get();  // the caller has lost its patience
    return ActionResult{true, "done at last"};
  };
  while (actions.run_waiting(slow) == 0) std::this_thread::yield();
  EXPECT_FALSE(heard.done);
  EXPECT_NE(heard.message.find("still being done"), std::string::npos) << heard.message;
}

TEST(Actions, OnlySoManyWait) {
  Actions actions;
  std::vector<std::future<ActionResult>> asked;
  for (std::size_t i = 0; i < 2 * Actions::kMostWaiting; ++i) asked.push_back(call_elsewhere(actions, "isp"));
  const auto refused = [&asked] {
    std::size_t ready = 0;
    for (auto& one : asked) ready += one.wait_for(0s) == std::future_status::ready ? 1u : 0u;
    return ready;
  };
  while (refused() < Actions::kMostWaiting) std::this_thread::yield();
  EXPECT_EQ(actions.run_waiting(echo), Actions::kMostWaiting);
  std::size_t done = 0;
  for (auto& one : asked) done += one.get().done ? 1u : 0u;
  EXPECT_EQ(done, Actions::kMostWaiting);
}

TEST(Actions, ClosingRefusesThemAll) {
  Actions actions;
  auto asked = call_elsewhere(actions, "isp");
  actions.close();
  EXPECT_FALSE(asked.get().done);
  EXPECT_EQ(actions.call({}, 30s).message, "not done: Narrows is stopping");
}

}  // namespace
}  // namespace narrows::control
