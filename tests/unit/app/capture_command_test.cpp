// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/capture_command.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "narrows/control/pcapng.h"

namespace narrows::app {
namespace {

std::string capture() {
  control::PcapngBlocks blocks;
  blocks.section("narrows");
  blocks.interface("lan in", "", "", 96);
  blocks.interface("lan out", "", "", 96);
  for (const std::size_t octets : {14u, 61u, 96u})
    blocks.packet(0, 1, std::vector<std::uint8_t>(octets), 1500, "forwarded to wan");
  blocks.statistics(0, 1, {.received = 5, .dropped = 2});
  blocks.statistics(1, 1, {.received = 7, .dropped = 7});
  return blocks.octets();
}

TEST(PcapngBlockReader, HandsOutWholeBlocksHoweverTheyCome) {
  const std::string given = capture();
  for (const std::size_t part : {std::size_t{1}, std::size_t{7}, std::size_t{64}, given.size()}) {
    PcapngBlockReader reader;
    std::string got;
    for (std::size_t at = 0; at < given.size(); at += part) {
      reader.feed(std::string_view(given).substr(at, part));
      got += reader.take();
      EXPECT_EQ(given.compare(0, got.size(), got), 0);
    }
    EXPECT_EQ(got, given);
    EXPECT_EQ(reader.frames(), 3u);
    EXPECT_EQ(reader.lost(), 9u);
    EXPECT_TRUE(reader.is_complete());
  }
}

TEST(PcapngBlockReader, ABlockThatBreaksOffIsKeptBack) {
  const std::string given = capture();
  PcapngBlockReader reader;
  reader.feed(std::string_view(given).substr(0, given.size() - 1));
  const std::string got = reader.take();
  EXPECT_LT(got.size(), given.size() - 1);
  PcapngBlockReader again;
  again.feed(got);
  EXPECT_EQ(again.take(), got) << "it ends where a block ends";
}

TEST(PcapngBlockReader, RefusesWhatIsNone) {
  using std::literals::string_view_literals::operator""sv;
  for (const auto text : {"HTTP/1.1 200 OK\r"sv, "\0\0\0\0\0\0\0\0\0\0\0\0"sv, "aaaa\x0d\0\0\0aaaaaaaa"sv}) {
    PcapngBlockReader reader;
    reader.feed(text);
    EXPECT_THROW(static_cast<void>(reader.take()), std::runtime_error);
  }
}

}  // namespace
}  // namespace narrows::app
