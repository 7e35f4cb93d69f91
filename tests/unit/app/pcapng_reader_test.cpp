// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/pcapng_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "line_noise.h"
#include "random.h"

namespace narrows::app {
namespace {

using test::Octets;
using test::operator+;
using testing::HasSubstr;

/// Blocks of one byte order or the other.
class Writer {
 public:
  explicit Writer(bool swapped) : swapped_(swapped) {}

  template <typename Value>
  [[nodiscard]] Octets value(Value number) const {
    Octets octets(sizeof(number));
    std::memcpy(octets.data(), &number, sizeof(number));
    if (swapped_) std::ranges::reverse(octets);
    return octets;
  }
  [[nodiscard]] Octets option(std::uint16_t code, const Octets& content) const {
    return value(code) + value(static_cast<std::uint16_t>(content.size())) + padded(content);
  }
  [[nodiscard]] Octets block(std::uint32_t type, const Octets& body) const {
    const auto length = value(static_cast<std::uint32_t>(padded(body).size() + 12));
    return value(type) + length + padded(body) + length;
  }
  [[nodiscard]] Octets section() const {
    return block(0x0a0d0d0a,
                 value(0x1a2b3c4du) + value(std::uint16_t{1}) + value(std::uint16_t{0}) + Octets(8, 0xff));
  }
  [[nodiscard]] Octets interface(const Octets& options, std::uint16_t link = 1,
                                 std::uint32_t snap = 0) const {
    return block(1, value(link) + value(std::uint16_t{0}) + value(snap) + options);
  }
  [[nodiscard]] Octets packet(std::uint32_t interface, std::uint64_t ticks, const Octets& frame,
                              std::uint32_t original, const Octets& options = {}) const {
    return block(6, value(interface) + value(static_cast<std::uint32_t>(ticks >> 32)) +
                        value(static_cast<std::uint32_t>(ticks)) +
                        value(static_cast<std::uint32_t>(frame.size())) + value(original) + padded(frame) +
                        options);
  }
  static Octets padded(Octets octets) {
    octets.resize((octets.size() + 3) / 4 * 4);
    return octets;
  }

 private:
  bool swapped_;
};

Octets text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}

class PcapngReading : public testing::Test {
 protected:
  ~PcapngReading() override { std::filesystem::remove(path_); }

  PcapngReader reader(const Octets& octets) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
    return PcapngReader(path_);
  }
  std::string complaint(const Octets& octets) {
    try {
      auto file = reader(octets);
      CapturedFrame frame;
      while (file.next(frame)) {
      }
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  std::string path_ = std::filesystem::temp_directory_path() /
                      ("narrows_pcapng_" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
                       "_" + std::to_string(getpid()));
};

TEST_F(PcapngReading, TellsInterfacesTimesAndComments) {
  for (const bool swapped : {false, true}) {
    const Writer write(swapped);
    auto file =
        reader(write.section() + write.interface(write.option(2, text("lan in")) + write.option(9, {9})) +
               write.interface(write.option(2, text("wan in"))) + write.block(0x0bad, {1, 2, 3}) +
               write.packet(0, 1'500'000'000, {1, 2, 3}, 3) +
               write.packet(1, 2'000'001, {4, 5}, 60, write.option(1, text("dropped"))));
    CapturedFrame frame;
    ASSERT_TRUE(file.next(frame));
    EXPECT_EQ(Octets(frame.octets.begin(), frame.octets.end()), (Octets{1, 2, 3}));
    EXPECT_EQ(frame.time, CaptureTime(1'500'000'000));
    EXPECT_EQ(frame.interface, "lan in");
    EXPECT_EQ(frame.comment, "");
    EXPECT_FALSE(frame.cut_short());
    ASSERT_TRUE(file.next(frame));
    EXPECT_EQ(frame.time, CaptureTime(2'000'001'000));
    EXPECT_EQ(frame.interface, "wan in");
    EXPECT_EQ(frame.comment, "dropped");
    EXPECT_EQ(frame.wire_octets, 60u);
    EXPECT_TRUE(frame.cut_short());
    EXPECT_FALSE(file.next(frame));
  }
}

TEST_F(PcapngReading, ANewSectionHasItsOwnInterfacesAndByteOrder) {
  const Writer host(false);
  const Writer other(true);
  auto file =
      reader(host.section() + host.interface(host.option(2, text("one"))) + host.packet(0, 0, {1}, 1) +
             other.section() + other.interface(other.option(2, text("two"))) + other.packet(0, 0, {2}, 1));
  CapturedFrame frame;
  ASSERT_TRUE(file.next(frame) && file.next(frame));
  EXPECT_EQ(frame.interface, "two");
  EXPECT_FALSE(file.next(frame));
}

TEST_F(PcapngReading, ComplainsInOneLine) {
  const Writer write(false);
  const Octets begin = write.section() + write.interface({});
  EXPECT_THAT(complaint(begin + write.packet(1, 0, {1}, 1)),
              HasSubstr("an interface that it does not describe"));
  EXPECT_THAT(complaint(write.section() + write.interface({}, 113) + write.packet(0, 0, {1}, 1)),
              HasSubstr("only Ethernet"));
  Octets cut = begin + write.packet(0, 0, {1, 2, 3}, 3);
  cut.resize(cut.size() - 5);
  EXPECT_THAT(complaint(cut), HasSubstr("breaks off"));
  EXPECT_THAT(complaint(begin + write.value(6u) + write.value(0xfffffff0u)), HasSubstr("length cannot be"));
  EXPECT_THAT(complaint(begin + write.block(6, Octets(16))), HasSubstr("shorter than what it says"));
  EXPECT_EQ(complaint(begin), "");
}

/// Broken in any way: frames, or one complaint, and nothing is read beyond a block (under ASan).
TEST_F(PcapngReading, SurvivesAnything) {
  const Writer write(false);
  const Octets good = write.section() +
                      write.interface(write.option(2, text("lan in")) + write.option(9, {9})) +
                      write.packet(0, 77, {1, 2, 3, 4, 5}, 5, write.option(1, text("x"))) +
                      write.block(3, write.value(2u) + Octets{1, 2});
  test::Random random(1);
  for (unsigned round = 0; round < 300; ++round) static_cast<void>(complaint(test::mutated(good, random)));
}

}  // namespace
}  // namespace narrows::app
