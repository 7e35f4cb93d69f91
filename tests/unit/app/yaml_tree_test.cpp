// SPDX-License-Identifier: BSD-3-Clause
// Files that are no configuration at all: the answer is always findings.
#include "narrows/app/yaml_tree.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "config_text.h"

namespace narrows::app {
namespace {

namespace fs = std::filesystem;

TEST(Yaml, SyntaxErrorsHaveTheirLine) {
  expect_error("mode: terminate\nmtu: [1,\n", 2, "yaml", "not valid YAML: ");
  expect_error("mode: transparent\n\tmtu: 1\n", 2, "yaml", "not valid YAML: ");
  expect_error("mode: \"transparent\nmtu: 1492\n", 2, "yaml", "not valid YAML: ");
  expect_error("mode: 'transparent\nmtu: 1492\n\n", 2, "yaml", "not valid YAML: ");
}

TEST(Yaml, AliasesAnchorsAndTagsAreRefused) {
  expect_error(with("mtu: 1492", "mtu: &m 1492"), 8, "yaml", "anchor");
  expect_error(with("mtu: 1492", "mtu: !!int 1492"), 8, "yaml", "a tag (tag:yaml.org,2002:int)");
  expect_error(with("mtu: 1492", "mtu: !!int \"1492\""), 8, "yaml", "a tag");
  expect_error(with("workers: {", "workers: !pool {"), 2, "yaml", "a tag (!pool)");
  const auto errors =
      parse_config(with("burst: 16", "burst: *m", with("mode: t", "mode: &m t")), LoadPurpose::run).errors;
  ASSERT_EQ(errors.size(), 2u) << all(errors);
  EXPECT_NE(errors[1].text.find("an alias (*name) is not allowed"), std::string::npos);
}

TEST(Yaml, AliasBombStaysSmall) {
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i) bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}]\n", i, i - 1);
  EXPECT_FALSE(parse_config(bomb, LoadPurpose::replay).errors.empty());
}

TEST(Yaml, KeysAreWords) {
  expect_error(with_line("[a, b]: 1"), 27, "yaml", "a key must be a word");
  expect_error(with_line("{a: b}: 1"), 27, "yaml", "a key must be a word");
  expect_error(with_line("~: 1"), 27, "yaml", "a key must be a word");
}

TEST(Yaml, OneDocument) {
  expect_right("---\n" + std::string(kValid) + "...\n");
  expect_error(std::string(kValid) + "---\nmtu: 1\n", 28, "yaml", "must hold one document");
  expect_error("'a' 'b'\n", 1, "yaml", "must hold one document");
}

TEST(Yaml, ControlCharacters) {
  expect_error(std::string("mode: transparent\n\x04 mtu: 1\n"), 2, "yaml", "control character 0x04");
  expect_error(std::string("mode\0: x\n", 9), 1, "yaml", "control character 0x00");
  expect_right(with("mode: terminate\n", "mode: terminate\r\n"));
}

TEST(Yaml, EmptyIsAnError) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "---\n", "~\n"})
    expect_error(text, 1, "file", "is empty");
}

TEST(Yaml, DeepNestingIsRefused) {
  expect_error(std::string(17, '[') + std::string(17, ']'), 1, "yaml", "nested deeper than 16 levels");
  expect_error(std::string(16, '[') + std::string(16, ']'), 1, "file", "must be a map");
  for (const char* text : {"[", "{a: ", "- ", "? ", "[{a: "}) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += text;
    const auto errors = parse_config(deep, LoadPurpose::run).errors;
    ASSERT_EQ(errors.size(), 1u) << text;
    EXPECT_EQ(errors[0].key, "yaml") << text;
  }
}

TEST(Yaml, OceansOfBracketsAreRefused) {
  expect_error(std::string(3'000'000, '['), 1, "yaml", "at most 2000000 are allowed");
  expect_error("[" + std::string(2'000'001, ','), 1, "yaml", "at most 2000000 are allowed");
}

TEST(Yaml, TooManyValuesAreRefused) {
  std::string text;
  for (int i = 0; i < 500'001; ++i) text += "- a\n";
  expect_error(text, 500'000, "yaml", "more than 500000 values");
}

/// Every way to cut kValid short, and random damage to it: any answer is right but a crash or a long message.
TEST(Yaml, DamagedFilesNeverCrash) {
  const auto survive = [](const std::string& text) {
    const auto loaded = parse_config(text, LoadPurpose::run);
    for (const auto& error : loaded.errors) {
      EXPECT_GE(error.line, 1);
      EXPECT_FALSE(error.text.empty());
      EXPECT_EQ(error.text.find('\n'), std::string::npos);
    }
  };
  for (std::size_t length = 0; length < kValid.size(); ++length)
    survive(std::string(kValid.substr(0, length)));
  constexpr std::string_view kAwkward = "!&*[]{}:,-?|>'\"%@`#\t\n ~0x\xff\xc3\x80";
  std::mt19937 random(1);  // the same every time
  for (int round = 0; round < 4000; ++round) {
    std::string text(kValid);
    for (int hits = 1 + static_cast<int>(random() % 4); hits > 0; --hits) {
      const char awkward = kAwkward[random() % kAwkward.size()];
      const auto position = random() % text.size();
      if (random() % 2 == 0)
        text[position] = awkward;
      else
        text.insert(position, 1, awkward);
    }
    survive(text);
  }
}

TEST(Yaml, ShortAwkwardTextsNeverCrash) {
  constexpr std::string_view kAlphabet = "!&*[]{}:,-?|'\"a2\n ";
  for (const char a : kAlphabet)
    for (const char b : kAlphabet)
      for (const char c : kAlphabet) static_cast<void>(parse_config(std::string{a, b, c}, LoadPurpose::run));
}

/// A directory that goes away with the test.
class LoadConfig : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "narrows-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string write(std::string_view text) const {
    const auto path = directory_ / "narrows.yaml";
    std::ofstream(path) << text;
    return path;
  }

  static void expect_file_error(const std::string& path, std::string_view part) {
    const auto errors = load_config(path, LoadPurpose::run).errors;
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].line, 1);
    EXPECT_EQ(errors[0].key, "file");
    EXPECT_NE(errors[0].text.find(part), std::string::npos) << errors[0].text;
  }

  fs::path directory_;
};

TEST_F(LoadConfig, ReadsAFile) {
  const auto loaded = load_config(write(kValid), LoadPurpose::run);
  EXPECT_EQ(all(loaded.errors), "");
  EXPECT_EQ(loaded.config.sessions.size(), 2u);
}

TEST_F(LoadConfig, SaysWhatIsWrongWithTheFile) {
  expect_file_error(directory_ / "absent.yaml", "No such file");
  expect_file_error(directory_, "directory");
  expect_file_error(write(""), "is empty");
  const auto large = write("mode: terminate\n");
  fs::resize_file(large, (16u << 20) + 1);
  expect_file_error(large, "at most 16 MiB");
}

}  // namespace
}  // namespace narrows::app
