// SPDX-License-Identifier: BSD-3-Clause
#include "report_prometheus_sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

#include "narrows/config/config.h"

namespace narrows::control {
namespace {

using enum MetricType;
using Session = stats::SessionReport;

constexpr double kSecondsPerNs = 1e-9;

double round_trip_seconds(const Session& session) {
  return static_cast<double>(session.status.echo_round_trip_ns) * kSecondsPerNs;
}

bool is_up(const Session& session) {
  return session.status.state == stats::SessionState::up;
}

/// How a value is distributed over those sessions that have it.
template <std::size_t N>
struct Distribution {
  std::array<double, N> bounds{};
  std::array<std::uint64_t, N + 1> counts{};
  double sum = 0;

  explicit Distribution(const std::array<double, N>& rows) : bounds(rows) {}
  void observe(double value) {
    ++counts[static_cast<std::size_t>(std::ranges::lower_bound(bounds, value) - bounds.begin())];
    sum += value;
  }
};

constexpr std::array kUptimes{60.0, 600.0, 3600.0, 21600.0, 86400.0, 604800.0};
constexpr std::array kRoundTrips{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0};
constexpr std::array kMtus{576.0, 1280.0, 1400.0, 1454.0, 1480.0, 1491.0, 1492.0, 1499.0, 1500.0};

void add_distributions(Exposition& out, const stats::Report& report) {
  Distribution uptimes(kUptimes);
  Distribution round_trips(kRoundTrips);
  Distribution mtus(kMtus);
  for (const Session& session : report.sessions) {
    if (!is_up(session)) continue;
    mtus.observe(session.status.mtu_octets);
    if (!session.is_client) continue;
    uptimes.observe(session.uptime_seconds);
    if (session.status.echo_round_trip_ns != 0) round_trips.observe(round_trip_seconds(session));
  }
  out.begin({"narrows_sessions_uptime_seconds", distribution, "seconds",
             "How long the sessions that are up, and were dialled, have been up."});
  out.add(uptimes.bounds, uptimes.counts, uptimes.sum);
  out.begin({"narrows_sessions_echo_round_trip_seconds", distribution, "seconds",
             "Last LCP echo of each session that is up, and has had one."});
  out.add(round_trips.bounds, round_trips.counts, round_trips.sum);
  out.begin({"narrows_sessions_mtu_octets", distribution, "octets",
             "Largest IP packet of each session that is up."});
  out.add(mtus.bounds, mtus.counts, mtus.sum);
}

/// The same metric of many sessions.
class Rows {
 public:
  Rows(Exposition& out, std::span<const Session> sessions) : out_(out), sessions_(sessions) {}

  /// One sample for each session, or for each that was dialled.
  template <typename Value>
  void add(const Metric& metric, Value value, bool of_clients_only = false) {
    out_.begin(metric);
    for (const Session& session : sessions_)
      if (session.is_client || !of_clients_only) out_.add(value(session), {{"session", session.name}});
  }

  template <typename Value>
  void add_by_direction(const Metric& metric, Value value) {
    out_.begin(metric);
    for (const Session& session : sessions_)
      for (std::size_t way = 0; way < kDirections; ++way)
        out_.add(value(session.direction[way]),
                 {{"session", session.name}, {"direction", kDirectionNames[way]}});
  }

  /// `add` is given the session, the indices of direction and family, and a function that writes the sample.
  template <typename Add>
  void add_by_family(const Metric& metric, Add add) {
    out_.begin(metric);
    for (const Session& session : sessions_)
      for (std::size_t way = 0; way < kDirections; ++way)
        for (std::size_t family = 0; family < kFamilies; ++family)
          add(session, way, family, [&](std::uint64_t value) {
            out_.add(value, {{"session", session.name},
                             {"direction", kDirectionNames[way]},
                             {"family", kFamilyNames[family]}});
          });
  }

 private:
  Exposition& out_;
  std::span<const Session> sessions_;
};

void add_states(Exposition& out, std::span<const Session> sessions) {
  Rows rows(out, sessions);
  out.begin({"narrows_session_info", info, "", "1 for each session, with what identifies it."});
  for (const Session& session : sessions)
    out.add(std::uint64_t{1}, {{"session", session.name},
                               {"id", fmt::format("0x{:04x}", session.status.id)},
                               {"ac_mac", wire::to_string(session.status.ac_mac)}});
  out.begin(
      {"narrows_session_state", gauge, "", "1 for the state that the session is in, 0 for the others."});
  for (const Session& session : sessions)
    for (std::size_t state = 0; state < stats::kSessionStates; ++state)
      out.add(std::uint64_t{index_of(session.status.state) == state},
              {{"session", session.name}, {"state", stats::kSessionStateNames[state]}});
  out.begin({"narrows_session_last_failure_info", info, "",
             "1 with why the session last ended or did not come up; no series where it never did."});
  for (const Session& session : sessions)
    if (const auto failure = session.status.last_failure)
      out.add(std::uint64_t{1},
              {{"session", session.name}, {"reason", stats::kSessionFailureTexts[index_of(*failure)].name}});
  rows.add({"narrows_session_up", gauge, "", "1 when the session carries data."},
           [](const Session& session) { return std::uint64_t{is_up(session)}; });
  rows.add(
      {"narrows_session_uptime_seconds", gauge, "seconds", "Time since the session came up; 0 while down."},
      [](const Session& session) { return session.uptime_seconds; }, true);
  rows.add({"narrows_session_mtu_octets", gauge, "octets", "Largest IP packet the session carries."},
           [](const Session& session) { return std::uint64_t{session.status.mtu_octets}; });
  rows.add(
      {"narrows_session_mru_octets", gauge, "octets",
       "Largest packet the other end may send, as agreed by LCP; 0 while there is no agreement."},
      [](const Session& session) { return std::uint64_t{session.status.mru_octets}; }, true);
  rows.add({"narrows_session_echo_round_trip_seconds", gauge, "seconds", "Of the last LCP echo."},
           round_trip_seconds, true);
  rows.add(
      {"narrows_session_dials_total", counter, "dials", "Times the session was dialled."},
      [](const Session& session) { return session.status.dials; }, true);
  rows.add(
      {"narrows_session_times_up_total", counter, "times", "Times the session came up."},
      [](const Session& session) { return session.status.times_up; }, true);
  rows.add({"narrows_session_lan_peer_known", gauge, "", "1 when the MAC address of the LAN host is known."},
           [](const Session& session) { return std::uint64_t{!session.lan_peer.empty()}; });
}

void add_traffic(Exposition& out, std::span<const Session> sessions) {
  using Counts = stats::SessionDirectionReport;
  Rows rows(out, sessions);
  rows.add_by_direction(
      {"narrows_session_packets_total", counter, "packets", "Packets forwarded in the session."},
      [](const Counts& counts) { return counts.packets; });
  rows.add_by_direction({"narrows_session_octets_total", counter, "octets",
                         "Octets of the IP packets forwarded in the session."},
                        [](const Counts& counts) { return counts.ip_octets; });
  rows.add_by_direction({"narrows_session_punted_packets_total", counter, "packets",
                         "Frames of the session handed to the control thread."},
                        [](const Counts& counts) { return counts.punted; });
  rows.add_by_direction({"narrows_session_dropped_packets_total", counter, "packets",
                         "Frames dropped after their session was known."},
                        [](const Counts& counts) {
                          return std::accumulate(counts.dropped.begin(), counts.dropped.end(),
                                                 std::uint64_t{0});
                        });
  rows.add_by_direction(
      {"narrows_session_too_big_packets_total", counter, "packets",
       "Packets too long for the link ahead that must not be fragmented (DF, IPv6)."},
      [](const Counts& counts) { return counts.dropped[index_of(stats::DropReason::too_big)]; });
  rows.add_by_family({"narrows_session_syn_packets_total", counter, "packets",
                      "TCP SYN and SYN-ACK segments seen in the session."},
                     [](const Session& session, std::size_t way, std::size_t family, auto add) {
                       add(session.direction[way].syn[family]);
                     });
  rows.add_by_family({"narrows_session_mss_clamped_packets_total", counter, "packets",
                      "TCP segments of the session whose MSS was lowered."},
                     [](const Session& session, std::size_t way, std::size_t family, auto add) {
                       add(session.direction[way].clamped[family]);
                     });
  rows.add_by_family(
      {"narrows_session_max_mss_octets", gauge, "octets", "MSS limit; no series where nothing is clamped."},
      [](const Session& session, std::size_t way, std::size_t family, auto add) {
        if (session.max_mss[way][family] != config::kNoMssLimit) add(session.max_mss[way][family]);
      });
}

std::span<const Session> with_series(const stats::Report& report) {
  return std::span(report.sessions).first(std::min(report.sessions.size(), report.session_series));
}

}  // namespace

void add_all_sessions(Exposition& out, const stats::Report& report) {
  if (report.sessions.empty()) return;
  std::array<std::uint64_t, stats::kSessionStates> states{};
  std::uint64_t dials = 0;
  std::uint64_t times_up = 0;
  for (const Session& session : report.sessions) {
    ++states[index_of(session.status.state)];
    dials += session.status.dials;
    times_up += session.status.times_up;
  }
  out.begin({"narrows_sessions", gauge, "sessions", "Sessions, by state."});
  for (std::size_t state = 0; state < stats::kSessionStates; ++state)
    out.add(states[state], {{"state", stats::kSessionStateNames[state]}});
  out.begin({"narrows_sessions_without_series", gauge, "sessions",
             "Sessions beyond statistics.session_series, which are in sums, counts and the JSON alone."});
  out.add(report.sessions.size() - with_series(report).size());
  out.begin({"narrows_sessions_dials_total", counter, "dials",
             "Times sessions were dialled, all together; at a concentrator, calls."});
  out.add(dials);
  out.begin({"narrows_sessions_times_up_total", counter, "times", "Times sessions came up, all together."});
  out.add(times_up);
  add_distributions(out, report);
}

void add_single_sessions(Exposition& out, const stats::Report& report) {
  add_states(out, with_series(report));
  add_traffic(out, with_series(report));
}

}  // namespace narrows::control
