// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/targets.h"

#include <algorithm>
#include <array>

namespace narrows::bench {
namespace {

using enum Case;
using enum Memory;
using Kind = Target::Kind;

constexpr Setting imix(Case what, unsigned syn_percent, Memory memory, unsigned sessions = 1,
                       Wrapping wrapping = Wrapping::plain) {
  return {what, Frame::imix, syn_percent, sessions, Family::ipv4, wrapping, memory};
}

constexpr Target many_sessions(std::string_view text, Case what, Memory memory) {
  return {text, imix(what, 0, memory, kManySessions, Wrapping::vlan), Kind::over_setting, 1.3,
          imix(what, 0, memory, 1, Wrapping::vlan)};
}

/// One session of many is told apart by a VLAN, so the one session it is compared to has one too: the target
/// is about tables, not tags.
constexpr std::array kTargets{
    Target{"add, no SYN, hot", imix(add, 0, hot), Kind::time, 3},
    Target{"add, no SYN, L3", imix(add, 0, l3), Kind::time, 7},
    Target{"strip, no SYN, hot", imix(strip, 0, hot), Kind::time, 3},
    Target{"strip, no SYN, L3", imix(strip, 0, l3), Kind::time, 7},
    Target{"add, 100 % SYN, hot", imix(add, 100, hot), Kind::time, 7},
    Target{"add, 100 % SYN, L3", imix(add, 100, l3), Kind::time, 10},
    Target{"strip, 100 % SYN, hot", imix(strip, 100, hot), Kind::time, 7},
    Target{"strip, 100 % SYN, L3", imix(strip, 100, l3), Kind::time, 10},
    Target{"transparent, plain IP, hot", imix(transparent, 0, hot), Kind::time, 2},
    Target{"transparent, plain IP, L3", imix(transparent, 0, l3), Kind::time, 5},
    Target{"transparent, PPPoE, hot", imix(transparent, 0, hot, 1, Wrapping::pppoe), Kind::time, 2},
    Target{"transparent, PPPoE, L3", imix(transparent, 0, l3, 1, Wrapping::pppoe), Kind::time, 5},
    Target{"loop over io, same ports", imix(loop, 0, hot), Kind::over_io, 1.25},
    many_sessions("add, 4,000 sessions over 1, hot", add, hot),
    many_sessions("add, 4,000 sessions over 1, L3", add, l3),
    many_sessions("strip, 4,000 sessions over 1, hot", strip, hot),
    many_sessions("strip, 4,000 sessions over 1, L3", strip, l3),
};

const Figure* find(const std::vector<Figure>& figures, const Setting& setting, simd::Level level) {
  const auto found = std::ranges::find_if(
      figures, [&](const Figure& figure) { return figure.setting == setting && figure.level == level; });
  return found == figures.end() ? nullptr : &*found;
}

}  // namespace

std::span<const Target> targets() {
  return kTargets;
}

bool is_needed_by_target(const Setting& setting) {
  return std::ranges::any_of(kTargets, [&](const Target& target) {
    return target.setting == setting || (target.kind == Kind::over_setting && target.other == setting);
  });
}

std::vector<Outcome> judge(const std::vector<Figure>& figures, simd::Level level) {
  std::vector<Outcome> outcomes;
  for (const Target& target : kTargets) {
    const Figure* figure = find(figures, target.setting, level);
    const Figure* other = target.kind == Kind::over_setting ? find(figures, target.other, level) : figure;
    if (figure == nullptr || other == nullptr) continue;
    const double value = target.kind == Kind::time      ? figure->cycles / kTargetGhz
                         : target.kind == Kind::over_io ? figure->ratio_to_io
                                                        : figure->cycles / other->cycles;
    outcomes.push_back({target, *figure, value, value <= target.limit});
  }
  return outcomes;
}

}  // namespace narrows::bench
