// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/report_prometheus.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "report_fixture.h"
#include "source_directory.h"

namespace narrows::control {
namespace {

/// Series (name and labels as written) and value.
std::map<std::string, std::string> series(const std::string& text) {
  std::map<std::string, std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto blank = line.rfind(' ');
    EXPECT_TRUE(found.emplace(line.substr(0, blank), line.substr(blank + 1)).second) << "twice: " << line;
  }
  return found;
}

class Samples : public ::testing::Test {
 protected:
  void expect(const std::string& name, std::uint64_t value) {
    const auto found = samples.find(name);
    ASSERT_NE(found, samples.end()) << name;
    EXPECT_EQ(found->second, std::to_string(value)) << name;
  }
  stats::Report report = full_report();
  std::map<std::string, std::string> samples = series(report_prometheus(report, ExpositionFormat::text));
};

TEST_F(Samples, FatesAddUpToReceived) {
  for (std::size_t way = 0; way < kDirections; ++way) {
    const auto& counts = report.direction[way];
    const std::string direction = "{direction=\"" + std::string(kDirectionNames[way]) + "\"";
    std::uint64_t dropped = 0;
    for (std::size_t row = 0; row < stats::kDropReasons; ++row) {
      dropped += counts.dropped[row];
      expect("narrows_dropped_packets_total" + direction + ",reason=\"" +
                 std::string(stats::kDropReasonTexts[row].name) + "\"}",
             counts.dropped[row]);
    }
    expect("narrows_received_packets_total" + direction + "}", counts.received);
    expect("narrows_packets_total" + direction + ",fate=\"forwarded\"}", counts.forwarded);
    expect("narrows_packets_total" + direction + ",fate=\"punted\"}", counts.punted);
    expect("narrows_packets_total" + direction + ",fate=\"dropped\"}", dropped);
    expect("narrows_forwarded_ip_octets_total" + direction + "}", counts.forwarded_ip_octets);
    expect("narrows_fragmented_packets_total" + direction + "}", counts.fragmented);
    expect("narrows_fragments_total" + direction + "}", counts.fragments);
    expect("narrows_syn_packets_total" + direction + ",family=\"ipv4\"}", counts.syn[0]);
    expect("narrows_mss_clamped_packets_total" + direction + ",family=\"ipv6\"}", counts.clamped[1]);
    for (std::size_t row = 0; row < stats::kOddCases; ++row)
      expect("narrows_odd_packets_total" + direction + ",case=\"" +
                 std::string(stats::kOddCaseTexts[row].name) + "\"}",
             counts.odd[row]);
  }
}

TEST_F(Samples, Sessions) {
  const auto& counts = report.sessions[1].direction[1];
  const std::string labels = "{session=\"isp-2.backup\",direction=\"wan_to_lan\"";
  expect("narrows_session_packets_total" + labels + "}", counts.packets);
  expect("narrows_session_octets_total" + labels + "}", counts.ip_octets);
  expect("narrows_session_punted_packets_total" + labels + "}", counts.punted);
  expect("narrows_session_syn_packets_total" + labels + ",family=\"ipv4\"}", counts.syn[0]);
  expect("narrows_session_mss_clamped_packets_total" + labels + ",family=\"ipv6\"}", counts.clamped[1]);
  std::uint64_t dropped = 0;
  for (const auto count : counts.dropped) dropped += count;
  expect("narrows_session_dropped_packets_total" + labels + "}", dropped);
  expect("narrows_session_too_big_packets_total" + labels + "}",
         counts.dropped[index_of(stats::DropReason::too_big)]);
  expect("narrows_session_mtu_octets{session=\"isp\"}", 1492);
  expect("narrows_session_lan_peer_known{session=\"isp\"}", 1);
  expect("narrows_session_lan_peer_known{session=\"isp-2.backup\"}", 0);
  expect("narrows_session_max_mss_octets" + labels + ",family=\"ipv4\"}", 1452);
  EXPECT_FALSE(samples.contains("narrows_session_max_mss_octets" + labels + ",family=\"ipv6\"}"));
  expect("narrows_session_info{session=\"isp\",id=\"0x1234\",ac_mac=\"02:00:00:00:00:ac\"}", 1);
}

TEST_F(Samples, PortsWorkersMempoolsAndTheRest) {
  const auto& wan = report.port[1];
  expect("narrows_originated_packets_total{port=\"wan\"}", wan.originated);
  expect("narrows_port_received_packets_total{port=\"wan\"}", wan.rx_packets);
  expect("narrows_port_received_octets_total{port=\"wan\"}", wan.rx_octets);
  expect("narrows_port_transmitted_packets_total{port=\"wan\"}", wan.tx_packets);
  expect("narrows_port_transmitted_octets_total{port=\"wan\"}", wan.tx_octets);
  expect("narrows_port_receive_missed_total{port=\"wan\"}", wan.rx_missed);
  expect("narrows_port_receive_errors_total{port=\"wan\"}", wan.rx_errors);
  expect("narrows_port_receive_no_buffer_total{port=\"wan\"}", wan.rx_no_mbuf);
  expect("narrows_port_transmit_errors_total{port=\"wan\"}", wan.tx_errors);
  expect("narrows_port_link_up{port=\"lan\"}", 1);
  expect("narrows_port_link_bytes_per_second{port=\"lan\"}", 1'250'000'000);
  expect("narrows_worker_info{worker=\"1\",cpu=\"3\",numa_node=\"-1\",idle_method=\"spin\"}", 1);
  expect("narrows_worker_polls_total{worker=\"1\"}", report.workers[1].polls);
  expect("narrows_worker_busy_polls_total{worker=\"0\"}", report.workers[0].busy_polls);
  expect("narrows_worker_sleeps_total{worker=\"0\"}", report.workers[0].sleeps);
  EXPECT_EQ(samples["narrows_worker_asleep_seconds_total{worker=\"0\"}"], "4.25");
  expect("narrows_worker_received_packets_total{worker=\"1\",direction=\"wan_to_lan\"}",
         report.workers[1].received[1]);
  EXPECT_EQ(samples["narrows_worker_seconds_total{worker=\"1\"}"], "8.5");
  EXPECT_EQ(samples["narrows_worker_busy_seconds_total{worker=\"1\"}"], "2.125");
  expect("narrows_worker_busy_cycles_total{worker=\"1\"}", report.workers[1].busy_cycles);
  expect("narrows_mempool_buffers{mempool=\"buffers_0\"}", 8191);
  expect("narrows_mempool_buffers_in_use{mempool=\"buffers_0\"}", 77);
  expect("narrows_mempool_buffers_available{mempool=\"buffers_0\"}", 8191 - 77);
  EXPECT_EQ(samples["narrows_uptime_seconds"], "12.5");
  expect(
      "narrows_build_info{version=\"0.1.0\",compiler=\"gcc 12.2.0\",dpdk=\"DPDK "
      "22.11.11\",level=\"scalar\",mode=\"terminate\"}",
      1);
  for (std::size_t event = 0; event < stats::kControlEvents; ++event)
    expect(
        "narrows_control_events_total{event=\"" + std::string(stats::kControlEventTexts[event].name) + "\"}",
        report.control[event]);
}

TEST_F(Samples, BurstsBySizeAddUp) {
  const auto& worker = report.workers[0];
  std::uint64_t up_to = 0;
  for (std::size_t row = 0; row < stats::kBurstSizes; ++row) {
    up_to += worker.bursts[row];
    expect("narrows_worker_burst_packets_bucket{worker=\"0\",le=\"" +
               std::to_string(stats::largest_burst(row)) + ".0\"}",
           up_to);
  }
  expect("narrows_worker_burst_packets_bucket{worker=\"0\",le=\"+Inf\"}", up_to);
  expect("narrows_worker_burst_packets_count{worker=\"0\"}", up_to);
  expect("narrows_worker_burst_packets_sum{worker=\"0\"}", worker.processed);
}

TEST_F(Samples, LatenciesAddUp) {
  const auto& latency = report.latency[1];
  expect("narrows_burst_latency_seconds_bucket{direction=\"wan_to_lan\",le=\"2.56e-07\"}", latency.bursts[0]);
  expect("narrows_burst_latency_seconds_bucket{direction=\"wan_to_lan\",le=\"5.12e-07\"}",
         latency.bursts[0] + latency.bursts[1]);
  expect("narrows_burst_latency_seconds_count{direction=\"wan_to_lan\"}",
         std::accumulate(latency.bursts.begin(), latency.bursts.end(), std::uint64_t{0}));
  EXPECT_EQ(samples["narrows_burst_latency_seconds_sum{direction=\"wan_to_lan\"}"], "0.0625");
}

TEST_F(Samples, ADialledSession) {
  const auto& status = report.sessions[2].status;
  EXPECT_EQ(samples["narrows_session_uptime_seconds{session=\"dialled\"}"], "86401.5");
  EXPECT_EQ(samples["narrows_session_echo_round_trip_seconds{session=\"dialled\"}"], "0.004");
  expect("narrows_session_mtu_octets{session=\"dialled\"}", 1454);
  expect("narrows_session_mru_octets{session=\"dialled\"}", 1453);
  expect("narrows_session_dials_total{session=\"dialled\"}", status.dials);
  expect("narrows_session_times_up_total{session=\"dialled\"}", status.times_up);
  expect("narrows_session_state{session=\"dialled\",state=\"up\"}", 1);
  expect("narrows_session_state{session=\"dialled\",state=\"lcp\"}", 0);
  expect("narrows_session_last_failure_info{session=\"dialled\",reason=\"echo_lost\"}", 1);
  EXPECT_FALSE(samples.contains("narrows_session_uptime_seconds{session=\"isp\"}")) << "it is static";
}

TEST_F(Samples, AllSessionsTogether) {
  expect("narrows_sessions{state=\"up\"}", 3);
  expect("narrows_sessions{state=\"down\"}", 0);
  expect("narrows_sessions_without_series", 0);
  expect("narrows_sessions_dials_total", report.sessions[2].status.dials);
  expect("narrows_sessions_times_up_total", report.sessions[2].status.times_up);
  expect("narrows_sessions_mtu_octets_bucket{le=\"1400.0\"}", 0);
  expect("narrows_sessions_mtu_octets_bucket{le=\"1454.0\"}", 1);
  expect("narrows_sessions_mtu_octets_bucket{le=\"1492.0\"}", 3);
  expect("narrows_sessions_mtu_octets_sum", 1454 + 2 * 1492);
  expect("narrows_sessions_uptime_seconds_bucket{le=\"86400.0\"}", 0);
  expect("narrows_sessions_uptime_seconds_bucket{le=\"604800.0\"}", 1);
  expect("narrows_sessions_echo_round_trip_seconds_bucket{le=\"0.005\"}", 1);
  expect("narrows_sessions_echo_round_trip_seconds_count", 1);
}

TEST(ReportPrometheus, SessionsBeyondTheLimitAreCountedAndNotNamed) {
  stats::Report report;
  report.session_series = 2;
  for (int i = 0; i < 4094; ++i) {
    auto& session = report.sessions.emplace_back();
    session.name = fmt::format("isp-{}", i);
    session.is_client = true;
  }
  const auto text = report_prometheus(report, ExpositionFormat::text);
  const auto found = series(text);
  EXPECT_EQ(found.at("narrows_sessions{state=\"up\"}"), "4094");
  EXPECT_EQ(found.at("narrows_sessions_without_series"), "4092");
  EXPECT_TRUE(found.contains("narrows_session_up{session=\"isp-1\"}"));
  EXPECT_EQ(text.find("isp-2"), std::string::npos);
  report.session_series = 0;
  EXPECT_EQ(report_prometheus(report, ExpositionFormat::text).find("isp-"), std::string::npos);
}

TEST_F(Samples, LearnedSessionsAreCountedAndNotNamed) {
  expect("narrows_learned_sessions{mru=\"agreed\"}", 998);
  expect("narrows_learned_sessions{mru=\"not_agreed\"}", report.learned->count - 998);
  expect("narrows_learned_sessions_limit", 65534);
  EXPECT_EQ(report_prometheus(report, ExpositionFormat::text).find("02:00:00:00:00:ad"), std::string::npos);
}

TEST(ReportPrometheus, UnknownSpeedHasNoSeries) {
  auto report = full_report();
  for (auto& port : report.port) port.link_mbps = 0;
  EXPECT_EQ(report_prometheus(report, ExpositionFormat::text).find("link_bytes_per_second"),
            std::string::npos);
}

/// Of a sample: a histogram has several.
std::string family_of(const std::string& name, const std::set<std::string>& families) {
  for (const std::string suffix : {"_bucket", "_sum", "_count"})
    if (name.ends_with(suffix) && families.contains(name.substr(0, name.size() - suffix.size())))
      return name.substr(0, name.size() - suffix.size());
  return name;
}

TEST(ReportPrometheus, EveryFamilyHasHelpAndType) {
  std::set<std::string> help;
  std::set<std::string> type;
  std::set<std::string> used;
  std::istringstream lines(report_prometheus(full_report(), ExpositionFormat::text));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    std::string third;
    words >> first >> second >> third;
    if (first != "#")
      used.insert(family_of(line.substr(0, line.find_first_of("{ ")), type));
    else
      (second == "HELP" ? help : type).insert(third);
  }
  EXPECT_EQ(help, used);
  EXPECT_EQ(type, used);
}

/// The program reads `text` and ends well.
void expect_content(const std::string& command, const std::string& text) {
  std::FILE* program = ::popen(command.c_str(), "w");
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), program), text.size());
  const int status = ::pclose(program);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << text;
}

TEST(ReportPrometheus, PromtoolHasNoComplaint) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  for (const auto& report : {full_report(), stats::Report{}})
    expect_content("promtool check metrics 2>&1", report_prometheus(report, ExpositionFormat::text));
}

TEST(ReportPrometheus, AnOpenMetricsParserHasNoComplaint) {
  if (std::system("/usr/bin/python3 -c 'import prometheus_client' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3-prometheus-client is not installed";
  const std::string parse =
      "/usr/bin/python3 -c '"
      "import sys\n"
      "from prometheus_client.openmetrics import parser\n"
      "list(parser.text_string_to_metric_families(sys.stdin.read()))' 2>&1";
  for (const auto& report : {full_report(), stats::Report{}})
    expect_content(parse, report_prometheus(report, ExpositionFormat::openmetrics));
}

/// docs/statistics.md both ways; alert rules and dashboard.
TEST(ReportPrometheus, WhatIsWrittenOfMetricsIsTrue) {
  if (std::system("/usr/bin/python3 -c 'import prometheus_client, yaml' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3-prometheus-client or python3-yaml is not installed";
  expect_content("/usr/bin/python3 -B '" + test::source_directory() + "/tests/support/metrics.py'",
                 report_prometheus(full_report(), ExpositionFormat::openmetrics));
}

TEST(ReportPrometheus, BothFormatsHaveTheSameSamples) {
  auto text = series(report_prometheus(full_report(), ExpositionFormat::text));
  const auto open = series(report_prometheus(full_report(), ExpositionFormat::openmetrics));
  EXPECT_EQ(text.size(), open.size());
  for (const auto& [name, value] : open) {
    auto there = name;
    for (const std::string suffix : {"_gsum", "_gcount"})  // of what OpenMetrics calls a gaugehistogram
      if (there.ends_with(suffix)) there.erase(there.size() - suffix.size() + 1, 1);
    EXPECT_EQ(text[there], value) << name;
  }
}

}  // namespace
}  // namespace narrows::control
