// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/options.h"

#include <gtest/gtest.h>

#include "guarded.h"
#include "ppp_fixture.h"

namespace narrows::ppp {
namespace {

std::vector<Octets> walk(const OptionList& list) {
  std::vector<Octets> options;
  for (const Option each : list) options.emplace_back(each.octets.begin(), each.octets.end());
  return options;
}

TEST(Options, AreWalkedInOrder) {
  const Octets octets{1, 4, 5, 0xd4, 7, 2, 5, 6, 1, 2, 3, 4};
  const auto list = OptionList::parse(octets);
  ASSERT_TRUE(list);
  EXPECT_EQ(walk(*list), (std::vector<Octets>{{1, 4, 5, 0xd4}, {7, 2}, {5, 6, 1, 2, 3, 4}}));
}

TEST(Options, NoneIsAList) {
  const auto list = OptionList::parse({});
  ASSERT_TRUE(list);
  EXPECT_TRUE(walk(*list).empty());
}

TEST(Options, LengthsUnderTwoOrBeyondAreRefused) {  // RFC 1661 §6
  for (const Octets& octets :
       {Octets{1}, Octets{1, 0}, Octets{1, 1}, Octets{1, 3}, Octets{7, 2, 1}, Octets{7, 2, 1, 255, 3}})
    EXPECT_FALSE(OptionList::parse(octets)) << octets.size();
}

TEST(Options, NoOctetBeyondTheListIsRead) {
  test::Guarded memory;
  for (unsigned length = 0; length < 256; ++length) {
    const Octets octets{7, 2, 1, static_cast<std::uint8_t>(length), 9, 9};
    for (std::size_t present = 0; present <= octets.size(); ++present)
      if (const auto list = OptionList::parse(memory.place(std::span(octets).first(present)))) walk(*list);
  }
}

TEST(Options, IntegersHaveJustTheirSize) {
  const Octets octets{1, 4, 0x05, 0xd4, 1, 3, 1, 1, 5, 1, 2, 3};
  const auto list = OptionList::parse(octets);
  ASSERT_TRUE(list);
  auto at = list->begin();
  EXPECT_EQ(integer_of<std::uint16_t>(*at), 1492);
  EXPECT_FALSE(integer_of<std::uint32_t>(*at));
  EXPECT_FALSE(integer_of<std::uint16_t>(*++at));
  EXPECT_FALSE(integer_of<std::uint16_t>(*++at));
}

TEST(Options, AreWrittenWithTypeAndLength) {
  OptionWriter writer;
  EXPECT_TRUE(writer.is_empty());
  writer.put_integer(1, std::uint16_t{1492});
  writer.put(3, Octets{0xc2, 0x23, 5});
  EXPECT_EQ(writer.octets(), (Octets{1, 4, 0x05, 0xd4, 3, 5, 0xc2, 0x23, 5}));
}

}  // namespace
}  // namespace narrows::ppp
