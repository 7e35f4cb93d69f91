// SPDX-License-Identifier: BSD-3-Clause
// The rules for `mss`, `checksum` and `statistics`.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config_text.h"

namespace narrows::app {
namespace {

std::string with_ipv4(std::string_view limit) {
  return with("ipv4: auto", fmt::format("ipv4: {}", limit));
}
std::string with_ipv6(std::string_view limit) {
  return with("ipv6: 1400", fmt::format("ipv6: {}", limit));
}

TEST(MssLimits, WordsAndOctets) {
  expect_right(with_ipv4("off"));
  expect_right(with_ipv4("0x5a0"));
  for (const char* text : {"none", "14x", "\"1452\"", "false", "[]", ""})
    expect_error(with_ipv4(text), 10, "mss.ipv4", "must be auto, off or an integer from 1 to 65535 octets");
  expect_error(with_ipv4("0"), 10, "mss.ipv4", "out of range");
  expect_error(with_ipv4("65536"), 10, "mss.ipv4", "out of range");
}

TEST(MssLimits, TooLowNeedsForce) {
  expect_right(with_ipv4("536"));
  expect_error(with_ipv4("535"), 10, "mss.ipv4", "under the 536 that every host may assume");
  expect_error(with_ipv4("535"), 10, "mss.ipv4", "set mss.force to true");
  expect_right(with("  ipv6:", "  force: true\n  ipv6:", with_ipv4("100")));
  expect_right(with_ipv6("1220"));
  expect_error(with_ipv6("1219"), 11, "mss.ipv6", "under the 1220");
  expect_error(with("{ipv4: 1200", "{ipv4: 500"), 21, "sessions[0].mss.ipv4", "under the 536");
  expect_right(with("{ipv4: 1200", "{force: true, ipv4: 500"));
}

TEST(MssLimits, FiguresDoNotMatterWhereNothingIsClamped) {
  for (const char* figure : {"100", "1453"}) {
    const auto loaded = parse_config(
        with("  lan_to_wan: true", "  lan_to_wan: false",
             with("    mss: {ipv4: 1200, ipv6: off}\n", "", with("    mtu: 1454\n", "", with_ipv4(figure)))),
        LoadPurpose::run);
    EXPECT_EQ(all(loaded.errors) + all(loaded.warnings), "");
  }
}

TEST(MssLimits, AutoFromASmallMtu) {
  // 1279 - 60 = 1219: a link that IPv6 cannot use.
  expect_right(with("mtu: 1492", "mtu: 1280", with_ipv6("auto")));
  expect_error(with("mtu: 1492", "mtu: 1279", with_ipv6("auto")), 11, "mss.ipv6",
               "auto gives an IPv6 MSS of 1219 (MTU 1279 - 60), under the 1220");
  expect_error(with("mtu: 1492", "mtu: 1279", with_ipv6("auto")), 11, "mss.ipv6",
               "raise the MTU to at least 1280");
  expect_error(with("  - name: second", "  - name: second\n    mtu: 1279", with_ipv6("auto")), 23,
               "sessions[1].mtu", "auto gives");
  expect_error(with("mac: \"02:00:00:00:00:0a\"", "mtu: 1279", with("  ipv6: 1400\n", "")), 4,
               "ports.lan.mtu", "MTU 1279 - 60");
}

TEST(MssLimits, SessionsRepeatNoInheritedMistake) {
  expect_error(with("      id: 7", "      id: 7\n    mss: {lan_to_wan: false, wan_to_lan: true}",
                    with("ipv4: auto", "ipv4: 100",
                         with("    static:\n      id: 7\n      ac_mac: \"02:00:00:00:00:ad\"\n",
                              "    static:\n      ac_mac: \"02:00:00:00:00:ad\"\n      id: 7\n"))),
               10, "mss.ipv4", "under the 536");
}

TEST(MssLimits, TooHighIsAWarning) {
  EXPECT_EQ(all(parse_config(with_ipv4("1452"), LoadPurpose::run).warnings), "");
  expect_warning(with_ipv4("1453"), 10, "mss.ipv4", "segments over 1452 octets");
  EXPECT_EQ(all(parse_config(with_ipv6("1432"), LoadPurpose::run).warnings), "");
  expect_warning(with_ipv6("1433"), 11, "mss.ipv6", "segments over 1432 octets");
  expect_warning(with("ipv4: 1200", "ipv4: 1415"), 21, "sessions[0].mss.ipv4", "segments over 1414 octets");
  // An inherited figure on a link with a smaller MTU of its own.
  expect_warning(with("  - name: second", "  - name: second\n    mtu: 1454"), 23, "sessions[1].mtu",
                 "MSS of 1400 is more than the MTU of 1454 carries");
}

std::string with_directions(std::string_view lan_to_wan, std::string_view wan_to_lan,
                            std::string text = std::string(kValid)) {
  return with("lan_to_wan: true", fmt::format("lan_to_wan: {}", lan_to_wan),
              with("wan_to_lan: false", fmt::format("wan_to_lan: {}", wan_to_lan), std::move(text)));
}

config::MaxMss limits_of(const std::string& yaml, std::size_t session) {
  const auto loaded = parse_config(yaml, LoadPurpose::run);
  EXPECT_EQ(all(loaded.errors) + all(loaded.warnings), "") << yaml;
  return config::max_mss(loaded.config, loaded.config.sessions.at(session));
}

constexpr auto kOff = config::kNoMssLimit;

// The second session inherits all: MTU 1492, ipv4 auto, ipv6 1400.
TEST(MssDirections, HaveLimitsOfTheirOwn) {
  const auto of = [](std::string_view out, std::string_view in) {
    return limits_of(with_directions(out, in), 1);
  };
  EXPECT_EQ(of("true", "false"), (config::MaxMss{{{1452, 1400}, {kOff, kOff}}}));
  EXPECT_EQ(of("{ipv4: 1300}", "{ipv6: 1250}"), (config::MaxMss{{{1300, 1400}, {1452, 1250}}}));
  EXPECT_EQ(of("{ipv4: off, ipv6: auto}", "{}"), (config::MaxMss{{{kOff, 1432}, {1452, 1400}}}));
  EXPECT_EQ(of("{ipv4: 0x500, ipv6: 1220}", "false"), (config::MaxMss{{{1280, 1220}, {kOff, kOff}}}));
}

// The first session has ipv4: 1200, ipv6: off of its own.
TEST(MssDirections, WhatASessionSaysGoesBeforeWhatTheFileSays) {
  const std::string file = with_directions("{ipv4: 1300, ipv6: 1300}", "{ipv4: 1310}", with_ipv6("1350"));
  EXPECT_EQ(limits_of(file, 0), (config::MaxMss{{{1200, kOff}, {1200, kOff}}}));
  const auto session = [&](std::string_view mss) {
    return limits_of(with("{ipv4: 1200, ipv6: off}", mss, file), 0);
  };
  EXPECT_EQ(session("{}"), (config::MaxMss{{{1300, 1300}, {1310, 1350}}})) << "what it does not name stays";
  EXPECT_EQ(session("{ipv6: 1250}"), (config::MaxMss{{{1300, 1250}, {1310, 1250}}}));
  EXPECT_EQ(session("{lan_to_wan: {ipv6: auto}}"), (config::MaxMss{{{1300, 1394}, {1310, 1350}}}));
  EXPECT_EQ(session("{lan_to_wan: true, wan_to_lan: false}"), (config::MaxMss{{{1414, 1350}, {kOff, kOff}}}));
  EXPECT_EQ(session("{ipv4: 1280, wan_to_lan: {ipv4: 1270}}"),
            (config::MaxMss{{{1280, 1300}, {1270, 1350}}}));
  const std::string half = with_directions("false", "true", with_ipv6("1350"));
  EXPECT_EQ(limits_of(with("{ipv4: 1200, ipv6: off}", "{lan_to_wan: {ipv4: 1250}}", half), 0)[0],
            (config::MssLimits{1250, 1350}))
      << "a map switches on";
}

TEST(MssDirections, MistakesAreReportedWhereTheyStand) {
  expect_error(with_directions("{ipv4: 1300, ipv5: 1}", "true"), 12, "mss.lan_to_wan.ipv5",
               "did you mean ipv4?");
  expect_error(with_directions("[]", "true"), 12, "mss.lan_to_wan", "true, false or a map");
  expect_error(with_directions("true", "{ipv6: none}"), 13, "mss.wan_to_lan.ipv6",
               "must be auto, off or an integer from 1 to 65535 octets");
  expect_error(with_directions("{ipv4: 535}", "true"), 12, "mss.lan_to_wan.ipv4", "under the 536");
  expect_error(with_directions("true", "{ipv6: 1219}"), 13, "mss.wan_to_lan.ipv6", "under the 1220");
  expect_right(with_directions("{ipv4: 100}", "true", with("  ipv6:", "  force: true\n  ipv6:")));
  expect_error(with("{ipv4: 1200", "{wan_to_lan: {ipv4: 500}, ipv4: 1200"), 21,
               "sessions[0].mss.wan_to_lan.ipv4", "under the 536");
  expect_warning(with_directions("{ipv4: 1453}", "true"), 12, "mss.lan_to_wan.ipv4",
                 "segments over 1452 octets");
}

TEST(MssDirections, EachMistakeIsReportedOnce) {
  const auto twice = parse_config(with_directions("{ipv4: 535}", "{ipv4: 534}"), LoadPurpose::run);
  ASSERT_EQ(twice.errors.size(), 2u) << all(twice.errors);
  EXPECT_EQ(twice.errors[0].key, "mss.lan_to_wan.ipv4");
  EXPECT_EQ(twice.errors[1].key, "mss.wan_to_lan.ipv4");
  expect_error(with_directions("true", "true", with_ipv4("535")), 10, "mss.ipv4", "under the 536");
  // A figure that both directions replace decides nothing.
  expect_right(with_directions("{ipv4: 1300}", "{ipv4: 1300}", with_ipv4("535")));
  expect_error(with_directions("{ipv4: 1300}", "true", with_ipv4("535")), 10, "mss.ipv4", "under the 536");
}

TEST(MssTunnels, OnOrOffForTheFileAndForASession) {
  const auto of = [](const std::string& yaml, std::size_t session) {
    const auto loaded = parse_config(yaml, LoadPurpose::run);
    EXPECT_EQ(all(loaded.errors) + all(loaded.warnings), "") << yaml;
    const auto& from = loaded.config.sessions.at(session);
    return config::tunnel_mtu(loaded.config, from, from.mtu_octets);
  };
  EXPECT_EQ(of(std::string(kValid), 0), 0) << "off unless asked for";
  const std::string on = with("  ipv6: 1400", "  ipv6: 1400\n  tunnels: on");
  EXPECT_EQ(of(on, 0), 1454);
  EXPECT_EQ(of(on, 1), 1492);
  EXPECT_EQ(of(with("{ipv4: 1200", "{tunnels: off, ipv4: 1200", on), 0), 0);
  EXPECT_EQ(of(with("{ipv4: 1200", "{tunnels: on, ipv4: 1200"), 0), 1454);
  EXPECT_EQ(of(with("{ipv4: 1200", "{tunnels: on, ipv4: 1200"), 1), 0);
  for (const char* text : {"true", "yes", "1", "[gre]", ""})
    expect_error(with("  ipv6: 1400", fmt::format("  tunnels: {}\n  ipv6: 1400", text)), 11, "mss.tunnels",
                 "must be on or off");
}

TEST(Checksum, Words) {
  for (const char* text : {"auto", "hardware", "incremental"})
    expect_right(with("checksum: incremental", fmt::format("checksum: {}", text)));
  expect_error(with("checksum: incremental", "checksum: full"), 14, "checksum",
               "auto or hardware or incremental");
}

std::string listening(std::string_view value) {
  return with("\"127.0.0.1:9480\"", value);
}

TEST(Statistics, Listen) {
  EXPECT_FALSE(parse_config(listening("off"), LoadPurpose::run).config.statistics.listen);
  const auto ipv6 = parse_config(listening("\"[::1]:1\""), LoadPurpose::run);
  EXPECT_EQ(all(ipv6.errors) + all(ipv6.warnings), "");
  EXPECT_EQ(ipv6.config.statistics.listen->address, "::1");
  EXPECT_EQ(ipv6.config.statistics.listen->port, 1);
  expect_right(listening("127.0.0.1:65535"));
  for (const char* text :
       {"127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "\"127.0.0.1:\"", ":9480", "localhost:9480",
        "\"::1:9480\"", "\"[::1]\"", "\"[::1]9480\"", "\"[]:9480\"", "\"[127.0.0.1]:9480\"", "9480", "true",
        "[]", "127.0.0.1:+80", "127.0.0.1:80x", "~"})
    expect_error(listening(text), 26, "statistics.listen", "must be off or \"ADDRESS:PORT\"");
}

TEST(Statistics, SessionSeries) {
  const auto with = [](const std::string& value) { return listening("off, session_series: " + value); };
  EXPECT_EQ(parse_config(listening("off"), LoadPurpose::run).config.statistics.session_series, 100u);
  EXPECT_EQ(parse_config(with("0"), LoadPurpose::run).config.statistics.session_series, 0u);
  EXPECT_EQ(parse_config(with("4094"), LoadPurpose::run).config.statistics.session_series, 4094u);
  for (const char* wrong : {"-1", "4095", "all"})
    expect_error(with(wrong), 26, "statistics.session_series", "0 to 4094 sessions");
}

TEST(Statistics, WarnsOfAnOpenPort) {
  expect_warning(listening("0.0.0.0:9480"), 26, "statistics.listen", "not a loopback address");
  expect_warning(listening("\"[::]:9480\""), 26, "statistics.listen", "not a loopback address");
  EXPECT_EQ(all(parse_config(listening("127.1.2.3:9480"), LoadPurpose::run).warnings), "");
}

}  // namespace
}  // namespace narrows::app
