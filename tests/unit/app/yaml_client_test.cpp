// SPDX-License-Identifier: BSD-3-Clause
/// The `client` section of a session, and what `lan` means with it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config_text.h"

namespace narrows::app {
namespace {

namespace fs = std::filesystem;
using config::AuthMethod;
using testing::ElementsAre;

constexpr std::string_view kPorts =
    "ports: {lan: {device: net_null0}, wan: {device: net_null1}}\nsessions:\n";
constexpr std::string_view kSecret = "p@ss w\"rd\\";
constexpr const char* kVariable = "NARROWS_TEST_PASSWORD";
constexpr std::string_view kCredentials = "username: user@isp, password_env: NARROWS_TEST_PASSWORD";

/// One session on line 3, whose `client` is on line 3 too.
std::string one(std::string_view client, std::string_view more = "") {
  return fmt::format("{}  - {{name: isp, client: {{{}}}{}}}\n", kPorts, client, more);
}
std::string with_key(std::string_view key) {
  return one(fmt::format("{}, {}", kCredentials, key));
}
std::string with_lan(std::string_view lan) {
  return one(kCredentials, fmt::format(", lan: {{{}}}", lan));
}

class YamlClient : public testing::Test {
 protected:
  YamlClient() { setenv(kVariable, std::string(kSecret).c_str(), 1); }
  ~YamlClient() override {
    unsetenv(kVariable);
    fs::remove(path_);
  }

  /// The session of a right file.
  static config::Session session(const std::string& yaml) {
    const auto loaded = parse_config(yaml, LoadPurpose::run);
    EXPECT_EQ(all(loaded.errors) + all(loaded.warnings), "") << yaml;
    return loaded.config.sessions.empty() ? config::Session{} : loaded.config.sessions[0];
  }
  static config::ClientSession client(const std::string& yaml) {
    return session(yaml).client.value_or(config::ClientSession{});
  }
  /// The key of the one error.
  static void expect_wrong(const std::string& yaml, std::string_view key, std::string_view part) {
    expect_error(yaml, 3, fmt::format("sessions[0].{}", key), part);
  }

  std::string from_file(std::string_view content, mode_t mode = 0600) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
    EXPECT_EQ(chmod(path_.c_str(), mode), 0);
    return one(fmt::format("username: user@isp, password_file: \"{}\"", path_.string()));
  }

  fs::path path_ = fs::path(testing::TempDir()) / fmt::format("narrows-secret-{}", getpid());
};

TEST_F(YamlClient, NameAndPasswordAreEnough) {
  const auto read = session(one(kCredentials));
  ASSERT_TRUE(read.client);
  EXPECT_EQ(read.client->username, "user@isp");
  EXPECT_EQ(read.client->password, kSecret);
  EXPECT_EQ(read.client->service_name, "");
  EXPECT_EQ(read.client->ac_name, "");
  EXPECT_THAT(read.client->auth, ElementsAre(AuthMethod::chap_md5, AuthMethod::mschapv2, AuthMethod::pap));
  EXPECT_TRUE(read.client->max_payload);
  EXPECT_FALSE(read.client->host_uniq);
  EXPECT_EQ(read.client->echo_interval_s, 10);
  EXPECT_EQ(read.client->echo_failures, 3);
  EXPECT_EQ(read.client->redial_first_s, 1);
  EXPECT_EQ(read.client->redial_max_s, 60);
  EXPECT_EQ(read.lan.hand_out, config::HandOut::dhcp);
  EXPECT_EQ(read.lan.mask, config::HandOutMask::subnet);
}

TEST_F(YamlClient, EveryKey) {
  const auto read = client(with_key(
      "service_name: \"internet v2\", ac_name: bras-7, auth: [pap, chap-md5], max_payload: off, "
      "echo: {interval_s: 5, failures: 100}, redial: {first_s: 10, max_s: 3600}, host_uniq: 0x00fFa1"));
  EXPECT_EQ(read.service_name, "internet v2");
  EXPECT_EQ(read.ac_name, "bras-7");
  EXPECT_THAT(read.auth, ElementsAre(AuthMethod::pap, AuthMethod::chap_md5));
  EXPECT_FALSE(read.max_payload);
  EXPECT_EQ(read.echo_interval_s, 5);
  EXPECT_EQ(read.echo_failures, 100);
  EXPECT_EQ(read.redial_first_s, 10);
  EXPECT_EQ(read.redial_max_s, 3600);
  EXPECT_THAT(read.host_uniq.value(), ElementsAre(0x00, 0xff, 0xa1));
}

TEST_F(YamlClient, ASessionIsOneOfTheTwo) {
  constexpr std::string_view kStatic = ", static: {id: 1, ac_mac: 02-00-00-00-00-ac}";
  expect_wrong(one(kCredentials, kStatic), "client", "not allowed beside static");
  expect_error(fmt::format("{}  - {{name: isp}}\n", kPorts), 3, "sessions[0].static", "client: a map");
  expect_wrong(fmt::format("{}  - {{name: isp, client: yes}}\n", kPorts), "client", "must be a map");
}

TEST_F(YamlClient, Username) {
  EXPECT_EQ(client(with_key("auth: [pap]")).username, "user@isp");
  const auto named = [](std::string_view name) {
    return one(fmt::format("username: {}, password_env: {}", name, kVariable));
  };
  EXPECT_EQ(client(named("123456")).username, "123456");
  EXPECT_EQ(client(named("\"m\u00fcller\"")).username, "m\u00fcller");
  EXPECT_EQ(client(named(std::string(255, 'a'))).username.size(), 255u);
  for (const auto& wrong : {std::string("\"\""), std::string(256, 'a'), std::string("\"a\\nb\""),
                            std::string("[a]"), std::string("\"a\\0\"")})
    expect_wrong(named(wrong), "client.username", "1 to 255 octets");
  expect_wrong(one("password_env: NARROWS_TEST_PASSWORD"), "client.username", "is required");
}

TEST_F(YamlClient, UnknownKeysAreNamedWithoutTheirValues) {
  const auto errors = parse_config(with_key("password: hunter2"), LoadPurpose::run).errors;
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].key, "sessions[0].client.password");
  EXPECT_EQ(all(errors).find("hunter2"), std::string::npos);
}

TEST_F(YamlClient, PasswordFromTheEnvironment) {
  const auto named = [](std::string_view name) {
    return one(fmt::format("username: a, password_env: {}", name));
  };
  EXPECT_EQ(client(named(kVariable)).password, kSecret);
  setenv(kVariable, std::string(255, 'x').c_str(), 1);
  EXPECT_EQ(client(named(kVariable)).password.size(), 255u);
  setenv(kVariable, std::string(256, 'x').c_str(), 1);
  expect_wrong(named(kVariable), "client.password_env", "more than the 255 octets");
  setenv(kVariable, "", 1);
  expect_wrong(named(kVariable), "client.password_env", "holds nothing");
  setenv(kVariable, "two\nlines", 1);
  expect_wrong(named(kVariable), "client.password_env", "more than one line");
  unsetenv(kVariable);
  expect_wrong(named(kVariable), "client.password_env", "not set");
  expect_wrong(named("\"\""), "client.password_env", "the name of an environment variable");
  expect_wrong(named("[A]"), "client.password_env", "the name of an environment variable");
}

// What stands there by mistake may be the password.
TEST_F(YamlClient, MessagesNeverHoldThePassword) {
  for (const auto* text : {"\"hunter2 !\"", "hunter2"}) {
    for (const auto* key : {"password_env", "password_file"}) {
      const auto errors =
          parse_config(one(fmt::format("username: a, {}: {}", key, text)), LoadPurpose::run).errors;
      ASSERT_EQ(errors.size(), 1u);
      EXPECT_EQ(all(errors).find("hunter2"), std::string::npos) << all(errors);
    }
  }
  EXPECT_EQ(all(parse_config(from_file("hunter2\nhunter2\n"), LoadPurpose::run).errors).find("hunter2"),
            std::string::npos);
}

TEST_F(YamlClient, PasswordFromAFile) {
  EXPECT_EQ(client(from_file("secret")).password, "secret");
  EXPECT_EQ(client(from_file("secret\n")).password, "secret");
  EXPECT_EQ(client(from_file("secret\r\n")).password, "secret");
  EXPECT_EQ(client(from_file(" secret ", 0400)).password, " secret ") << "blanks belong to it";
  EXPECT_EQ(client(from_file(std::string(255, 'x') + "\r\n")).password, std::string(255, 'x'));
}

TEST_F(YamlClient, PasswordFilesThatWillNotDo) {
  constexpr std::string_view kKey = "client.password_file";
  for (const mode_t mode : {0640u, 0620u, 0610u, 0604u, 0602u, 0601u, 0644u, 0777u})
    expect_wrong(from_file("secret", mode), kKey, fmt::format("mode is {:04o}", mode));
  expect_wrong(from_file(""), kKey, "holds nothing");
  expect_wrong(from_file("\n"), kKey, "holds nothing");
  for (const std::size_t octets : {256u, 257u, 258u, 259u, 100000u}) {
    expect_wrong(from_file(std::string(octets, 'x')), kKey, "more than the 255 octets");
    expect_wrong(from_file(std::string(octets, 'x') + "\r\n"), kKey, "more than the 255 octets");
  }
  expect_wrong(from_file("two\nlines\n"), kKey, "more than one line");
  expect_wrong(from_file(std::string("a\0b", 3)), kKey, "control characters");
  fs::remove(path_);
  expect_wrong(one(fmt::format("username: a, password_file: \"{}\"", path_.string())), kKey, "No such file");
  expect_wrong(one("username: a, password_file: /dev/null"), kKey, "ordinary file");
  expect_wrong(one("username: a, password_file: /"), kKey, "ordinary file");
  expect_wrong(one("username: a, password_file: \"\""), kKey, "the path of a file");
  expect_wrong(one("username: a, password_file: [a]"), kKey, "the path of a file");
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  expect_wrong(one(fmt::format("username: a, password_file: \"{}\"", path_.string())), kKey, "ordinary file");
}

TEST_F(YamlClient, ExactlyOneSourceOfThePassword) {
  expect_wrong(one("username: a"), "client.password_file", "password_env");
  from_file("secret");
  unsetenv(kVariable);  // which is then not looked at
  expect_wrong(with_key(fmt::format("password_file: \"{}\"", path_.string())), "client.password_env",
               "not allowed beside password_file");
}

TEST_F(YamlClient, Names) {
  for (const auto* key : {"service_name", "ac_name"}) {
    expect_right(with_key(fmt::format("{}: \"\"", key)));
    expect_right(with_key(fmt::format("{}: {}", key, std::string(255, 'a'))));
    expect_wrong(with_key(fmt::format("{}: {}", key, std::string(256, 'a'))), fmt::format("client.{}", key),
                 "0 to 255 octets");
    expect_wrong(with_key(fmt::format("{}: \"a\\tb\"", key)), fmt::format("client.{}", key),
                 "control characters");
  }
}

TEST_F(YamlClient, Auth) {
  EXPECT_THAT(client(with_key("auth: [mschapv2]")).auth, ElementsAre(AuthMethod::mschapv2));
  expect_wrong(with_key("auth: []"), "client.auth", "1 to 3 of chap-md5, mschapv2, pap");
  expect_wrong(with_key("auth: pap"), "client.auth", "1 to 3 of chap-md5, mschapv2, pap");
  expect_wrong(with_key("auth: [pap, chap]"), "client.auth[1]", "chap-md5 or mschapv2 or pap");
  expect_wrong(with_key("auth: [pap, chap-md5, pap]"), "client.auth[2]", "given twice");
}

TEST_F(YamlClient, MaxPayload) {
  EXPECT_TRUE(client(with_key("max_payload: auto")).max_payload);
  expect_wrong(with_key("max_payload: 1500"), "client.max_payload", "auto or off");
}

TEST_F(YamlClient, Echo) {
  EXPECT_EQ(client(with_key("echo: {interval_s: 0}")).echo_interval_s, 0);
  EXPECT_EQ(client(with_key("echo: {interval_s: 3600, failures: 1}")).echo_interval_s, 3600);
  expect_wrong(with_key("echo: {interval_s: 3601}"), "client.echo.interval_s", "0 to 3600");
  expect_wrong(with_key("echo: {failures: 0}"), "client.echo.failures", "1 to 100");
  expect_wrong(with_key("echo: {failures: 101}"), "client.echo.failures", "1 to 100");
  expect_wrong(with_key("echo: {interval: 1}"), "client.echo.interval", "did you mean interval_s?");
  expect_warning(with_key("echo: {interval_s: 0, failures: 3}"), 3, "sessions[0].client.echo.failures",
                 "no effect");
}

TEST_F(YamlClient, Redial) {
  EXPECT_EQ(client(with_key("redial: {first_s: 60}")).redial_first_s, 60);
  EXPECT_EQ(client(with_key("redial: {max_s: 1}")).redial_max_s, 1);
  EXPECT_EQ(client(with_key("redial: {first_s: 3600, max_s: 3600}")).redial_first_s, 3600);
  expect_wrong(with_key("redial: {first_s: 0}"), "client.redial.first_s", "1 to 3600");
  expect_wrong(with_key("redial: {max_s: 3601}"), "client.redial.max_s", "1 to 3600");
  expect_wrong(with_key("redial: {first_s: 20, max_s: 10}"), "client.redial.max_s", "less than first_s");
  expect_wrong(with_key("redial: {first_s: 61}"), "client.redial.first_s", "give max_s too");
}

TEST_F(YamlClient, HostUniq) {
  EXPECT_FALSE(client(with_key("host_uniq: auto")).host_uniq);
  EXPECT_THAT(client(with_key("host_uniq: \"0xAb\"")).host_uniq.value(), ElementsAre(0xab));
  EXPECT_EQ(client(with_key("host_uniq: 0x" + std::string(128, '0'))).host_uniq.value().size(), 64u);
  for (const auto& wrong :
       {std::string("0x"), std::string("0x1"), std::string("0x1g"), std::string("12"),
        std::string("\"01:23\""), "0x" + std::string(130, '0'), std::string("[1]"), std::string("\"\"")})
    expect_wrong(with_key("host_uniq: " + wrong), "client.host_uniq", "even number of hexadecimal digits");
}

TEST_F(YamlClient, LanOfAClient) {
  EXPECT_EQ(session(with_lan("hand_out: none")).lan.hand_out, config::HandOut::none);
  EXPECT_EQ(session(with_lan("netmask: host")).lan.mask, config::HandOutMask::host);
  const auto lan = session(with_lan("gateway: 203.0.113.1, peer_mac: 02-00-00-00-00-01")).lan;
  EXPECT_EQ(lan.gateway, wire::parse_ipv4_address("203.0.113.1"));
  EXPECT_EQ(lan.peer_mac, wire::parse_mac("02:00:00:00:00:01"));
  EXPECT_EQ(lan.hand_out, config::HandOut::dhcp);
  expect_wrong(with_lan("address: 203.0.113.9"), "lan.address", "the line gives");
  expect_wrong(with_lan("hand_out: ra"), "lan.hand_out", "dhcp or none");
  expect_wrong(with_lan("netmask: 24"), "lan.netmask", "subnet or host");
  expect_warning(with_lan("hand_out: none, netmask: host"), 3, "sessions[0].lan.netmask", "no effect");
}

TEST_F(YamlClient, HandOutOfAStaticSession) {
  const auto with_static = [](std::string_view lan) {
    return fmt::format("{}  - {{name: isp, static: {{id: 1, ac_mac: 02-00-00-00-00-ac}}, lan: {{{}}}}}\n",
                       kPorts, lan);
  };
  EXPECT_EQ(session(with_static("vlan: 3")).lan.hand_out, config::HandOut::none);
  EXPECT_EQ(session(with_static("hand_out: dhcp, address: 203.0.113.9")).lan.hand_out, config::HandOut::dhcp);
  expect_wrong(with_static("hand_out: dhcp"), "lan.hand_out", "needs lan.address");
  expect_wrong(with_static("hand_out: dhcp, address: 0.0.0.0"), "lan.address", "no single host");
}

TEST_F(YamlClient, Mtu) {
  EXPECT_TRUE(session(one(kCredentials)).is_mtu_default);
  EXPECT_EQ(session(one(kCredentials)).mtu_octets, 1492);
  const auto given = session(one(kCredentials, ", mtu: 1454"));
  EXPECT_FALSE(given.is_mtu_default);
  EXPECT_EQ(given.mtu_octets, 1454);
  EXPECT_FALSE(session("mtu: 1480\n" + one(kCredentials)).is_mtu_default);
  auto jumbo = one(fmt::format("{}, max_payload: off", kCredentials), ", mtu: 1500");
  jumbo.replace(jumbo.find("net_null1"), 9, "net_null1, mtu: 1508");
  expect_warning(jumbo, 3, "sessions[0].mtu", "max_payload is off");
}

std::string many_clients(std::size_t count) {
  std::string text(kPorts);
  for (std::size_t i = 1; i <= count; ++i)
    text += fmt::format("  - {{name: s{0}, client: {{{1}}}, lan: {{vlan: {0}}}}}\n", i, kCredentials);
  return text;
}

// Clients have neither id nor concentrator yet, so they cannot share them.
TEST_F(YamlClient, FourThousandAtMost) {
  expect_right(many_clients(4000));
  expect_error(many_clients(4001), 2, "sessions", "at most 4000 sessions may be clients, not 4001");
}

TEST_F(YamlClient, EveryMistakeIsReported) {
  const auto errors = parse_config(one("username: \"\", auth: [x], echo: {failures: 0}, host_uniq: 1",
                                       ", lan: {address: 203.0.113.9, hand_out: x}"),
                                   LoadPurpose::run)
                          .errors;
  EXPECT_EQ(errors.size(), 7u) << all(errors);
}

}  // namespace
}  // namespace narrows::app
