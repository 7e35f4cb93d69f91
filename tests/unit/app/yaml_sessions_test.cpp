// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

#include "config_text.h"

namespace narrows::app {
namespace {

constexpr std::string_view kPorts =
    "ports: {lan: {device: net_null0}, wan: {device: net_null1}}\nsessions:\n";

/// The first session is on line 3, the second on line 4.
std::string sessions(std::string_view first, std::string_view second) {
  return fmt::format("{}  - {{{}}}\n  - {{{}}}\n", kPorts, first, second);
}

std::string many(std::size_t count) {
  std::string text(kPorts);
  for (std::size_t i = 0; i < count; ++i)
    text += fmt::format(
        "  - name: session-{0}\n    static: {{id: {0}, ac_mac: \"02:00:00:00:00:ac\"}}\n"
        "    lan: {{vlan: {1}, address: 203.0.113.9, gateway: 203.0.113.1, peer_mac: "
        "\"02:00:00:00:00:01\"}}\n"
        "    wan: {{vlans: [100, 7], pcp: 1}}\n    mtu: 1454\n    mss: {{ipv4: auto, ipv6: auto}}\n",
        i + 1, i % 4094 + 1);
  return text;
}

TEST(Sessions, Names) {
  for (const char* name : {"a", "835", "A.b_c-9", "\"quoted\"", "true"})
    expect_right(with("name: isp", fmt::format("name: {}", name)));
  expect_right(with("name: isp", "name: " + std::string(64, 'a')));
  for (const std::string& name :
       {std::string("\"\""), std::string("a b"), std::string("a/b"), std::string("\"a\\n\""),
        std::string("\u00e9"), std::string(65, 'a'), std::string("[a]"), std::string("")})
    expect_error(with("name: isp", "name: " + name), 16, "sessions[0].name", "1 to 64 of the characters");
  expect_error(with("name: second", "name: isp"), 22, "sessions[1].name", "the session on line 16");
}

TEST(Sessions, StaticId) {
  expect_right(with("id: 7", "id: 65534"));
  expect_right(with("id: 7", "id: 0xFFFE"));
  for (const char* id : {"0", "0xffff", "65535", "-1", "99999999999999999999"})
    expect_error(with("id: 7", fmt::format("id: {}", id)), 24, "sessions[1].static.id",
                 "1 to 65534 (0xfffe)");
  expect_error(with("02:00:00:00:00:ad", "01:00:00:00:00:ad"), 25, "sessions[1].static.ac_mac",
               "no single station");
  expect_error(with("02:00:00:00:00:ad", "00:00:00:00:00:00"), 25, "sessions[1].static.ac_mac",
               "no single station");
}

TEST(Sessions, Lan) {
  expect_right(with("vlan: 10", "vlan: 4094"));
  expect_error(with("vlan: 10", "vlan: 0"), 18, "sessions[0].lan.vlan", "1 to 4094");
  expect_error(with("vlan: 10", "vlan: 4095"), 18, "sessions[0].lan.vlan", "1 to 4094");
  for (const char* address : {"0.0.0.0", "224.0.0.1", "239.255.255.255", "255.255.255.255"}) {
    expect_error(with("203.0.113.9", address), 18, "sessions[0].lan.address", "no single host");
    expect_error(with("203.0.113.1,", fmt::format("{},", address)), 18, "sessions[0].lan.gateway",
                 "no single host");
  }
  expect_error(with("203.0.113.9", "203.0.113"), 18, "sessions[0].lan.address", "must be an IPv4 address");
  expect_error(with("203.0.113.9", "\"2001:db8::1\""), 18, "sessions[0].lan.address",
               "must be an IPv4 address");
  expect_error(with("203.0.113.1,", "203.0.113.9,"), 18, "sessions[0].lan.gateway",
               "must differ from address");
  expect_right(with("address: 203.0.113.9, ", ""));
  expect_error(with("02:00:00:00:00:01", "33:33:00:00:00:01"), 18, "sessions[0].lan.peer_mac",
               "no single station");
}

TEST(Sessions, Wan) {
  expect_right(with("[100, 7]", "[]"));
  expect_right(with("[100, 7]", "[100, 100]"));
  expect_error(with("[100, 7]", "[1, 2, 3]"), 19, "sessions[0].wan.vlans", "not a list of 3");
  expect_error(with("[100, 7]", "[0, 7]"), 19, "sessions[0].wan.vlans[0]", "1 to 4094");
  expect_error(with("[100, 7]", "[100, 4095]"), 19, "sessions[0].wan.vlans[1]", "1 to 4094");
  expect_error(with("[100, 7]", "[100, \"7\"]"), 19, "sessions[0].wan.vlans[1]", "quoted");
  expect_error(with("pcp: 5", "pcp: 8"), 19, "sessions[0].wan.pcp", "0 to 7");
  expect_warning(with("vlans: [100, 7], ", ""), 19, "sessions[0].wan.pcp", "no effect");
}

TEST(Sessions, LanVlansDiffer) {
  constexpr std::string_view kFirst = "name: a, static: {id: 1, ac_mac: 02-00-00-00-00-ac}";
  constexpr std::string_view kSecond = "name: b, static: {id: 2, ac_mac: 02-00-00-00-00-ac}";
  const auto on = [](std::string_view session, std::string_view lan) {
    return fmt::format("{}{}", session, lan);
  };
  expect_right(sessions(on(kFirst, ", lan: {vlan: 5}"), on(kSecond, ", lan: {vlan: 6}")));
  expect_right(sessions(kFirst, on(kSecond, ", lan: {vlan: 6}")));
  expect_error(sessions(on(kFirst, ", lan: {vlan: 5}"), on(kSecond, ", lan: {vlan: 5}")), 4,
               "sessions[1].lan.vlan", "LAN VLAN 5 belongs to the session on line 3");
  expect_error(sessions(kFirst, kSecond), 4, "sessions[1]", "untagged on the LAN already");
  expect_error(sessions(kFirst, on(kSecond, ", lan: {address: 10.0.0.1}")), 4, "sessions[1].lan", "untagged");
  // A VLAN that is wrong is not taken for none.
  expect_error(sessions(kFirst, on(kSecond, ", lan: {vlan: x}")), 4, "sessions[1].lan.vlan", "integer");
}

TEST(Sessions, IdentitiesDiffer) {
  constexpr std::string_view kFirst =
      "name: a, static: {id: 1, ac_mac: 02-00-00-00-00-ac}, wan: {vlans: [5]}";
  const auto second = [&](std::string_view id, std::string_view mac, std::string_view vlans) {
    return sessions(
        kFirst, fmt::format("name: b, lan: {{vlan: 2}}, static: {{id: {}, ac_mac: {}}}, wan: {{vlans: {}}}",
                            id, mac, vlans));
  };
  expect_error(second("0x1", "02:00:00:00:00:AC", "[5]"), 4, "sessions[1].static", "the session on line 3");
  expect_right(second("2", "02:00:00:00:00:ac", "[5]"));
  expect_right(second("1", "02:00:00:00:00:ad", "[5]"));
  expect_right(second("1", "02:00:00:00:00:ac", "[6]"));
  expect_right(second("1", "02:00:00:00:00:ac", "[5, 5]"));
  expect_right(second("1", "02:00:00:00:00:ac", "[]"));
}

TEST(Sessions, Count) {
  expect_error(std::string(kPorts.substr(0, kPorts.find("sessions"))) + "sessions: []\n", 2, "sessions",
               "1 to 4094");
  const auto errors = parse_config(many(4095), LoadPurpose::run).errors;
  ASSERT_EQ(errors.size(), 2u) << all(errors);  // and the VLAN that had to be used again
  EXPECT_EQ(errors[0].line, 2);
  EXPECT_NE(errors[0].text.find("1 to 4094 sessions, not 4095"), std::string::npos);
  expect_error(with("sessions:\n  - name: isp", "sessions:\n  - isp\n  - name: isp"), 16, "sessions[0]",
               "must be a map");
}

TEST(Sessions, ThousandsLoadQuickly) {
  const auto text = many(4094);
  const auto start = std::chrono::steady_clock::now();
  const auto loaded = parse_config(text, LoadPurpose::run);
  const auto elapsed = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(all(loaded.errors), "");
  EXPECT_EQ(loaded.config.sessions.size(), 4094u);
  const auto elapsed_ms = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count();
  RecordProperty("elapsed_ms", static_cast<int>(elapsed_ms));
  EXPECT_LT(elapsed_ms, 5000) << "generous, for a busy or instrumented machine";
}

}  // namespace
}  // namespace narrows::app
