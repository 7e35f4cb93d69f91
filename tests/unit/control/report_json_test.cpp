// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/report_json.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "report_fixture.h"

namespace narrows::control {
namespace {

nlohmann::json rendered(const stats::Report& report) {
  return nlohmann::json::parse(report_json(report));
}

TEST(ReportJson, DirectionsHaveTheDocumentedShape) {
  const auto report = full_report();
  const auto json = rendered(report);
  for (std::size_t way = 0; way < kDirections; ++way) {
    const auto& counts = report.direction[way];
    const auto& shown = json.at("directions").at(std::string(kDirectionNames[way]));
    EXPECT_EQ(shown.at("received"), counts.received);
    EXPECT_EQ(shown.at("forwarded"), counts.forwarded);
    EXPECT_EQ(shown.at("punted"), counts.punted);
    EXPECT_EQ(shown.at("forwarded_ip_octets"), counts.forwarded_ip_octets);
    EXPECT_EQ(shown.at("syn"), (nlohmann::json{{"ipv4", counts.syn[0]}, {"ipv6", counts.syn[1]}}));
    EXPECT_EQ(shown.at("clamped"),
              (nlohmann::json{{"ipv4", counts.clamped[0]}, {"ipv6", counts.clamped[1]}}));
    ASSERT_EQ(shown.at("dropped").size(), stats::kDropReasons);
    for (std::size_t row = 0; row < stats::kDropReasons; ++row)
      EXPECT_EQ(shown.at("dropped").at(std::string(stats::kDropReasonTexts[row].name)), counts.dropped[row]);
    ASSERT_EQ(shown.at("odd").size(), stats::kOddCases);
    for (std::size_t row = 0; row < stats::kOddCases; ++row)
      EXPECT_EQ(shown.at("odd").at(std::string(stats::kOddCaseTexts[row].name)), counts.odd[row]);
  }
}

TEST(ReportJson, ZerosAreShown) {
  const auto json = rendered({});
  EXPECT_EQ(json.at("directions").at("wan_to_lan").at("dropped").at("tx_full"), 0);
  EXPECT_EQ(json.at("control").at("arp_answered"), 0);
}

TEST(ReportJson, WhatWasLearned) {
  const auto report = full_report();
  const auto json = rendered(report).at("learned");
  EXPECT_EQ(json.at("count"), report.learned->count);
  EXPECT_EQ(json.at("agreed"), 998);
  EXPECT_EQ(json.at("limit"), 65534);
  ASSERT_EQ(json.at("sessions").size(), 2u);
  EXPECT_EQ(json.at("sessions")[0], nlohmann::json::parse(R"({
    "id": 4661, "lan_mac": "02:00:00:00:00:01", "wan_mac": "02:00:00:00:00:ad", "vlans": [100, 7], "mtu": 1454,
    "lan_mru": 1492, "wan_mru": 1454, "max_payload": 1500, "from": "lcp configure-ack", "ended": true,
    "age_seconds": 61.5, "last_seen_seconds": 2.5})"));
  const auto& unagreed = json.at("sessions")[1];
  EXPECT_EQ(unagreed.at("vlans"), nlohmann::json::array());
  EXPECT_TRUE(unagreed.at("lan_mru").is_null() && unagreed.at("max_payload").is_null());
  EXPECT_EQ(unagreed.at("from"), "pads");
  EXPECT_FALSE(rendered({}).contains("learned")) << "where nothing is learned";
}

TEST(ReportJson, Sessions) {
  const auto report = full_report();
  const auto json = rendered(report).at("sessions");
  ASSERT_EQ(json.size(), 3u);
  const auto& isp = json.at("isp");
  EXPECT_EQ(isp.at("id"), 0x1234);
  EXPECT_EQ(isp.at("mtu"), 1492);
  EXPECT_EQ(isp.at("ac_mac"), "02:00:00:00:00:ac");
  EXPECT_EQ(isp.at("lan_peer"), "02:00:00:00:00:01");
  EXPECT_TRUE(json.at("isp-2.backup").at("lan_peer").is_null());
  for (std::size_t way = 0; way < kDirections; ++way) {
    const auto& counts = report.sessions[0].direction[way];
    const auto& shown = isp.at(std::string(kDirectionNames[way]));
    EXPECT_EQ(shown.at("packets"), counts.packets);
    EXPECT_EQ(shown.at("ip_octets"), counts.ip_octets);
    EXPECT_EQ(shown.at("punted"), counts.punted);
    EXPECT_EQ(shown.at("syn").at("ipv6"), counts.syn[1]);
    EXPECT_EQ(shown.at("clamped").at("ipv4"), counts.clamped[0]);
    EXPECT_EQ(shown.at("dropped").at("too_big"), counts.dropped[index_of(stats::DropReason::too_big)]);
  }
  EXPECT_EQ(isp.at("lan_to_wan").at("max_mss"), (nlohmann::json{{"ipv4", 1452}, {"ipv6", 1432}}));
  EXPECT_EQ(isp.at("wan_to_lan").at("max_mss"), (nlohmann::json{{"ipv4", 1452}, {"ipv6", nullptr}}));
}

TEST(ReportJson, PortsWorkersMempoolsAndTheRest) {
  const auto report = full_report();
  const auto json = rendered(report);
  for (std::size_t side = 0; side < kSides; ++side) {
    const auto& port = report.port[side];
    const auto& shown = json.at("ports").at(std::string(kSideNames[side]));
    EXPECT_EQ(shown, (nlohmann::json{{"device", port.device},
                                     {"driver", port.driver},
                                     {"mac", port.mac},
                                     {"mtu", 1500},
                                     {"link_up", true},
                                     {"link_mbps", 10000},
                                     {"checksum", {{"computed_by", "software"}, {"reason", "as configured"}}},
                                     {"spread", "software"},
                                     {"originated", port.originated},
                                     {"rx_packets", port.rx_packets},
                                     {"rx_octets", port.rx_octets},
                                     {"tx_packets", port.tx_packets},
                                     {"tx_octets", port.tx_octets},
                                     {"rx_missed", port.rx_missed},
                                     {"rx_errors", port.rx_errors},
                                     {"rx_no_mbuf", port.rx_no_mbuf},
                                     {"tx_errors", port.tx_errors}}));
  }
  ASSERT_EQ(json.at("workers").size(), 2u);
  EXPECT_EQ(json.at("workers").at(1),
            (nlohmann::json{{"cpu", 3},
                            {"numa_node", -1},
                            {"polls", report.workers[1].polls},
                            {"busy_polls", report.workers[1].busy_polls},
                            {"idle", {{"method", "spin"}, {"sleeps", 0}, {"asleep_seconds", 0.0}}},
                            {"received",
                             {{"lan_to_wan", report.workers[1].received[0]},
                              {"wan_to_lan", report.workers[1].received[1]}}},
                            {"seconds", 8.5},
                            {"busy_seconds", 2.125},
                            {"cycles", report.workers[1].cycles},
                            {"busy_cycles", report.workers[1].busy_cycles},
                            {"processed", report.workers[1].processed},
                            {"bursts",
                             {{"up_to_1", report.workers[1].bursts[0]},
                              {"up_to_2", report.workers[1].bursts[1]},
                              {"up_to_4", report.workers[1].bursts[2]},
                              {"up_to_8", report.workers[1].bursts[3]},
                              {"up_to_16", report.workers[1].bursts[4]},
                              {"up_to_32", report.workers[1].bursts[5]},
                              {"up_to_64", report.workers[1].bursts[6]}}}}));
  const auto& latency = json.at("latency").at("wan_to_lan");
  EXPECT_EQ(latency.at("seconds"), 0.0625);
  EXPECT_EQ(latency.at("bursts").at("up_to_256_ns"), report.latency[1].bursts.front());
  EXPECT_EQ(latency.at("bursts").at("longer"), report.latency[1].bursts.back());
  const auto& dialled = json.at("sessions").at("dialled").at("client");
  EXPECT_EQ(dialled.at("mru"), 1453);
  EXPECT_EQ(dialled.at("uptime_seconds"), 86401.5);
  EXPECT_EQ(dialled.at("last_failure"), "echo_lost");
  EXPECT_EQ(json.at("compiler"), "gcc 12.2.0");
  EXPECT_EQ(
      json.at("workers").at(0).at("idle"),
      (nlohmann::json{{"method", "sleep"}, {"sleeps", report.workers[0].sleeps}, {"asleep_seconds", 4.25}}));
  EXPECT_EQ(
      json.at("mempools"),
      nlohmann::json::parse(R"([{"name": "buffers_0", "size": 8191, "in_use": 77, "available": 8114}])"));
  EXPECT_EQ(json.at("version"), "0.1.0");
  EXPECT_EQ(json.at("dpdk_version"), "DPDK 22.11.11");
  EXPECT_EQ(json.at("mode"), "terminate");
  EXPECT_EQ(json.at("vector_level"), "scalar");
  EXPECT_EQ(json.at("uptime_seconds"), 12.5);
  for (std::size_t event = 0; event < stats::kControlEvents; ++event)
    EXPECT_EQ(json.at("control").at(std::string(stats::kControlEventTexts[event].name)),
              report.control[event]);
}

TEST(ReportJson, WhatWasTooLong) {
  const auto report = full_report();
  const auto json = rendered(report);
  for (std::size_t way = 0; way < kDirections; ++way) {
    const auto& shown = json.at("directions").at(std::string(kDirectionNames[way]));
    EXPECT_EQ(shown.at("fragmented"), report.direction[way].fragmented);
    EXPECT_EQ(shown.at("fragments"), report.direction[way].fragments);
  }
  ASSERT_EQ(json.at("too_long").size(), 2u);
  EXPECT_EQ(json.at("too_long").at(0), (nlohmann::json{{"session", "isp-2.backup"},
                                                       {"direction", "wan_to_lan"},
                                                       {"destination", "2001:db8::9"},
                                                       {"packets", 12},
                                                       {"largest_octets", 1500},
                                                       {"mtu_octets", 1492}}));
}

TEST(ReportJson, LargeCountsStayExact) {
  stats::Report report;
  report.direction[0].received = 0xffffffffffffffff;
  EXPECT_NE(report_json(report).find("\"received\": 18446744073709551615"), std::string::npos);
}

TEST(ReportJson, TextThatIsNotUtf8DoesNotStopIt) {
  stats::Report report;
  report.port[0].device = "iface=\xff";
  EXPECT_NO_THROW(rendered(report));
}

TEST(ReportJson, ThousandsOfSessionsTakeNoQuadraticTime) {
  stats::Report report;
  report.sessions.resize(4094);
  for (std::size_t index = 0; index < report.sessions.size(); ++index)
    report.sessions[index].name = fmt::format("session-{}", index);
  EXPECT_EQ(rendered(report).at("sessions").size(), 4094u);
}

}  // namespace
}  // namespace narrows::control
