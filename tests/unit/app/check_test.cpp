// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/check.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config_text.h"
#include "source_directory.h"

namespace narrows::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

/// The variable that the examples name; unset again at the end.
struct Password {
  explicit Password(const char* value) { setenv("NARROWS_PASSWORD", value, 1); }
  ~Password() { unsetenv("NARROWS_PASSWORD"); }
  Password(const Password&) = delete;
  Password& operator=(const Password&) = delete;
};

TEST(Check, EveryExampleIsRight) {
  const Password password("secret");
  int examples = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(test::source_directory()) / "conf")) {
    if (entry.path().extension() != ".yaml") continue;
    ++examples;
    std::ostringstream out, err;
    EXPECT_EQ(check_command(entry.path(), out, err), 0) << entry.path() << err.str();
    EXPECT_THAT(out.str(), HasSubstr("mode "));
    EXPECT_THAT(err.str(), Not(HasSubstr("warning"))) << entry.path();
  }
  EXPECT_GE(examples, 5);
}

TEST(Check, TheManualsExamplesAreRight) {
  const Password password("secret");
  std::ifstream manual(fs::path(test::source_directory()) / "docs/configuration.md");
  int examples = 0;
  std::string text;
  bool is_inside = false;
  for (std::string line; std::getline(manual, line);) {
    if (line == "```yaml") {
      is_inside = true;
      text.clear();
    } else if (line == "```" && is_inside) {
      is_inside = false;
      ++examples;
      expect_right(text);
    } else {
      text += line + "\n";
    }
  }
  EXPECT_EQ(examples, 4);
}

TEST(Check, PrintsEveryMistakeAndNoPlan) {
  const fs::path path = fs::path(testing::TempDir()) / fmt::format("narrows-check-{}.yaml", getpid());
  std::ofstream(path) << with("burst: 16", "burst: 0", with("checksum: incremental", "checksum: full"));
  std::ostringstream out, err;
  EXPECT_EQ(check_command(path, out, err), 1);
  fs::remove(path);
  EXPECT_EQ(out.str(), "");
  const auto text = err.str();
  EXPECT_EQ(text.find(fmt::format("{}:2: workers.burst: 0 is out of range", path.string())), 0u) << text;
  EXPECT_THAT(text, HasSubstr(fmt::format("\n{}:14: checksum: must be auto or", path.string())));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
}

std::string plan_of(std::string_view yaml, const Machine& machine) {
  const auto config = parse_config(yaml, LoadPurpose::run).config;
  std::ostringstream out;
  print_plan(config, machine, place(config, machine), out);
  return out.str();
}

Machine four_cpus() {
  return {.cpus = {{0, 0}, {1, 0}, {2, 0}, {3, 1}}, .ports = {PortLocation{true, 0}, PortLocation{false}}};
}

TEST(Plan, Terminate) {
  const auto plan = plan_of(kValid, four_cpus());
  for (const char* part :
       {"mode terminate", "net_af_packet0,iface=lan0", "MAC 02:00:00:00:00:0a", "NUMA node 0",
        "MAC the device's own", "not present on this machine",
        "bursts of up to 16 frames; while nothing comes: pause, a whole CPU each",
        "worker CPU 3 is on NUMA node 1, port lan on node 0", "2 sessions", "0x1234", "100+7", "1200 / off",
        "1452 / 1400", "incremental", "http://127.0.0.1:9480/metrics"})
    EXPECT_THAT(plan, HasSubstr(part));
}

std::string plan_of_client(std::string_view ports, std::string_view more) {
  const Password password("hunter2");
  return plan_of(fmt::format("ports: {{lan: {{device: net_null0}}, wan: {{device: net_null1{}}}}}\n"
                             "sessions:\n  - name: isp\n    client: {{username: user@isp, password_env: "
                             "NARROWS_PASSWORD}}\n{}",
                             ports, more),
                 four_cpus());
}

TEST(Plan, ClientSession) {
  const auto plan = plan_of_client("", "");
  for (const char* part : {" isp ", " -  ", "dialled as user@isp", "learned, DHCP", " 1492  1452 / 1432"})
    EXPECT_THAT(plan, HasSubstr(part));
  EXPECT_THAT(plan, Not(HasSubstr("hunter2")));
  EXPECT_THAT(plan, Not(HasSubstr("0x0000")));
  EXPECT_THAT(plan, Not(HasSubstr("RFC 4638")));
}

TEST(Plan, ClientSessionThatMayGrow) {
  const auto plan = plan_of_client(", mtu: 1508", "    lan: {hand_out: none}\n");
  for (const char* part : {" 1492 to 1500 ", "RFC 4638"}) EXPECT_THAT(plan, HasSubstr(part));
  EXPECT_THAT(plan, Not(HasSubstr("DHCP")));
  EXPECT_THAT(plan_of_client(", mtu: 1508", "    mtu: 1500\n"), Not(HasSubstr(" to 1500")));
}

TEST(Plan, Transparent) {
  const auto plan = plan_of(
      "mode: transparent\nports: {lan: {device: net_null0, mtu: 1400}, wan: {device: net_null1}}\n"
      "mss: {wan_to_lan: false, tunnels: on}\nstatistics: {listen: \"[::1]:80\"}\n",
      four_cpus());
  EXPECT_THAT(plan, HasSubstr("mode transparent"));
  EXPECT_THAT(plan, HasSubstr("1360 / 1340")) << "the LAN's MTU is the narrower";
  EXPECT_THAT(plan, HasSubstr("off"));
  EXPECT_THAT(plan, HasSubstr("from MTU 1400"));
  EXPECT_THAT(plan, HasSubstr("http://[::1]:80/metrics"));
  EXPECT_THAT(plan, Not(HasSubstr("sessions")));
}

TEST(Plan, Icmp) {
  EXPECT_THAT(plan_of(std::string(kValid), four_cpus()),
              HasSubstr("icmp        up to 100 errors a second and session; IPv6 from an address"));
  EXPECT_THAT(plan_of(with_line("icmp: {rate: 5, ipv6_source: \"2001:db8::1\"}"), four_cpus()),
              HasSubstr("icmp        up to 5 errors a second and session; IPv6 from 2001:db8::1"));
  EXPECT_THAT(plan_of(with_line("icmp: {rate: 0}"), four_cpus()), HasSubstr("icmp        off"));
}

TEST(Plan, DirectionsAndTunnels) {
  const auto plan = plan_of(with("wan_to_lan: false", "wan_to_lan: {ipv4: off, ipv6: 1300}",
                                 with("  ipv6: 1400", "  ipv6: 1400\n  tunnels: on",
                                      with("{ipv4: 1200", "{tunnels: off, ipv4: 1200"))),
                            four_cpus());
  EXPECT_THAT(plan, HasSubstr("1454  1200 / off      1200 / off      off"));
  EXPECT_THAT(plan, HasSubstr("1492  1452 / 1400     off / 1300      from MTU 1492"));
}

TEST(Plan, Learning) {
  const std::string yaml =
      "mode: transparent\nports: {lan: {device: net_null0}, wan: {device: net_null1}}\n"
      "mtu: learn\nfallback_mtu: 1454\n";
  const auto plan = plan_of(yaml, four_cpus());
  EXPECT_THAT(plan, HasSubstr("1454  1414 / 1394"));
  EXPECT_THAT(plan,
              HasSubstr("of what is not learned; a PPPoE session has the MTU that its two ends agree on"));
}

TEST(Plan, LongSessionTablesAreCut) {
  std::string yaml = "ports: {lan: {device: net_null0}, wan: {device: net_null1}}\nsessions:\n";
  for (int i = 1; i <= 25; ++i)
    yaml += fmt::format(
        "  - {{name: row-{0}, static: {{id: {0}, ac_mac: 02:00:00:00:00:ac}}, lan: {{vlan: {0}}}}}\n", i);
  const auto plan = plan_of(yaml, four_cpus());
  EXPECT_THAT(plan, HasSubstr("row-20 "));
  EXPECT_THAT(plan, Not(HasSubstr("row-21 ")));
  EXPECT_THAT(plan, HasSubstr("... and 5 more"));
}

}  // namespace
}  // namespace narrows::app
