// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/selection.h"

#include <algorithm>

#include "narrows/bench/targets.h"

namespace narrows::bench {
namespace {

bool exists(const Setting& setting) {
  if (setting.what == Case::loop && setting.memory != Memory::hot) return false;
  if (setting.what == Case::transparent) return setting.sessions == 1 && setting.wrapping != Wrapping::vlan;
  return setting.wrapping == (setting.sessions == 1 ? Wrapping::plain : Wrapping::vlan) ||
         (setting.sessions == 1 && setting.wrapping == Wrapping::vlan);
}

template <typename Value>
bool is_named(const std::vector<Value>& axis, const Value& value) {
  return axis.empty() || std::ranges::find(axis, value) != axis.end();
}

bool fits(const Selection& selection, const Setting& setting) {
  return is_named(selection.cases, setting.what) && is_named(selection.frames, setting.frame) &&
         is_named(selection.syn_percents, setting.syn_percent) &&
         is_named(selection.session_counts, setting.sessions) &&
         is_named(selection.families, setting.family) && is_named(selection.wrappings, setting.wrapping) &&
         is_named(selection.memories, setting.memory);
}

/// Of the axes nobody named at most one is off its usual value; and what the targets need is always there.
bool is_usual(const Selection& selection, const Setting& setting) {
  if (is_needed_by_target(setting)) return true;
  const bool many = setting.sessions != 1;
  if (selection.wrappings.empty() && setting.wrapping != (many ? Wrapping::vlan : Wrapping::plain))
    return false;
  if (selection.families.empty() && setting.family != Family::ipv4) return false;
  return int{selection.frames.empty() && setting.frame != Frame::imix} +
             int{selection.syn_percents.empty() && setting.syn_percent != 0} +
             int{selection.session_counts.empty() && many} <=
         1;
}

}  // namespace

std::vector<Setting> all_settings() {
  std::vector<Setting> settings;
  for (const auto what : {Case::add, Case::strip, Case::transparent, Case::loop})
    for (const auto family : {Family::ipv4, Family::ipv6})
      for (const auto wrapping : {Wrapping::plain, Wrapping::vlan, Wrapping::pppoe})
        for (const auto memory : {Memory::hot, Memory::l3})
          for (const auto sessions : kSessionCounts)
            for (const auto frame : {Frame::octets_64, Frame::imix, Frame::octets_1500})
              for (const auto syn_percent : kSynPercents) {
                const Setting setting{what, frame, syn_percent, sessions, family, wrapping, memory};
                if (exists(setting)) settings.push_back(setting);
              }
  return settings;
}

std::vector<Setting> select(const Selection& selection) {
  std::vector<Setting> settings = all_settings();
  std::erase_if(settings, [&](const Setting& setting) {
    if (!fits(selection, setting)) return true;
    if (selection.targets_only) return !is_needed_by_target(setting);
    return !selection.all && !is_usual(selection, setting);
  });
  return settings;
}

}  // namespace narrows::bench
