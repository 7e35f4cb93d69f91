// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "narrows/control/log_limit.h"

namespace narrows::app {
namespace {

TEST(Log, KnowsTheJournalByTheFileBehindTheDescriptor) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  struct stat status {};
  ASSERT_EQ(fstat(ends[1], &status), 0);
  const std::string stream = fmt::format("{}:{}", status.st_dev, status.st_ino);
  EXPECT_TRUE(is_journal(stream.c_str(), ends[1]));
  EXPECT_FALSE(is_journal(nullptr, ends[1]));
  EXPECT_FALSE(is_journal("", ends[1]));
  EXPECT_FALSE(is_journal((stream + "0").c_str(), ends[1])) << "inherited, but stderr goes elsewhere";
  close(ends[0]);
  close(ends[1]);
  EXPECT_FALSE(is_journal(stream.c_str(), ends[1]));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(text.substr(begin, end - begin));
  return lines;
}

TEST(Log, ThreadsNeverMixTheirLinesAndAFloodIsLimited) {
  testing::internal::CaptureStderr();
  {
    const LogEnd end;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([] {
        for (int i = 0; i < 100; ++i) log(control::EventKind::dpdk, "{}", std::string(200, 'x'));
      });
    for (std::thread& thread : threads) thread.join();
    log_unlimited({control::EventKind::stalled, "last words", {}});
  }
  const auto lines = lines_of(testing::internal::GetCapturedStderr());
  ASSERT_EQ(lines.size(), control::LogLimit::kMost + 2u);
  for (std::size_t i = 0; i < control::LogLimit::kMost; ++i)
    EXPECT_EQ(lines[i], "level=warning event=dpdk msg=\"" + std::string(200, 'x') + "\"");
  EXPECT_EQ(lines[control::LogLimit::kMost], "level=error event=stalled msg=\"last words\"");
  EXPECT_NE(lines.back().find("suppressed=390"), std::string::npos) << lines.back();
}

}  // namespace
}  // namespace narrows::app
