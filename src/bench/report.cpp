// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "narrows/bench/arithmetic.h"

namespace narrows::bench {
namespace {

constexpr std::string_view kLegend =
    "\n"
    "ns, cycles: a packet's, in TSC cycles. scalar: as a share of what the scalar kernels took in the same "
    "rounds.\n"
    "10GbE, 25GbE: how much of such a line, frames back to back, one core does.\n"
    "adds: independent additions the core did in a TSC cycle meanwhile.\n";
constexpr std::string_view kDisturbed =
    "*: core or L3 had others to serve in all but a few rounds, so the figure is not the code's alone.\n";

double mpps(const Figure& figure) {
  return 1e3 / figure.ns;
}

/// "add, ipv4, vlan".
std::string what_text(const Setting& setting) {
  std::string text(name_of(setting.what, kCaseNames));
  if (setting.family != Family::ipv4) text += fmt::format(" {}", name_of(setting.family, kFamilyNames));
  if (setting.wrapping != Wrapping::plain)
    text += fmt::format(" {}", name_of(setting.wrapping, kWrappingNames));
  return text;
}

std::string line(const Figure& figure) {
  const Setting& setting = figure.setting;
  return fmt::format(
      "{:<17} {:>5} {:>5} {:>8} {:<6} {:<7} {:>6.2f} {:>7.1f} {:>7.1f} {:>7.2f} {:>6.0f}% {:>6.0f}% "
      "{:>5.1f}{}{}\n",
      what_text(setting), name_of(setting.frame, kFrameNames), fmt::format("{}%", setting.syn_percent),
      setting.sessions, name_of(setting.memory, kMemoryNames), simd::name_of(figure.level), figure.ns,
      figure.cycles, mpps(figure), figure.ratio_to_scalar,
      100 * line_share(figure.ns, figure.wire_octets, 10),
      100 * line_share(figure.ns, figure.wire_octets, 25), figure.adds_per_clock, figure.quiet ? " " : "*",
      setting.what == Case::loop ? fmt::format(" io {:.2f} ns, {:.2f} x io", figure.io_ns, figure.ratio_to_io)
                                 : std::string());
}

nlohmann::ordered_json object(const Figure& figure) {
  const Setting& setting = figure.setting;
  nlohmann::ordered_json object{{"case", name_of(setting.what, kCaseNames)},
                                {"frame", name_of(setting.frame, kFrameNames)},
                                {"syn_percent", setting.syn_percent},
                                {"sessions", setting.sessions},
                                {"level", simd::name_of(figure.level)},
                                {"memory", name_of(setting.memory, kMemoryNames)},
                                {"ns", figure.ns},
                                {"cycles", figure.cycles},
                                {"mpps", mpps(figure)},
                                {"quiet", figure.quiet},
                                {"family", name_of(setting.family, kFamilyNames)},
                                {"wrapping", name_of(setting.wrapping, kWrappingNames)},
                                {"best_ns", figure.best_ns},
                                {"adds_per_clock", figure.adds_per_clock},
                                {"l3_clocks", figure.l3_clocks},
                                {"ratio_to_scalar", figure.ratio_to_scalar},
                                {"rounds", figure.rounds},
                                {"gbe10_share", line_share(figure.ns, figure.wire_octets, 10)},
                                {"gbe25_share", line_share(figure.ns, figure.wire_octets, 25)}};
  if (setting.what == Case::loop) {
    object["io_ns"] = figure.io_ns;
    object["ratio_to_io"] = figure.ratio_to_io;
    object["bare_io_ns"] = figure.bare_io_ns;
    object["ratio_to_bare_io"] = figure.ratio_to_bare_io;
  }
  return object;
}

std::string target_line(const Outcome& outcome) {
  const Figure& figure = outcome.figure;
  const std::string_view unit = outcome.target.kind == Target::Kind::time ? "ns" : "x";
  return fmt::format("{:<34} {:>6.2f} {:>7.1f} {:>5.1f}{} {:>9} {:>9} {:>7.2f}  {}\n", outcome.target.text,
                     figure.ns, figure.cycles, figure.adds_per_clock, figure.quiet ? " " : "*",
                     fmt::format("{:.2f} {}", outcome.value, unit),
                     fmt::format("{:g} {}", outcome.target.limit, unit), figure.ratio_to_scalar,
                     outcome.met ? "met" : "missed");
}

}  // namespace

std::string table(const std::vector<Figure>& figures) {
  std::string text = fmt::format(
      "{:<17} {:>5} {:>5} {:>8} {:<6} {:<7} {:>6} {:>7} {:>7} {:>7} {:>7} {:>7} {:>5}\n", "case", "frame",
      "SYN", "sessions", "memory", "level", "ns", "cycles", "Mpps", "scalar", "10GbE", "25GbE", "adds");
  const Setting* before = nullptr;
  for (const Figure& figure : figures) {
    if (before != nullptr && *before != figure.setting) text += "\n";
    text += line(figure);
    before = &figure.setting;
  }
  text += kLegend;
  if (!std::ranges::all_of(figures, &Figure::quiet)) text += kDisturbed;
  return text;
}

std::string targets_table(const std::vector<Outcome>& outcomes) {
  if (outcomes.empty()) return {};
  std::string text = fmt::format("{:<34} {:>6} {:>7} {:>6} {:>9} {:>9} {:>7}\n",
                                 fmt::format("target, IMIX, {}", simd::name_of(outcomes[0].figure.level)),
                                 "ns", "cycles", "adds ", "is", "at most", "scalar");
  for (const Outcome& outcome : outcomes) text += target_line(outcome);
  return text +
         fmt::format("Times are compared in cycles: targets are those of a TSC of {} GHz.\n", kTargetGhz);
}

std::string json(const std::vector<Figure>& figures) {
  auto list = nlohmann::ordered_json::array();
  for (const Figure& figure : figures) list.push_back(object(figure));
  return list.dump(1) + "\n";
}

}  // namespace narrows::bench
