// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/byte_order.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace narrows::wire {
namespace {

template <typename Value>
auto octets_of(const Value& value) {
  std::array<std::uint8_t, sizeof(Value)> octets;
  std::memcpy(octets.data(), &value, sizeof(Value));
  return octets;
}

TEST(ByteOrder, MostSignificantOctetFirst) {
  EXPECT_EQ(octets_of(Be16(0x1234)), (std::array<std::uint8_t, 2>{0x12, 0x34}));
  EXPECT_EQ(octets_of(Be32(0x12345678)), (std::array<std::uint8_t, 4>{0x12, 0x34, 0x56, 0x78}));
}

TEST(ByteOrder, EveryValueComesBack) {
  for (unsigned value = 0; value <= 0xffff; ++value)
    ASSERT_EQ(Be16(static_cast<std::uint16_t>(value)).host(), value);
  for (const std::uint32_t value :
       {0u, 1u, 0xffu, 0x100u, 0x7fffffffu, 0x80000000u, 0xfffffffeu, 0xffffffffu})
    EXPECT_EQ(Be32(value).host(), value);
}

TEST(ByteOrder, HeadersLieAtAnyAddress) {
  std::array<std::uint8_t, 7> octets{0, 1, 2, 3, 4, 5, 6};
  EXPECT_EQ(header_at<Be16>(octets.data() + 1).host(), 0x0102);
  EXPECT_EQ(header_at<Be32>(octets.data() + 3).host(), 0x03040506u);
  header_at<Be16>(octets.data() + 5) = Be16(0xabcd);
  EXPECT_EQ(octets, (std::array<std::uint8_t, 7>{0, 1, 2, 3, 4, 0xab, 0xcd}));
}

}  // namespace
}  // namespace narrows::wire
