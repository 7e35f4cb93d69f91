// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/state_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace narrows::control {
namespace {

class StateFileTest : public testing::Test {
 protected:
  StateFileTest()
      : directory(std::filesystem::temp_directory_path() / ("state_file_" + std::to_string(getpid()))) {}
  ~StateFileTest() override { std::filesystem::remove_all(directory); }
  void write(const std::string& text) const {
    std::filesystem::create_directories(file.path().parent_path());
    std::ofstream(file.path()) << text;
  }
  [[nodiscard]] std::string text() const {
    std::ifstream in(file.path());
    return (std::stringstream() << in.rdbuf()).str();
  }

  std::filesystem::path directory;
  StateFile file{directory / "below" / "isp.sessions"};
  const OpenSession tagged{0x1234, {{2, 0, 0, 0, 0, 0xac}}, {{2, 0, 0, 0, 0, 2}}, {100, 7}};
  const OpenSession plain{1, {{2, 0, 0, 0, 1, 0xac}}, {{2, 0, 0, 0, 0, 2}}, {}};
};

TEST_F(StateFileTest, KeepsWhatIsOpen) {
  EXPECT_TRUE(file.load().empty());
  ASSERT_TRUE(file.save({tagged, plain}));
  EXPECT_EQ(file.load(), (std::vector{tagged, plain}));
  ASSERT_TRUE(file.save({plain}));
  EXPECT_EQ(file.load(), std::vector{plain});
}

TEST_F(StateFileTest, NothingOpenIsNoFile) {
  ASSERT_TRUE(file.save({plain}));
  ASSERT_TRUE(file.save({}));
  EXPECT_FALSE(std::filesystem::exists(file.path()));
  EXPECT_TRUE(file.save({}));
}

TEST_F(StateFileTest, WithoutAPathNothingIsKept) {
  const StateFile none({});
  EXPECT_TRUE(none.save({plain}));
  EXPECT_TRUE(none.load().empty());
}

/// A crash in the middle of writing, another program's file, somebody's editor.
TEST_F(StateFileTest, WhateverTheFileHoldsNothingBreaks) {
  ASSERT_TRUE(file.save({tagged, plain}));
  const std::string whole = text();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::ofstream(file.path()) << whole.substr(0, length);
    EXPECT_LE(file.load().size(), 2u);
  }
  for (const std::string garbage : {"[]", "{\"sessions\": 1}", "{\"sessions\": [{}]}", "\xff\xfe", "null"}) {
    std::ofstream(file.path()) << garbage;
    EXPECT_TRUE(file.load().empty()) << garbage;
  }
}

TEST_F(StateFileTest, SessionsThatCannotBeAreLeftOut) {
  ASSERT_TRUE(file.save({plain}));
  const std::string whole = text();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = whole;
    changed.replace(changed.find(from), from.size(), to);
    std::ofstream(file.path()) << changed;
    return file.load().size();
  };
  EXPECT_EQ(with("\"id\":1", "\"id\":2"), 1u);
  EXPECT_EQ(with("\"id\":1", "\"id\":0"), 0u);
  EXPECT_EQ(with("\"id\":1", "\"id\":65535"), 0u);
  EXPECT_EQ(with("02:00:00:00:01:ac", "03:00:00:00:01:ac"), 0u);
  EXPECT_EQ(with("\"wan_vlans\":[]", "\"wan_vlans\":[4095]"), 0u);
  EXPECT_EQ(with("\"wan_vlans\":[]", "\"wan_vlans\":[1,2,3]"), 0u);
}

// Cut to 16 bits, 65537 would be session 1, and a PADT end somebody's; what is beyond any integer is
// undefined.
TEST_F(StateFileTest, NumbersThatAreNoneOf16BitsAreNobodys) {
  const auto load = [&](const std::string& id, const std::string& vlan) {
    write(R"({"sessions": [{"id": )" + id +
          R"(, "ac_mac": "02:00:00:00:00:ac", "wan_mac": "02:00:00:00:00:02")" + R"(, "wan_vlans": [)" +
          vlan + "]}]}");
    return file.load().size();
  };
  EXPECT_EQ(load("1", "7"), 1u);
  for (const std::string number : {"65537", "4294967297", "4.8e98", "-1", "1.5", "\"1\"", "true"}) {
    EXPECT_EQ(load(number, "7"), 0u) << number;
    EXPECT_EQ(load("1", number), 0u) << number;
  }
}

TEST_F(StateFileTest, AnUnwritablePlaceIsSaid) {
  write("a file where a directory should be");
  const StateFile below(directory / "below" / "isp.sessions" / "more" / "x");
  EXPECT_FALSE(below.save({plain}));
}

}  // namespace
}  // namespace narrows::control
