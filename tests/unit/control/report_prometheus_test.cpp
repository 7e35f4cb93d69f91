// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/report_prometheus.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "report_fixture.h"

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
  std::map<std::string, std::string> samples = series(report_prometheus(report));
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
  expect("narrows_worker_polls_total{worker=\"1\",cpu=\"3\",numa_node=\"-1\"}", report.workers[1].polls);
  expect("narrows_worker_busy_polls_total{worker=\"0\",cpu=\"1\",numa_node=\"0\"}",
         report.workers[0].busy_polls);
  expect("narrows_worker_sleeps_total{worker=\"0\",cpu=\"1\",numa_node=\"0\"}", report.workers[0].sleeps);
  EXPECT_EQ(samples["narrows_worker_asleep_seconds_total{worker=\"0\",cpu=\"1\",numa_node=\"0\"}"], "4.25");
  expect("narrows_mempool_buffers{mempool=\"buffers_0\"}", 8191);
  expect("narrows_mempool_buffers_in_use{mempool=\"buffers_0\"}", 77);
  EXPECT_EQ(samples["narrows_uptime_seconds"], "12.5");
  expect(
      "narrows_build_info{version=\"0.1.0\",dpdk_version=\"DPDK "
      "22.11.11\",mode=\"terminate\",vector_level=\"scalar\"}",
      1);
  for (std::size_t event = 0; event < stats::kControlEvents; ++event)
    expect(
        "narrows_control_events_total{event=\"" + std::string(stats::kControlEventTexts[event].name) + "\"}",
        report.control[event]);
}

TEST_F(Samples, LearnedSessionsAreCountedAndNotNamed) {
  expect("narrows_learned_sessions{mru=\"agreed\"}", 998);
  expect("narrows_learned_sessions{mru=\"not_agreed\"}", report.learned->count - 998);
  expect("narrows_learned_sessions_limit", 65534);
  EXPECT_EQ(report_prometheus(report).find("02:00:00:00:00:ad"), std::string::npos);
}

TEST(ReportPrometheus, UnknownSpeedHasNoSeries) {
  auto report = full_report();
  for (auto& port : report.port) port.link_mbps = 0;
  EXPECT_EQ(report_prometheus(report).find("link_bytes_per_second"), std::string::npos);
}

TEST(ReportPrometheus, EveryFamilyHasHelpAndType) {
  std::set<std::string> help;
  std::set<std::string> type;
  std::set<std::string> used;
  std::istringstream lines(report_prometheus(full_report()));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    std::string third;
    words >> first >> second >> third;
    if (first != "#")
      used.insert(line.substr(0, line.find_first_of("{ ")));
    else
      (second == "HELP" ? help : type).insert(third);
  }
  EXPECT_EQ(help, used);
  EXPECT_EQ(type, used);
}

TEST(ReportPrometheus, PromtoolHasNoComplaint) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  for (const auto& report : {full_report(), stats::Report{}}) {
    std::FILE* promtool = ::popen("promtool check metrics 2>&1", "w");
    ASSERT_NE(promtool, nullptr);
    const auto text = report_prometheus(report);
    EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), promtool), text.size());
    const int status = ::pclose(promtool);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0) << text;
  }
}

}  // namespace
}  // namespace narrows::control
