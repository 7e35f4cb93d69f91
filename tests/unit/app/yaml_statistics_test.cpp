// SPDX-License-Identifier: BSD-3-Clause
/// The `statistics` section: app/yaml_sections.h.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "narrows/app/yaml_config.h"

namespace narrows::app {
namespace {

LoadedConfig load(const std::string& statistics) {
  return parse_config(
      "mode: transparent\nports: {lan: {device: \"net_af_packet0,iface=a\"}, wan: {device: "
      "\"net_af_packet1,iface=b\"}}\nstatistics: " +
          statistics + "\n",
      LoadPurpose::check);
}

std::string error_of(const std::string& statistics) {
  const auto loaded = load(statistics);
  return loaded.errors.size() == 1 ? loaded.errors[0].text : std::to_string(loaded.errors.size()) + " errors";
}

TEST(YamlStatistics, SocketAndHosts) {
  EXPECT_EQ(load("{}").config.statistics.socket, "");
  EXPECT_EQ(load("{socket: off}").config.statistics.socket, std::nullopt);
  const auto all =
      load("{socket: /run/x.sock, socket_group: adm, hosts: [Box.Example, b]}").config.statistics;
  EXPECT_EQ(all.socket, "/run/x.sock");
  EXPECT_EQ(all.socket_group, "adm");
  EXPECT_EQ(all.hosts, (std::vector<std::string>{"box.example", "b"}));
  EXPECT_NE(error_of("{socket: x.sock}").find("the path of a socket"), std::string::npos);
  EXPECT_NE(error_of("{hosts: [\"box:80\"]}").find("without a port"), std::string::npos);
}

TEST(YamlStatistics, TheTokenIsReadAndNeverRepeated) {
  std::string path = "/tmp/narrows_token_XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  ASSERT_GE(descriptor, 0);
  ::close(descriptor);
  const auto write = [&path](const std::string& text) { std::ofstream(path) << text; };
  write("0123456789abcdef\n");
  EXPECT_EQ(load("{token_file: " + path + "}").config.statistics.token, "0123456789abcdef");
  for (const std::string wrong : {"0123456789abcde\n", "0123456789 abcdef\n", "0123456789abcdef\nx\n"}) {
    write(wrong);
    const auto error = error_of("{token_file: " + path + "}");
    EXPECT_NE(error.find("openssl rand -hex 32"), std::string::npos) << error;
    EXPECT_EQ(error.find("01234"), std::string::npos) << error;
  }
  ::chmod(path.c_str(), 0640);
  EXPECT_NE(error_of("{token_file: " + path + "}").find("chmod 600"), std::string::npos);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace narrows::app
