// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "narrows/bench/targets.h"

namespace narrows::bench {
namespace {

bool has(const std::vector<Setting>& settings, const Setting& setting) {
  return std::ranges::find(settings, setting) != settings.end();
}

TEST(BenchSelection, EverySettingOnceAndNoneThatCannotBe) {
  const auto all = all_settings();
  EXPECT_EQ(std::set<Setting>(all.begin(), all.end()).size(), all.size());
  for (const Setting& setting : all) {
    EXPECT_TRUE(setting.what != Case::loop || setting.memory == Memory::hot);
    EXPECT_TRUE(setting.what != Case::transparent || setting.sessions == 1);
    EXPECT_TRUE(setting.sessions == 1 || setting.wrapping == Wrapping::vlan);
    EXPECT_EQ(setting.wrapping == Wrapping::pppoe && setting.what != Case::transparent, false);
  }
  // (add, strip: 3 wrappings × 2 memories; transparent: 2 × 2; loop: 3) × 2 families × 9 traffics
  EXPECT_EQ(all.size(), (6u + 6 + 4 + 3) * 2 * 9);
}

TEST(BenchSelection, UsualSettingsCoverEveryAxis) {
  const auto usual = select({});
  for (const auto what : {Case::add, Case::strip, Case::transparent, Case::loop})
    for (const auto memory : {Memory::hot, Memory::l3}) {
      if (what == Case::loop && memory == Memory::l3) continue;
      for (const auto frame : {Frame::octets_64, Frame::imix, Frame::octets_1500})
        EXPECT_TRUE(has(usual, {what, frame, 0, 1, Family::ipv4, Wrapping::plain, memory}));
      for (const auto syn : kSynPercents)
        EXPECT_TRUE(has(usual, {what, Frame::imix, syn, 1, Family::ipv4, Wrapping::plain, memory}));
      if (what != Case::transparent) {
        EXPECT_TRUE(has(usual, {what, Frame::imix, 0, kManySessions, Family::ipv4, Wrapping::vlan, memory}));
      }
    }
  EXPECT_LT(usual.size(), 60u);
}

TEST(BenchSelection, ANamedAxisIsTakenAsNamed) {
  const auto settings =
      select({.cases = {Case::strip}, .frames = {Frame::octets_1500}, .families = {Family::ipv6}});
  EXPECT_FALSE(settings.empty());
  for (const Setting& setting : settings) {
    EXPECT_EQ(setting.what, Case::strip);
    EXPECT_EQ(setting.frame, Frame::octets_1500);
    EXPECT_EQ(setting.family, Family::ipv6);
  }
  EXPECT_TRUE(has(settings, {Case::strip, Frame::octets_1500, 100, 1, Family::ipv6}));
}

TEST(BenchSelection, AllIsAllOfWhatIsNamed) {
  EXPECT_EQ(select({.all = true}), all_settings());
  EXPECT_EQ(select({.cases = {Case::loop}, .all = true}).size(), 3u * 2 * 9);
}

TEST(BenchSelection, NothingIsLeftOfAContradiction) {
  EXPECT_TRUE(select({.cases = {Case::transparent}, .session_counts = {kManySessions}, .all = true}).empty());
  EXPECT_TRUE(select({.cases = {Case::loop}, .memories = {Memory::l3}}).empty());
}

TEST(BenchSelection, TargetsNeedNoMoreThanTheySay) {
  const auto settings = select({.targets_only = true});
  for (const Setting& setting : settings) EXPECT_TRUE(is_needed_by_target(setting));
  for (const Target& target : targets()) {
    EXPECT_TRUE(has(settings, target.setting)) << target.text;
    if (target.kind == Target::Kind::over_setting) {
      EXPECT_TRUE(has(settings, target.other)) << target.text;
    }
  }
}

}  // namespace
}  // namespace narrows::bench
