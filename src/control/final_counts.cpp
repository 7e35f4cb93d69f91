// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/final_counts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace narrows::control {
namespace {

constexpr std::size_t kMaxSessions = 10;

using Text = std::back_insert_iterator<std::string>;
using PerDirection = std::array<std::uint64_t, kDirections>;

/// The same count of both directions.
template <typename Count>
PerDirection both(const stats::Report& report, Count count) {
  return {count(report.direction[0]), count(report.direction[1])};
}

void line(Text out, std::string_view name, const PerDirection& counts) {
  fmt::format_to(out, "  {:<28}{:>16}{:>16}\n", name, counts[0], counts[1]);
}

void line_unless_zero(Text out, std::string_view name, const PerDirection& counts) {
  if (counts[0] != 0 || counts[1] != 0) line(out, name, counts);
}

void add_directions(Text out, const stats::Report& report) {
  using Direction = stats::DirectionReport;
  fmt::format_to(out, "  {:<28}{:>16}{:>16}\n", "", kDirectionNames[0], kDirectionNames[1]);
  line(out, "received", both(report, [](const Direction& from) { return from.received; }));
  line(out, "forwarded", both(report, [](const Direction& from) { return from.forwarded; }));
  line(out, "punted", both(report, [](const Direction& from) { return from.punted; }));
  line(out, "dropped", both(report, [](const Direction& from) {
         return std::accumulate(from.dropped.begin(), from.dropped.end(), std::uint64_t{0});
       }));
  for (std::size_t reason = 0; reason < stats::kDropReasons; ++reason)
    line_unless_zero(out, fmt::format("  {}", stats::kDropReasonTexts[reason].name),
                     both(report, [&](const Direction& from) { return from.dropped[reason]; }));
  line(out, "forwarded IP octets",
       both(report, [](const Direction& from) { return from.forwarded_ip_octets; }));
  line_unless_zero(out, "fragmented", both(report, [](const Direction& from) { return from.fragmented; }));
  line_unless_zero(out, "  into fragments",
                   both(report, [](const Direction& from) { return from.fragments; }));
  for (std::size_t family = 0; family < kFamilies; ++family) {
    line(out, fmt::format("SYN {}", kFamilyNames[family]),
         both(report, [&](const Direction& from) { return from.syn[family]; }));
    line(out, fmt::format("  clamped {}", kFamilyNames[family]),
         both(report, [&](const Direction& from) { return from.clamped[family]; }));
  }
  for (std::size_t odd = 0; odd < stats::kOddCases; ++odd)
    line_unless_zero(out, fmt::format("odd: {}", stats::kOddCaseTexts[odd].name),
                     both(report, [&](const Direction& from) { return from.odd[odd]; }));
}

void add_sessions(Text out, const stats::Report& report) {
  if (report.sessions.empty()) return;
  const auto packets = [](const stats::SessionReport* session) {
    return session->direction[0].packets + session->direction[1].packets;
  };
  std::vector<const stats::SessionReport*> shown;
  for (const auto& session : report.sessions) shown.push_back(&session);
  std::stable_sort(shown.begin(), shown.end(),
                   [&](const auto* left, const auto* right) { return packets(left) > packets(right); });
  shown.resize(std::min(shown.size(), kMaxSessions));
  fmt::format_to(out, "sessions (packets forwarded)\n");
  for (const auto* session : shown)
    line(out, session->name, {session->direction[0].packets, session->direction[1].packets});
  if (shown.size() < report.sessions.size())
    fmt::format_to(out, "  and {} more\n", report.sessions.size() - shown.size());
}

void add_learned(Text out, const stats::Report& report) {
  if (!report.learned) return;
  fmt::format_to(out, "PPPoE sessions learned: {}, both MRUs known of {}\n", report.learned->count,
                 report.learned->agreed);
}

void add_ports(Text out, const stats::Report& report) {
  fmt::format_to(out, "ports\n");
  for (std::size_t side = 0; side < kSides; ++side) {
    const auto& port = report.port[side];
    fmt::format_to(out, "  {}: {} received, {} sent, {} originated", kSideNames[side], port.rx_packets,
                   port.tx_packets, port.originated);
    // All that follows means lost frames.
    const std::array<std::pair<std::uint64_t, const char*>, 4> losses{{
        {port.rx_missed, "missed"},
        {port.rx_errors, "received with errors"},
        {port.rx_no_mbuf, "without a buffer"},
        {port.tx_errors, "not sent"},
    }};
    for (const auto& [count, name] : losses)
      if (count != 0) fmt::format_to(out, ", {} {}", count, name);
    fmt::format_to(out, "\n");
  }
}

void add_control(Text out, const stats::Report& report) {
  if (std::all_of(report.control.begin(), report.control.end(), [](auto count) { return count == 0; }))
    return;
  fmt::format_to(out, "control thread\n");
  for (std::size_t event = 0; event < stats::kControlEvents; ++event)
    if (report.control[event] != 0)
      fmt::format_to(out, "  {:<28}{:>16}\n", stats::kControlEventTexts[event].name, report.control[event]);
}

}  // namespace

std::string final_counts(const stats::Report& report) {
  std::string text;
  const Text out(text);
  fmt::format_to(out, "narrows {} ({}), {:.1f} s\n", report.version, report.mode, report.uptime_seconds);
  add_directions(out, report);
  add_sessions(out, report);
  add_learned(out, report);
  add_ports(out, report);
  add_control(out, report);
  return text;
}

}  // namespace narrows::control
