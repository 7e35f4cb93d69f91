// SPDX-License-Identifier: BSD-3-Clause
/// The file of a concentrator.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config_text.h"

namespace narrows::app {
namespace {

using config::AuthMethod;

constexpr std::string_view kPorts =
    "ports: {core: {device: net_null0}, line: {device: net_null1, mtu: 1508}}\n";
constexpr std::string_view kNeeded = "auth: none, sessions: 10, ipv4: {own: 10.0.0.1, first: 10.0.1.0}";

/// A file whose concentrator is on line 2.
std::string with_keys(std::string_view keys) {
  return fmt::format("{}concentrator: {{{}}}\n", kPorts, keys);
}
std::string with_key(std::string_view key) {
  return with_keys(fmt::format("{}, {}", kNeeded, key));
}

class YamlConcentrator : public testing::Test {
 protected:
  ~YamlConcentrator() override { std::filesystem::remove(path_); }

  static config::Config right(const std::string& yaml) {
    const auto loaded = parse_config(yaml, LoadPurpose::concentrate);
    EXPECT_EQ(all(loaded.errors) + all(loaded.warnings), "") << yaml;
    return loaded.config;
  }
  static config::Concentrator concentrator(const std::string& yaml) {
    return right(yaml).concentrator.value_or(config::Concentrator{});
  }
  static void expect_wrong(const std::string& yaml, std::string_view key, std::string_view part,
                           int line = 2) {
    expect_error(yaml, line, key, part, LoadPurpose::concentrate);
  }
  std::string with_users(std::string_view content, mode_t mode = 0600) {
    std::ofstream(path_) << content;
    chmod(path_.c_str(), mode);
    return with_keys(fmt::format("users_file: {}, sessions: 10, ipv4: {{own: 10.0.0.1, first: 10.0.1.0}}",
                                 path_.string()));
  }

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / fmt::format("yaml_concentrator_test_{}", getpid());
};

TEST_F(YamlConcentrator, AFileThatIsNoMap) {
  for (const std::string yaml : {"- a\n- b\n", "just words\n", "[ports]\n"}) {
    expect_wrong(yaml, "file", "must be a map with the keys workers", 1);
    EXPECT_EQ(parse_config(yaml, LoadPurpose::concentrate).errors.size(), 1u);
  }
}

TEST_F(YamlConcentrator, TheShortest) {
  const auto config = right(with_keys(kNeeded));
  EXPECT_EQ(config.mode, config::Mode::concentrator);
  EXPECT_EQ(config.lan.device, "net_null0");
  EXPECT_EQ(config.wan.device, "net_null1");
  EXPECT_EQ(config.wan.mtu_octets, 1508);
  const auto& ac = *config.concentrator;
  EXPECT_EQ(ac.name, "narrows");
  EXPECT_FALSE(ac.auth);
  EXPECT_FALSE(ac.ipv6_prefix || ac.gateway);
  EXPECT_EQ(ac.mtu_octets, 1492);
  EXPECT_EQ(ac.echo_interval_s, 10);
}

TEST_F(YamlConcentrator, ASessionForEachAddress) {
  const auto sessions = right(with_key("vlans: [7], pcp: 3, mtu: 1500")).sessions;
  ASSERT_EQ(sessions.size(), 10u);
  EXPECT_EQ(sessions[0].name, "10.0.1.0");
  EXPECT_EQ(sessions[9].name, "10.0.1.9");
  for (const auto& session : sessions) {
    EXPECT_EQ(session.wan.vlans, std::vector<std::uint16_t>{7});
    EXPECT_EQ(session.wan.pcp, 3);
    EXPECT_EQ(session.mtu_octets, 1500);
    EXPECT_FALSE(session.client || session.lan.vlan);
  }
}

TEST_F(YamlConcentrator, AllKeys) {
  const auto ac = concentrator(with_key(
      "name: lab, services: [one, two], ipv6: {prefix: \"2001:db8:7::/48\"}, core: {gateway: 10.0.0.2}, "
      "echo: {interval_s: 3, failures: 2}"));
  EXPECT_EQ(ac.name, "lab");
  EXPECT_EQ(ac.services, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(ac.ipv6_prefix, (std::array<std::uint8_t, 6>{0x20, 1, 0x0d, 0xb8, 0, 7}));
  EXPECT_EQ(ac.gateway, (wire::Ipv4Address{0x0a000002}));
  EXPECT_EQ(ac.echo_interval_s, 3);
  EXPECT_EQ(ac.echo_failures, 2);
}

TEST_F(YamlConcentrator, Users) {
  const auto ac = concentrator(with_users("# who may\n\nuser@isp  a pass phrase \r\n\tother\tx\n"));
  EXPECT_EQ(ac.auth, AuthMethod::chap_md5);
  EXPECT_EQ(ac.users, (std::map<std::string, std::string>{{"user@isp", "a pass phrase"}, {"other", "x"}}));
}

TEST_F(YamlConcentrator, UsersThatAreWrong) {
  constexpr auto kKey = "concentrator.users_file";
  expect_wrong(with_users("user secret\n", 0644), kKey, "chmod 600");
  expect_wrong(with_users("# nobody\n"), kKey, "no user");
  expect_wrong(with_users("one secret\nsecret\n"), kKey, "line 2 of the file is not NAME PASSWORD");
  expect_wrong(with_users("one secret\none other\n"), kKey, "line 2 of the file names a user");
  expect_wrong(with_users("one sec\x01ret\n"), kKey, "line 1 ");
  const auto errors = parse_config(with_users("one hidden\nhidden\n"), LoadPurpose::concentrate).errors;
  EXPECT_EQ(all(errors).find("hidden"), std::string::npos);
  expect_wrong(with_keys("sessions: 10, ipv4: {own: 10.0.0.1, first: 10.0.1.0}"), kKey, "is required");
}

TEST_F(YamlConcentrator, WhatIsWrong) {
  expect_wrong(with_key("auth2: pap"), "concentrator.auth2", "");
  expect_wrong(with_keys("auth: none, sessions: 0, ipv4: {own: 10.0.0.1, first: 10.0.1.0}"),
               "concentrator.sessions", "1 to 4094");
  expect_wrong(with_keys("auth: none, sessions: 256, ipv4: {own: 10.0.1.7, first: 10.0.1.0}"),
               "concentrator.ipv4.first", "hold own");
  expect_wrong(with_keys("auth: none, sessions: 257, ipv4: {own: 10.0.1.7, first: 223.255.255.0}"),
               "concentrator.ipv4.first", "not all addresses of hosts");
  expect_wrong(with_keys("auth: none, sessions: 10"), "concentrator.ipv4", "is required");
  expect_wrong(with_key("core: {gateway: 10.0.1.9}"), "concentrator.core.gateway", "a session's address");
  expect_wrong(with_key("core: {gateway: 10.0.0.1}"), "concentrator.core.gateway", "ipv4.own");
  expect_wrong(with_key("mtu: 1501"), "concentrator.mtu", "576 to 1500");
  expect_wrong("ports: {core: {device: net_null0}, line: {device: net_null1}}\nconcentrator: {" +
                   std::string(kNeeded) + ", mtu: 1493}\n",
               "concentrator.mtu", "raise ports.line.mtu to 1501");
  for (const auto* prefix :
       {"2001:db8::/32", "2001:db8:7::", "2001:db8:7:1::/48", "ff00:1:2::/48", "fe80::/48", "::/48", "x/48"})
    expect_wrong(with_key(fmt::format("ipv6: {{prefix: \"{}\"}}", prefix)), "concentrator.ipv6.prefix",
                 "a /48");
}

TEST_F(YamlConcentrator, OnlyForItsOwnCommand) {
  EXPECT_NE(all(parse_config(with_keys(kNeeded), LoadPurpose::run).errors), "");
  EXPECT_EQ(all(parse_config(with_keys(kNeeded), LoadPurpose::check).errors), "");
  EXPECT_NE(all(parse_config(std::string(kValid), LoadPurpose::concentrate).errors), "");
  EXPECT_EQ(all(parse_config(std::string(kValid), LoadPurpose::check).errors), "");
}

TEST_F(YamlConcentrator, PortsAreCoreAndLine) {
  expect_wrong("ports: {core: {device: net_null0}, line: {device: net_null0}}\nconcentrator: {" +
                   std::string(kNeeded) + "}\n",
               "ports.line.device", "the core port's device too", 1);
}

}  // namespace
}  // namespace narrows::app
