// SPDX-License-Identifier: BSD-3-Clause
// The rules for `icmp`.
#include <gtest/gtest.h>

#include "config_text.h"

namespace narrows::app {
namespace {

constexpr int kLine = 27;  // of what is added behind kValid

config::Icmp icmp_of(std::string_view line) {
  const auto loaded = parse_config(with_line(line), LoadPurpose::run);
  EXPECT_EQ(all(loaded.errors) + all(loaded.warnings), "");
  return loaded.config.icmp;
}

TEST(YamlIcmp, Defaults) {
  const auto icmp = parse_config(kValid, LoadPurpose::run).config.icmp;
  EXPECT_EQ(icmp.per_second, 100);
  EXPECT_FALSE(icmp.ipv6_source);
}

TEST(YamlIcmp, Values) {
  EXPECT_EQ(icmp_of("icmp: {rate: 0}").per_second, 0);
  EXPECT_EQ(icmp_of("icmp: {rate: 10000}").per_second, 10000);
  EXPECT_FALSE(icmp_of("icmp: {ipv6_source: auto}").ipv6_source);
  EXPECT_EQ(icmp_of("icmp: {ipv6_source: \"2001:db8::1\"}").ipv6_source,
            wire::parse_ipv6_address("2001:db8::1"));
}

TEST(YamlIcmp, Mistakes) {
  expect_error(with_line("icmp: {rate: 10001}"), kLine, "icmp.rate", "0 to 10000");
  expect_error(with_line("icmp: {rate: -1}"), kLine, "icmp.rate", "allowed are 0 to 10000");
  expect_error(with_line("icmp: {rate: fast}"), kLine, "icmp.rate", "integer");
  expect_error(with_line("icmp: {limit: 3}"), kLine, "icmp.limit", "unknown key");
  expect_error(with_line("icmp: 100"), kLine, "icmp", "map");
  for (const auto* address :
       {"192.0.2.1", "\"::\"", "\"::1\"", "\"ff02::1\"", "off", "\"2001:db8::1/64\"", "[]"})
    expect_error(with_line(std::string("icmp: {ipv6_source: ") + address + "}"), kLine, "icmp.ipv6_source",
                 "auto or the IPv6 address of one host");
}

TEST(YamlIcmp, TransparentModeSendsNothing) {
  expect_warning(
      "mode: transparent\nports: {lan: {device: \"0000:03:00.0\"}, wan: {device: \"0000:03:00.1\"}}\nicmp: "
      "{rate: 5}\n",
      3, "icmp", "transparent");
}

}  // namespace
}  // namespace narrows::app
