// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/yaml_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "config_text.h"

namespace narrows::app {
namespace {

using config::MssLimit;

TEST(YamlConfig, ReadsEveryKey) {
  const auto loaded = parse_config(kValid, LoadPurpose::run);
  ASSERT_EQ(all(loaded.errors), "");
  EXPECT_EQ(all(loaded.warnings), "");
  const auto& config = loaded.config;
  EXPECT_EQ(config.mode, config::Mode::terminate);
  EXPECT_EQ(config.workers.lcores, (std::vector<unsigned>{1, 3}));
  EXPECT_EQ(config.workers.burst, 16);
  EXPECT_EQ(config.workers.idle, config::Idle::pause);
  EXPECT_EQ(config.lan.device, "net_af_packet0,iface=lan0");
  EXPECT_EQ(config.lan.interface, "lan0");
  EXPECT_EQ(config.lan.mac, wire::parse_mac("02:00:00:00:00:0a"));
  EXPECT_EQ(config.lan.mtu_octets, 1500);
  EXPECT_EQ(config.wan.device, "0000:03:00.1");
  EXPECT_EQ(config.wan.interface, "");
  EXPECT_EQ(config.wan.mac, std::nullopt);
  EXPECT_EQ(config.mtu_octets, 1492);
  EXPECT_EQ(config.mss.ipv4, MssLimit{});
  EXPECT_EQ(config.mss.ipv6, (MssLimit{MssLimit::Kind::octets, 1400}));
  EXPECT_TRUE(config.mss.lan_to_wan.clamp);
  EXPECT_FALSE(config.mss.wan_to_lan.clamp);
  EXPECT_EQ(config.checksum, config::ChecksumPolicy::incremental);
  ASSERT_TRUE(config.statistics.listen);
  EXPECT_EQ(config.statistics.listen->address, "127.0.0.1");
  EXPECT_EQ(config.statistics.listen->port, 9480);
  ASSERT_EQ(config.sessions.size(), 2u);
}

TEST(YamlConfig, ReadsSessionsOverTheGlobalValues) {
  const auto sessions = parse_config(kValid, LoadPurpose::run).config.sessions;
  ASSERT_EQ(sessions.size(), 2u);
  const auto& first = sessions[0];
  EXPECT_EQ(first.name, "isp");
  EXPECT_EQ(first.fixed.id, 0x1234);
  EXPECT_EQ(first.fixed.ac_mac, wire::parse_mac("02:00:00:00:00:ac"));
  EXPECT_EQ(first.lan.vlan, 10);
  EXPECT_EQ(first.lan.address, wire::parse_ipv4_address("203.0.113.9"));
  EXPECT_EQ(first.lan.gateway, wire::parse_ipv4_address("203.0.113.1"));
  EXPECT_EQ(first.lan.peer_mac, wire::parse_mac("02:00:00:00:00:01"));
  EXPECT_EQ(first.wan.vlans, (std::vector<std::uint16_t>{100, 7}));
  EXPECT_EQ(first.wan.pcp, 5);
  EXPECT_EQ(first.mtu_octets, 1454);
  EXPECT_EQ(first.mss.ipv4, (MssLimit{MssLimit::Kind::octets, 1200}));
  EXPECT_EQ(first.mss.ipv6.kind, MssLimit::Kind::off);
  EXPECT_FALSE(first.mss.wan_to_lan.clamp) << "inherited, as only ipv4 and ipv6 are overridden";
  const auto& second = sessions[1];
  EXPECT_EQ(second.fixed.id, 7);
  EXPECT_EQ(second.lan.vlan, std::nullopt);
  EXPECT_TRUE(second.wan.vlans.empty());
  EXPECT_EQ(second.mtu_octets, 1492);
  EXPECT_EQ(second.mss.ipv6, (MssLimit{MssLimit::Kind::octets, 1400}));
}

constexpr std::string_view kShortest =
    "ports: {lan: {device: net_null0}, wan: {device: net_null1}}\n"
    "sessions: [{name: a, static: {id: 1, ac_mac: 02-00-00-00-00-AC}}]\n";

TEST(YamlConfig, Defaults) {
  const auto loaded = parse_config(kShortest, LoadPurpose::run);
  ASSERT_EQ(all(loaded.errors), "");
  const auto& config = loaded.config;
  EXPECT_EQ(config.mode, config::Mode::terminate);
  EXPECT_TRUE(config.workers.lcores.empty());
  EXPECT_EQ(config.workers.burst, 32);
  EXPECT_EQ(config.workers.idle, config::Idle::sleep);
  EXPECT_EQ(config.mtu_octets, 1492);
  EXPECT_EQ(config.checksum, config::ChecksumPolicy::automatic);
  EXPECT_EQ(config.statistics.listen->port, 9480);
  EXPECT_TRUE(config.mss.lan_to_wan.clamp && config.mss.wan_to_lan.clamp && !config.mss.force);
  EXPECT_EQ(config.sessions[0].mtu_octets, 1492);
}

TEST(YamlConfig, TransparentNeedsOnlyPorts) {
  const std::string text = "mode: transparent\nports: {lan: {device: net_null0}, wan: {device: net_null1}}\n";
  expect_right(text);
  expect_right(text + "mtu: 1500\n");
  expect_error(text + "mtu: 1501\n", 3, "mtu", "raise ports.wan.mtu to 1501");
  expect_error(text + "sessions: [{name: a}]\n", 3, "sessions", "not allowed in transparent mode");
}

TEST(YamlConfig, LearningTheMtu) {
  const std::string text = "mode: transparent\nports: {lan: {device: net_null0}, wan: {device: net_null1}}\n";
  const auto learning = parse_config(text + "mtu: learn\n", LoadPurpose::run);
  EXPECT_EQ(all(learning.errors) + all(learning.warnings), "");
  EXPECT_TRUE(learning.config.learn_mtu);
  EXPECT_EQ(learning.config.mtu_octets, 1492);
  EXPECT_FALSE(parse_config(text + "mtu: 1454\n", LoadPurpose::run).config.learn_mtu);
  const auto given = parse_config(text + "mtu: learn\nfallback_mtu: 1454\n", LoadPurpose::run);
  EXPECT_EQ(all(given.errors) + all(given.warnings), "");
  EXPECT_TRUE(given.config.learn_mtu);
  EXPECT_EQ(given.config.mtu_octets, 1454);
  expect_error(text + "mtu: lern\n", 3, "mtu",
               "must be learn or an integer from 576 to 9600 octets, not lern");
}

TEST(YamlConfig, LearningIsForTransparentModeAlone) {
  expect_error(with("mtu: 1492", "mtu: learn"), 8, "mtu", "learn is for transparent mode alone");
  expect_error(with("    mtu: 1454", "    mtu: learn"), 20, "sessions[0].mtu",
               "learn is for transparent mode alone");
  expect_error(with("mtu: 1492", "mtu: lern"), 8, "mtu", "must be an integer from 576");
  expect_error(with_line("fallback_mtu: 1454"), 27, "fallback_mtu", "only together with `mtu: learn`");
}

TEST(YamlConfig, TheFallbackKeepsToTheRulesOfAnMtu) {
  const std::string text =
      "mode: transparent\nports: {lan: {device: net_null0}, wan: {device: net_null1}}\nmtu: "
      "learn\nfallback_mtu: ";
  expect_error(text + "575\n", 4, "fallback_mtu", "out of range");
  expect_error(text + "learn\n", 4, "fallback_mtu", "must be an integer from 576");
  expect_error(text + "1501\n", 4, "fallback_mtu", "more than ports.wan.mtu");
  expect_error(text + "1279\n", 4, "fallback_mtu", "auto gives an IPv6 MSS of 1219");
  expect_error(
      "mode: transparent\nports: {lan: {device: net_null0}, wan: {device: net_null1, mtu: 1400}}\nmtu: "
      "learn\n",
      2, "ports.wan.mtu", "less than the default fallback_mtu 1492: set fallback_mtu to at most 1400");
}

TEST(YamlConfig, UnknownKeysAtEveryLevel) {
  expect_error(with_line("mut: 1492"), 27, "mut", "did you mean mtu?");
  expect_error(with_line("mut: 1492"), 27, "mut", "allowed here: mode, workers, ports, mtu, fallback_mtu");
  expect_error(with("burst: 16", "burst: 16, cores: [1]"), 2, "workers.cores", "did you mean lcores?");
  expect_error(with("  wan:\n", "  dmz: {}\n  wan:\n"), 5, "ports.dmz", "allowed here: lan, wan");
  expect_error(with("    mtu: 1500", "    mtu: 1500\n    speed: 1"), 8, "ports.wan.speed",
               "device, mac, mtu");
  expect_error(with("  ipv6: 1400", "  ip6: 1400"), 11, "mss.ip6", "did you mean ipv6?");
  expect_error(with("    mtu: 1454", "    mtu: 1454\n    dial: {user: a}"), 21, "sessions[0].dial",
               "unknown key");
  expect_error(with("id: 0x1234", "id: 1, service: x"), 17, "sessions[0].static.service", "unknown key");
  expect_error(with("vlan: 10,", "vlan: 10, hand_uot: dhcp,"), 18, "sessions[0].lan.hand_uot",
               "did you mean hand_out?");
  expect_error(with("vlans: [100, 7]", "vlan: 100"), 19, "sessions[0].wan.vlan", "did you mean vlans?");
  expect_error(with("mss: {ipv4: 1200", "mss: {ipv5: 1200"), 21, "sessions[0].mss.ipv5", "unknown key");
  expect_error(with("listen:", "port: 1, listen:"), 26, "statistics.port", "unknown key");
  expect_error(with_line("zzzzzzzz: 1"), 27, "zzzzzzzz", "unknown key; allowed here");
}

TEST(YamlConfig, DuplicateKeys) {
  expect_error(with_line("mtu: 1480"), 27, "mtu", "given twice, first on line 8");
  expect_error(with("burst: 16", "burst: 16, burst: 8"), 2, "workers.burst", "given twice, first on line 2");
  expect_error(with("      id: 7", "      id: 7\n      id: 8"), 25, "sessions[1].static.id",
               "first on line 24");
}

TEST(YamlConfig, WrongTypes) {
  expect_error(with("mtu: 1492", "mtu: \"1492\""), 8, "mtu", "not the quoted text \"1492\"");
  expect_error(with("mtu: 1492", "mtu: 1492.0"), 8, "mtu",
               "must be an integer from 576 to 9592 octets, not 1492.0");
  for (const char* text :
       {"abc", "1_492", "01492", "1492 octets", "0x", "", "~", "[1492]", "{a: 1}", "0x5g", "1e3", "+1492"})
    expect_error(with("mtu: 1492", fmt::format("mtu: {}", text)), 8, "mtu", "must be an integer");
  for (const char* text : {"yes", "True", "on", "1", "\"true\"", "[]"})
    expect_error(with("lan_to_wan: true", fmt::format("lan_to_wan: {}", text)), 12, "mss.lan_to_wan",
                 "must be true, false or a map with the keys ipv4, ipv6");
  expect_error(with("mss:\n  ipv4: auto\n  ipv6: 1400\n  lan_to_wan: true\n  wan_to_lan: false", "mss: auto"),
               9, "mss", "a map with the keys ipv4, ipv6, lan_to_wan, wan_to_lan, force, tunnels");
  expect_error(with("lcores: [1, 3]", "lcores: 1"), 2, "workers.lcores", "a list of CPU numbers");
  expect_error(with("vlans: [100, 7]", "vlans: 100"), 19, "sessions[0].wan.vlans", "a list of 0 to 2");
  expect_error(with("\"0000:03:00.1\"", "[]"), 6, "ports.wan.device", "not a list");
  expect_error("- a\n- b\n", 1, "file", "must be a map with the keys mode");
  expect_error("just words\n", 1, "file", "must be a map");
}

TEST(YamlConfig, Mode) {
  expect_error(with("mode: terminate", "mode: bridge"), 1, "mode",
               "must be terminate or transparent, not bridge");
  // What depends on the mode is not guessed at.
  expect_error("mode: router\nports: {lan: {device: net_null0}, wan: {device: net_null1}}\n", 1, "mode",
               "terminate");
}

TEST(YamlConfig, Workers) {
  expect_error(with("burst: 16", "burst: 0"), 2, "workers.burst", "0 is out of range: allowed are 1 to 64");
  expect_error(with("burst: 16", "burst: 65"), 2, "workers.burst", "1 to 64");
  expect_right(with("burst: 16", "burst: 64"));
  expect_right(with("[1, 3]", "[0, 1023]"));
  expect_error(with("[1, 3]", "[1, 1024]"), 2, "workers.lcores[1]", "0 to 1023");
  expect_error(with("[1, 3]", "[-1]"), 2, "workers.lcores[0]", "out of range");
  expect_error(with("idle: pause", "idle: rest"), 2, "workers.idle",
               "must be spin or pause or sleep or interrupt");
  expect_error(with("[1, 3]", "[3, 1, 3]"), 2, "workers.lcores[2]", "given twice");
  expect_error(with("[1, 3]", "[]"), 2, "workers.lcores", "at least one CPU");
}

TEST(YamlConfig, RequiredKeys) {
  expect_error("sessions: [{name: a, static: {id: 1, ac_mac: 02-00-00-00-00-AC}}]\n", 1, "ports",
               "is required");
  expect_error(with("  lan: {device: \"net_af_packet0,iface=lan0\", mac: \"02:00:00:00:00:0a\"}\n", ""), 3,
               "ports.lan", "is required");
  expect_error(with("    device: \"0000:03:00.1\"\n", ""), 5, "ports.wan.device",
               "is required: a PCI address");
  expect_error("# first\nmode: terminate\nports: {lan: {device: net_null0}, wan: {device: net_null1}}\n", 2,
               "sessions", "is required");
  expect_error(with("  - name: second\n    static", "  - static"), 22, "sessions[1].name", "is required");
  expect_error(with("    static: {id: 0x1234, ac_mac: \"02:00:00:00:00:ac\"}\n", ""), 16,
               "sessions[0].static", "is required");
  expect_error(with("      id: 7\n", ""), 23, "sessions[1].static.id", "is required");
  expect_error(with("      ac_mac: \"02:00:00:00:00:ad\"\n", ""), 23, "sessions[1].static.ac_mac",
               "is required");
}

TEST(YamlConfig, Ports) {
  expect_error(with("mac: \"02:00:00:00:00:0a\"", "mac: \"03:00:00:00:00:0a\""), 4, "ports.lan.mac",
               "no single station");
  expect_error(with("mac: \"02:00:00:00:00:0a\"", "mac: \"00:00:00:00:00:00\""), 4, "ports.lan.mac",
               "no single station");
  expect_error(with("mac: \"02:00:00:00:00:0a\"", "mac: \"02:00\""), 4, "ports.lan.mac",
               "a MAC address such as");
  expect_error(with("mtu: 1500", "mtu: 9601"), 7, "ports.wan.mtu", "576 to 9600");
  expect_error(with("mtu: 1500", "mtu: 575"), 7, "ports.wan.mtu", "576 to 9600");
  expect_error(with("mtu: 1500", "mtu: 583"), 7, "ports.wan.mtu", "584 to 9600");
  expect_error(with("0000:03:00.1", "eth0"), 6, "ports.wan.device", "write \"net_af_packet1,iface=eth0\"");
}

TEST(YamlConfig, PortsMustDiffer) {
  expect_error(with("\"0000:03:00.1\"", "\"net_af_packet0,iface=wan0\""), 6, "ports.wan.device",
               "net_af_packet0 is the LAN port's device too (line 4)");
  expect_error(with("\"0000:03:00.1\"", "\"net_af_packet1,iface=lan0\""), 6, "ports.wan.device",
               "interface lan0 is the LAN port's too");
  expect_error(with("net_af_packet0,iface=lan0", "03:00.1"), 6, "ports.wan.device",
               "0000:03:00.1 is the LAN port's");
  expect_error(with("    mtu: 1500", "    mac: 02:00:00:00:00:0a\n    mtu: 1500"), 7, "ports.wan.mac",
               "the addresses must differ");
}

TEST(YamlConfig, ReplayIgnoresDevices) {
  expect_right(with("0000:03:00.1", "eth0"), LoadPurpose::replay);
  expect_right(with("\"0000:03:00.1\"", "[1, 2]"), LoadPurpose::replay);
  expect_right("mode: transparent\n", LoadPurpose::replay);
  expect_right("mode: transparent\nports: {lan: {mac: 02:00:00:00:00:0a}}\n", LoadPurpose::replay);
  expect_error("mode: transparent\nports: {lan: {mac: 1}}\n", 2, "ports.lan.mac", "MAC", LoadPurpose::replay);
  expect_error("mode: transparent\nports: {lan: {macs: 1}}\n", 2, "ports.lan.macs", "unknown",
               LoadPurpose::replay);
}

TEST(YamlConfig, LinkMtu) {
  expect_error(with("mtu: 1492", "mtu: 1493"), 8, "mtu", "1493 is more than 1492");
  expect_error(with("mtu: 1492", "mtu: 1500"), 8, "mtu", "RFC 4638, raise ports.wan.mtu to 1508");
  expect_error(with("mtu: 1492", "mtu: 575"), 8, "mtu", "576 to 9592");
  expect_error(with("mtu: 1492", "mtu: 9593"), 8, "mtu", "576 to 9592");
  expect_right(with("mtu: 1492", "mtu: 1500", with("mtu: 1500", "mtu: 1508")));
  expect_error(with("mtu: 1454", "mtu: 1493"), 20, "sessions[0].mtu", "raise ports.wan.mtu to 1501");
  // The default does not fit either, unless nothing takes it.
  const std::string narrow = with("net_null1}", "net_null1, mtu: 1400}", std::string(kShortest));
  expect_error(narrow, 1, "ports.wan.mtu", "set mtu to at most 1392");
  expect_right(with("name: a", "name: a, mtu: 1392", narrow));
  expect_right(narrow + "mtu: 1392\n");
}

TEST(YamlConfig, CollectsAllMistakesByLine) {
  const std::string text = R"(statistics: {listen: 9480}
mode: terminat
wrokers: {}
ports:
  lan: {device: eth0, mac: "ff:ff:ff:ff:ff:ff"}
  wan: {mtu: "1500"}
mtu: 99999999999999999999
mtu: 1492
mss: {ipv4: 100, force: yes}
sessions:
  - {name: "a b", static: {id: 0, ac_mac: 02:00:00:00:00:ac}}
  - name: b
    lan: {vlan: 4095, address: 224.0.0.1}
checksum: software
)";
  const auto errors = parse_config(text, LoadPurpose::run).errors;
  std::vector<std::string> places;
  for (const auto& error : errors) places.push_back(fmt::format("{} {}", error.line, error.key));
  EXPECT_EQ(places,
            (std::vector<std::string>{
                "1 statistics.listen", "2 mode", "3 wrokers", "5 ports.lan.mac", "5 ports.lan.device",
                "6 ports.wan.mtu", "6 ports.wan.device", "7 mtu", "8 mtu", "9 mss.force", "9 mss.ipv4",
                "11 sessions[0].name", "11 sessions[0].static.id", "12 sessions[1].static",
                "13 sessions[1].lan.vlan", "13 sessions[1].lan.address", "14 checksum"}))
      << all(errors);
}

TEST(YamlConfig, FindingsAreOneLineEach) {
  const auto errors = parse_config("mode: \"a\\nb\\x1b\"\n\"c\\nd\": 1\n", LoadPurpose::replay).errors;
  ASSERT_EQ(errors.size(), 2u) << all(errors);
  for (const auto& error : errors)
    EXPECT_EQ(format_finding("F", error).find_first_of("\n\x1b"), std::string::npos);
  EXPECT_EQ(format_finding("a.yaml", {3, "mtu", "is wrong"}), "a.yaml:3: mtu: is wrong");
}

}  // namespace
}  // namespace narrows::app
