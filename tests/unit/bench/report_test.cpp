// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace narrows::bench {
namespace {

Figure figure_of(Case what) {
  return {.setting = {.what = what, .syn_percent = 1, .memory = Memory::l3},
          .level = simd::Level::avx512,
          .cycles = 13,
          .ns = 5,
          .adds_per_clock = 4.9,
          .ratio_to_scalar = 0.25,
          .io_ns = 4,
          .wire_octets = 84,
          .rounds = 5,
          .quiet = true};
}

TEST(BenchReport, JsonHasWhatScriptsRelyOn) {
  const auto list = nlohmann::json::parse(json({figure_of(Case::add)}));
  ASSERT_EQ(list.size(), 1u);
  auto object = list[0];
  const nlohmann::json expected{{"case", "add"},     {"frame", "imix"}, {"syn_percent", 1}, {"sessions", 1},
                                {"level", "avx512"}, {"memory", "l3"},  {"ns", 5.0},        {"cycles", 13.0},
                                {"mpps", 200.0},     {"quiet", true}};
  for (const auto& [key, value] : expected.items()) EXPECT_EQ(object[key], value) << key;
  EXPECT_NEAR(object["gbe10_share"].get<double>(), 13.44, 1e-9);
  EXPECT_FALSE(object.contains("io_ns"));
  EXPECT_TRUE(nlohmann::json::parse(json({figure_of(Case::loop)}))[0].contains("io_ns"));
}

TEST(BenchReport, ADisturbedFigureIsMarked) {
  Figure figure = figure_of(Case::strip);
  EXPECT_EQ(table({figure}).find('*'), std::string::npos);
  figure.quiet = false;
  EXPECT_NE(table({figure}).find("4.9*"), std::string::npos);
}

TEST(BenchReport, TargetsSayWhetherTheyAreMet) {
  Figure figure = figure_of(Case::add);
  figure.setting = {Case::add};
  EXPECT_NE(targets_table(judge({figure}, figure.level)).find("missed"), std::string::npos);
  figure.cycles = 7;
  EXPECT_NE(targets_table(judge({figure}, figure.level)).find("met"), std::string::npos);
  EXPECT_EQ(targets_table({}), "");
}

}  // namespace
}  // namespace narrows::bench
