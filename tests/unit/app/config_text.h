// SPDX-License-Identifier: BSD-3-Clause
/// A right configuration, and what to compare a wrong one's findings with.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "narrows/app/yaml_config.h"

namespace narrows::app {

inline constexpr std::string_view kValid = R"(mode: terminate
workers: {lcores: [1, 3], burst: 16, idle: pause}
ports:
  lan: {device: "net_af_packet0,iface=lan0", mac: "02:00:00:00:00:0a"}
  wan:
    device: "0000:03:00.1"
    mtu: 1500
mtu: 1492
mss:
  ipv4: auto
  ipv6: 1400
  lan_to_wan: true
  wan_to_lan: false
checksum: incremental
sessions:
  - name: isp
    static: {id: 0x1234, ac_mac: "02:00:00:00:00:ac"}
    lan: {vlan: 10, address: 203.0.113.9, gateway: 203.0.113.1, peer_mac: "02:00:00:00:00:01"}
    wan: {vlans: [100, 7], pcp: 5}
    mtu: 1454
    mss: {ipv4: 1200, ipv6: off}
  - name: second
    static:
      id: 7
      ac_mac: "02:00:00:00:00:ad"
statistics: {listen: "127.0.0.1:9480"}
)";

/// kValid with the first `from` replaced.
inline std::string with(std::string_view from, std::string_view to, std::string text = std::string(kValid)) {
  const auto position = text.find(from);
  EXPECT_NE(position, std::string::npos) << from;
  return position == std::string::npos ? text : text.replace(position, from.size(), to);
}

/// kValid with a line added at the end.
inline std::string with_line(std::string_view line) {
  return std::string(kValid).append(line).append("\n");
}

inline std::string all(const std::vector<Finding>& findings) {
  std::string text;
  for (const auto& finding : findings) text += format_finding("FILE", finding) + "\n";
  return text;
}

/// One error and no other: its line and key, and a part of its text.
inline void expect_error(const std::string& yaml, int line, std::string_view key, std::string_view part,
                         LoadPurpose purpose = LoadPurpose::run) {
  const auto errors = parse_config(yaml, purpose).errors;
  ASSERT_EQ(errors.size(), 1u) << yaml << all(errors);
  EXPECT_EQ(errors[0].line, line) << all(errors);
  EXPECT_EQ(errors[0].key, key) << all(errors);
  EXPECT_NE(errors[0].text.find(part), std::string::npos) << all(errors) << "lacks: " << part;
}

inline void expect_right(const std::string& yaml, LoadPurpose purpose = LoadPurpose::run) {
  EXPECT_EQ(all(parse_config(yaml, purpose).errors), "") << yaml;
}

inline void expect_warning(const std::string& yaml, int line, std::string_view key, std::string_view part) {
  const auto loaded = parse_config(yaml, LoadPurpose::run);
  EXPECT_EQ(all(loaded.errors), "");
  ASSERT_EQ(loaded.warnings.size(), 1u) << yaml << all(loaded.warnings);
  EXPECT_EQ(loaded.warnings[0].line, line);
  EXPECT_EQ(loaded.warnings[0].key, key);
  EXPECT_NE(loaded.warnings[0].text.find(part), std::string::npos) << all(loaded.warnings);
}

}  // namespace narrows::app
