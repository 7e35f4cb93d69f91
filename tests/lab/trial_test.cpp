// SPDX-License-Identifier: BSD-3-Clause
#include "trial.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace narrows::lab {
namespace {

TEST(Trial, WhatIsNotGivenIsTheDefault) {
  const Trial trial = parse_trial(R"({"frame": 0, "rate_pps": 2e6, "directions": "wan_to_lan"})");
  EXPECT_EQ(trial.frame_octets, 0u);
  EXPECT_EQ(trial.rate_pps, 2e6);
  EXPECT_EQ(trial.directions, (std::array{false, true}));
  EXPECT_EQ(trial.sessions, 1u);
}

TEST(Trial, RefusesWhatIsNone) {
  for (const char* text :
       {R"({"frame": 63})", R"({"frame": 1519})", R"({"sessions": 0})", R"({"sessions": 4095})",
        R"({"syn_percent": 101})", R"({"directions": "up"})", R"({"rate": 1})", R"({"seconds": 0})"})
    EXPECT_THROW(static_cast<void>(parse_trial(text)), std::invalid_argument) << text;
  EXPECT_THROW(static_cast<void>(parse_trial("{")), nlohmann::json::exception);
}

TEST(Trial, ResultInNanoseconds) {
  TrialResult result;
  result.directions[1].sent = 7;
  result.directions[1].latency.add(26);
  const auto json = to_json(result, 2.6e9);
  EXPECT_EQ(json["directions"]["wan_to_lan"]["sent"], 7);
  EXPECT_EQ(json["directions"]["wan_to_lan"]["latency_ns"].size(), 1u);
  EXPECT_DOUBLE_EQ(json["directions"]["wan_to_lan"]["latency_ns"][0][0].get<double>(), 10);
  EXPECT_TRUE(json["directions"]["lan_to_wan"]["latency_ns"].empty());
}

}  // namespace
}  // namespace narrows::lab
