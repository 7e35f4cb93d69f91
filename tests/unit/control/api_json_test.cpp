// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/api_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "narrows/control/report_json.h"
#include "report_fixture.h"

namespace narrows::control {
namespace {

using Json = nlohmann::json;

TEST(ApiJson, TheConfigurationHasNoSecret) {
  config::Config config;
  config.statistics.token = "secret-token";
  auto& session = config.sessions.emplace_back();
  session.name = "isp";
  session.client.emplace();
  session.client->username = "user@isp";
  session.client->password = "secret-password";
  session.client->host_uniq = {0x73, 0x65};
  config.concentrator.emplace();
  config.concentrator->users["user"] = "secret-user";
  for (const auto mode : {config::Mode::terminate, config::Mode::concentrator}) {
    config.mode = mode;
    if (mode == config::Mode::terminate) config.concentrator.reset();
    const auto text = config_json(config);
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
    EXPECT_EQ(Json::parse(text)["statistics"]["token"], "***");
  }
}

TEST(ApiJson, AConcentratorsUsersAreOnlyCounted) {
  config::Config config;
  config.mode = config::Mode::concentrator;
  config.concentrator.emplace().users = {{"user", "secret"}, {"other", "secret"}};
  const auto text = config_json(config);
  EXPECT_EQ(text.find("secret"), std::string::npos) << text;
  EXPECT_EQ(Json::parse(text)["concentrator"]["users"], 2);
}

TEST(ApiJson, SessionsByPageAndState) {
  auto report = full_report();
  report.sessions.resize(2);
  report.sessions[1].status.state = stats::SessionState::lcp;
  const auto names = [&report](const SessionQuery& query) {
    std::string all;
    const auto page = Json::parse(sessions_json(report, query));
    for (const auto& session : page["sessions"]) all += session["name"].get<std::string>() + " ";
    return all + std::to_string(page["matching"].get<int>());
  };
  EXPECT_EQ(names({}), "isp isp-2.backup 2");
  EXPECT_EQ(names({0, 1, ""}), "isp 2");
  EXPECT_EQ(names({1, 1, ""}), "isp-2.backup 2");
  EXPECT_EQ(names({9, 1, ""}), "2");
  EXPECT_EQ(names({0, 9, "lcp"}), "isp-2.backup 1");
  EXPECT_EQ(names({0, 9, "not_up"}), "isp-2.backup 1");
  const auto totals = Json::parse(totals_json(report));
  EXPECT_EQ(totals["session_states"]["up"], 1);
  EXPECT_FALSE(totals.contains("sessions"));
}

}  // namespace
}  // namespace narrows::control
