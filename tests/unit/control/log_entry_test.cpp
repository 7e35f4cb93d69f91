// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/log_entry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace narrows::control {
namespace {

TEST(LogEntry, IsALineOfLogfmt) {
  EXPECT_EQ(to_line({EventKind::session_up, "session isp: up", {{"session", "isp"}, {"mtu", "1492"}}}),
            R"(level=notice event=session_up msg="session isp: up" session=isp mtu=1492)");
  EXPECT_EQ(to_line({EventKind::stopping, "stopping", {}}), R"(level=notice event=stopping msg="stopping")");
}

TEST(LogEntry, QuotesWhatIsNoPlainWord) {
  const auto value_of = [](std::string value) {
    const std::string line = to_line({EventKind::dpdk, "", {{"key", std::move(value)}}});
    return line.substr(line.find(" key=") + 5);
  };
  EXPECT_EQ(value_of("02:00:00:00:00:01"), "02:00:00:00:00:01");
  EXPECT_EQ(value_of(""), R"("")");
  EXPECT_EQ(value_of("two words"), R"("two words")");
  EXPECT_EQ(value_of("a=b"), R"("a=b")");
  EXPECT_EQ(value_of(R"(say "hi")"), R"("say \"hi\"")");
  EXPECT_EQ(value_of(R"(back\slash)"), R"("back\\slash")");
  EXPECT_EQ(value_of("line\nline"), R"("line\nline")");
  EXPECT_EQ(value_of("caf\xc3\xa9"), R"("caf\u00e9")");
}

/// Names come from the line's other end, and whoever reads the log may be a terminal.
TEST(LogEntry, EveryOctetBecomesPrintableAndIsNeverASecondLine) {
  for (int octet = 0; octet < 256; ++octet) {
    const std::string value{'x', static_cast<char>(octet), 'y'};
    const std::string line = to_line({EventKind::session_failed, value, {{"user", value}}});
    EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; })) << octet << line;
    const auto begin = line.find("msg=") + 4;
    const auto end = line.find(" user=");
    const auto read_back = nlohmann::json::parse(line.substr(begin, end - begin)).get<std::string>();
    if (octet < 128)
      EXPECT_EQ(read_back, value) << line;
    else
      EXPECT_EQ(read_back, "x\xef\xbf\xbdy") << line;
  }
}

}  // namespace
}  // namespace narrows::control
