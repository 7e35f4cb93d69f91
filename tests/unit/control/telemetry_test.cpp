// SPDX-License-Identifier: BSD-3-Clause
// The commands as dpdk-telemetry.py sees them: through the socket of a real EAL. A program of its own,
// because an EAL is for once in a process.
#include "narrows/control/telemetry.h"

#include <gtest/gtest.h>
#include <rte_eal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report_fixture.h"

namespace narrows::control {
namespace {

using Json = nlohmann::json;

class TelemetrySocket {
 public:
  TelemetrySocket() : socket_(::socket(AF_UNIX, SOCK_SEQPACKET, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = std::string(rte_eal_get_runtime_dir()) + "/dpdk_telemetry.v2";
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    const timeval patience{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    connected = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    receive();  // DPDK introduces itself
  }
  ~TelemetrySocket() { ::close(socket_); }
  TelemetrySocket(const TelemetrySocket&) = delete;
  TelemetrySocket& operator=(const TelemetrySocket&) = delete;

  /// The answer to a command, without its name.
  Json ask(const std::string& command) {
    EXPECT_EQ(::send(socket_, command.data(), command.size(), 0), static_cast<ssize_t>(command.size()));
    const auto answer = Json::parse(receive());
    return answer.at(command.substr(0, command.find(',')));
  }
  bool connected = false;

 private:
  std::string receive() {
    std::vector<char> octets(65536);
    const auto got = ::recv(socket_, octets.data(), octets.size(), 0);
    return {octets.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }
  int socket_;
};

class TelemetryTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    static std::string arguments[] = {"telemetry_test",
                                      "--no-huge",
                                      "-m",
                                      "64",
                                      "--no-pci",
                                      "--file-prefix=narrows-telemetry-test",
                                      "-l",
                                      "0",
                                      "--log-level=error"};
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    ASSERT_GE(rte_eal_init(static_cast<int>(pointers.size()), pointers.data()), 0);
  }
  static void TearDownTestSuite() { rte_eal_cleanup(); }
  void SetUp() override {
    telemetry.emplace([this] { return report; });
    ASSERT_TRUE(socket.connected);
  }

  stats::Report report = full_report();
  std::optional<Telemetry> telemetry;
  TelemetrySocket socket;
};

TEST_F(TelemetryTest, WorkersLatencyAndMempools) {
  const auto workers = socket.ask("/narrows/workers");
  const auto& worker = workers.at("worker_1");
  EXPECT_EQ(worker.at("busy_cycles"), report.workers[1].busy_cycles);
  EXPECT_EQ(worker.at("busy_seconds"), "2.125");
  EXPECT_EQ(worker.at("bursts_up_to_32"), report.workers[1].bursts[5]);
  EXPECT_EQ(workers.at("mempool_0").at("available"), 8191 - 77);
  const auto latency = socket.ask("/narrows/stats").at("latency_wan_to_lan");
  EXPECT_EQ(latency.at("up_to_256_ns"), report.latency[1].bursts.front());
  EXPECT_EQ(latency.at("longer"), report.latency[1].bursts.back());
}

TEST_F(TelemetryTest, ADialledSession) {
  const auto session = socket.ask("/narrows/session,dialled");
  EXPECT_EQ(session.at("mru"), 1453);
  EXPECT_EQ(session.at("last_failure"), "echo_lost");
  EXPECT_EQ(session.at("uptime_seconds"), 86401);
  EXPECT_EQ(session.at("echo_round_trip_us"), 4000);
}

TEST_F(TelemetryTest, StatsShowTheSameNumbers) {
  const auto shown = socket.ask("/narrows/stats");
  EXPECT_EQ(shown.at("version"), "0.1.0");
  EXPECT_EQ(shown.at("uptime_seconds"), 12);
  for (std::size_t way = 0; way < kDirections; ++way) {
    const auto& counts = report.direction[way];
    const auto& direction = shown.at(std::string(kDirectionNames[way]));
    EXPECT_EQ(direction.at("received"), counts.received);
    EXPECT_EQ(direction.at("forwarded"), counts.forwarded);
    EXPECT_EQ(direction.at("punted"), counts.punted);
    EXPECT_EQ(direction.at("forwarded_ip_octets"), counts.forwarded_ip_octets);
    EXPECT_EQ(direction.at("syn"), (Json{{"ipv4", counts.syn[0]}, {"ipv6", counts.syn[1]}}));
    EXPECT_EQ(direction.at("clamped"), (Json{{"ipv4", counts.clamped[0]}, {"ipv6", counts.clamped[1]}}));
    for (std::size_t row = 0; row < stats::kDropReasons; ++row)
      EXPECT_EQ(direction.at("dropped").at(std::string(stats::kDropReasonTexts[row].name)),
                counts.dropped[row]);
    for (std::size_t row = 0; row < stats::kOddCases; ++row)
      EXPECT_EQ(direction.at("odd").at(std::string(stats::kOddCaseTexts[row].name)), counts.odd[row]);
  }
  for (std::size_t row = 0; row < stats::kControlEvents; ++row)
    EXPECT_EQ(shown.at("control").at(std::string(stats::kControlEventTexts[row].name)), report.control[row]);
}

TEST_F(TelemetryTest, OneSession) {
  const auto shown = socket.ask("/narrows/session,isp-2.backup");
  EXPECT_EQ(shown.at("name"), "isp-2.backup");
  EXPECT_EQ(shown.at("id"), 0x1234);
  EXPECT_EQ(shown.at("mtu"), 1492);
  EXPECT_EQ(shown.at("ac_mac"), "02:00:00:00:00:ac");
  EXPECT_EQ(shown.at("lan_peer"), "");
  for (std::size_t way = 0; way < kDirections; ++way) {
    const auto& counts = report.sessions[1].direction[way];
    const auto& direction = shown.at(std::string(kDirectionNames[way]));
    EXPECT_EQ(direction.at("packets"), counts.packets);
    EXPECT_EQ(direction.at("ip_octets"), counts.ip_octets);
    EXPECT_EQ(direction.at("punted"), counts.punted);
    EXPECT_EQ(direction.at("clamped").at("ipv6"), counts.clamped[1]);
    EXPECT_EQ(direction.at("dropped").at("too_big"), counts.dropped[index_of(stats::DropReason::too_big)]);
  }
  EXPECT_EQ(shown.at("lan_to_wan").at("max_mss"), (Json{{"ipv4", 1452}, {"ipv6", 1432}}));
  EXPECT_EQ(shown.at("wan_to_lan").at("max_mss"), (Json{{"ipv4", 1452}}));
}

TEST_F(TelemetryTest, LearnedSessionsAsManyAsFit) {
  auto& sessions = report.learned->sessions;
  sessions.resize(100, sessions[0]);
  auto shown = socket.ask("/narrows/learned");
  EXPECT_EQ(shown.at("count"), report.learned->count);
  EXPECT_EQ(shown.at("limit"), 65534);
  EXPECT_EQ(shown.at("session_0"), Json::parse(R"({
    "id": 4661, "lan_mac": "02:00:00:00:00:01", "wan_mac": "02:00:00:00:00:ad", "vlans": "100+7", "mtu": 1454,
    "lan_mru": 1492, "wan_mru": 1454, "max_payload": 1500, "from": "lcp configure-ack", "age_seconds": 61,
    "last_seen_seconds": 2})"));
  std::size_t seen = 0;
  for (std::size_t first = 0;; first = shown.at("next").get<std::size_t>()) {
    shown = socket.ask("/narrows/learned," + std::to_string(first));
    for (const auto& [key, value] : shown.items()) seen += key.starts_with("session_") ? 1 : 0;
    if (!shown.contains("next")) break;
  }
  EXPECT_EQ(seen, 100u);
  EXPECT_TRUE(socket.ask("/narrows/learned,x").is_null());
  report.learned.reset();
  EXPECT_TRUE(socket.ask("/narrows/learned").is_null()) << "where nothing is learned";
}

TEST_F(TelemetryTest, AnUnknownSessionIsNull) {
  EXPECT_TRUE(socket.ask("/narrows/session,nobody").is_null());
  EXPECT_TRUE(socket.ask("/narrows/session").is_null());
}

TEST_F(TelemetryTest, FewSessionsComeAtOnce) {
  EXPECT_EQ(socket.ask("/narrows/sessions"),
            Json::parse(R"({"total": 3, "first": 0, "names": ["isp", "isp-2.backup", "dialled"]})"));
  EXPECT_TRUE(socket.ask("/narrows/sessions,x").is_null());
}

TEST_F(TelemetryTest, ThousandsOfSessionsComeInPages) {
  report.sessions.resize(4094);
  for (std::size_t index = 0; index < report.sessions.size(); ++index)
    report.sessions[index].name = std::to_string(index) + std::string(100, '-');
  std::vector<std::string> names;
  Json page = {{"next", 0}};
  for (int pages = 0; page.contains("next") && pages < 100; ++pages) {
    page = socket.ask("/narrows/sessions," + page.at("next").dump());
    EXPECT_EQ(page.at("total"), 4094);
    EXPECT_EQ(page.at("first"), names.size());
    for (const auto& name : page.at("names")) names.push_back(name);
  }
  ASSERT_EQ(names.size(), report.sessions.size());
  for (std::size_t index = 0; index < names.size(); ++index)
    EXPECT_EQ(names[index], report.sessions[index].name);
  EXPECT_EQ(socket.ask("/narrows/sessions,5000").at("names").size(), 0u);
}

TEST_F(TelemetryTest, Ports) {
  report.port[0].device = std::string(300, 'd');
  const auto shown = socket.ask("/narrows/ports");
  const auto& wan = report.port[1];
  EXPECT_EQ(shown.at("wan").at("driver"), "net_af_packet");
  EXPECT_EQ(shown.at("wan").at("link"), "up");
  EXPECT_EQ(shown.at("wan").at("originated"), wan.originated);
  EXPECT_EQ(shown.at("wan").at("rx_packets"), wan.rx_packets);
  EXPECT_EQ(shown.at("wan").at("rx_octets"), wan.rx_octets);
  EXPECT_EQ(shown.at("wan").at("tx_packets"), wan.tx_packets);
  EXPECT_EQ(shown.at("wan").at("tx_octets"), wan.tx_octets);
  EXPECT_EQ(shown.at("wan").at("rx_missed"), wan.rx_missed);
  EXPECT_EQ(shown.at("wan").at("rx_errors"), wan.rx_errors);
  EXPECT_EQ(shown.at("wan").at("rx_no_mbuf"), wan.rx_no_mbuf);
  EXPECT_EQ(shown.at("wan").at("tx_errors"), wan.tx_errors);
  EXPECT_EQ(shown.at("lan").at("device"), std::string(127, 'd'));
}

TEST_F(TelemetryTest, WorkersAndMempools) {
  const auto shown = socket.ask("/narrows/workers");
  EXPECT_EQ(shown.at("total"), 2);
  const Json expected{{"cpu", 3},
                      {"numa_node", "-1"},
                      {"polls", report.workers[1].polls},
                      {"busy_polls", report.workers[1].busy_polls},
                      {"received_lan_to_wan", report.workers[1].received[0]},
                      {"received_wan_to_lan", report.workers[1].received[1]},
                      {"idle_method", "spin"},
                      {"sleeps", 0},
                      {"asleep_seconds", "0.000"}};
  for (const auto& [key, value] : expected.items()) EXPECT_EQ(shown.at("worker_1").at(key), value) << key;
  EXPECT_EQ(shown.at("mempool_0"),
            Json::parse(R"({"name": "buffers_0", "size": 8191, "in_use": 77, "available": 8114})"));
}

TEST_F(TelemetryTest, ManyWorkersComeInPages) {
  constexpr auto kLargest = ~std::uint64_t{0};
  report.workers.resize(100);
  for (auto& worker : report.workers) {
    worker.polls = worker.busy_polls = worker.sleeps = kLargest;
    worker.cycles = worker.busy_cycles = worker.processed = kLargest;
    worker.received.fill(kLargest);
    worker.bursts.fill(kLargest);
  }
  const auto first = socket.ask("/narrows/workers");
  EXPECT_EQ(first.at("next"), 24);
  EXPECT_TRUE(first.contains("mempool_0")) << "all of it fits";
  EXPECT_TRUE(socket.ask("/narrows/workers,76").contains("worker_99"));
}

TEST_F(TelemetryTest, AFailingReportIsNull) {
  telemetry.emplace([]() -> stats::Report { throw std::bad_alloc(); });
  EXPECT_TRUE(socket.ask("/narrows/stats").is_null());
}

TEST_F(TelemetryTest, AfterItsEndTheCommandsAnswerNothing) {
  telemetry.reset();
  EXPECT_TRUE(socket.ask("/narrows/stats").is_null());
}

}  // namespace
}  // namespace narrows::control
