// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/checksum.h"

#include <gtest/gtest.h>

#include <array>

#include "guarded.h"
#include "packets.h"
#include "random.h"

namespace narrows::test {
namespace {

using rewrite::full_checksum;
using rewrite::lower_checksum;
using rewrite::pseudo_header_sum;
using rewrite::update_checksum;

std::uint16_t word(unsigned value) {
  return static_cast<std::uint16_t>(value);
}

/// The checksum of the words `rest` and `changing`, computed whole.
unsigned whole_checksum(unsigned rest, unsigned changing) {
  return 0xffff & ~ones_complement_sum(be16(rest) + be16(changing));
}

TEST(UpdateChecksum, TheExampleOfRfc1624) {
  // §4: eqn. 2 of RFC 1141 gives 0xffff here, which is the wrong zero.
  EXPECT_EQ(update_checksum(0xdd2f, 0x5555, 0x3285), 0x0000);
}

TEST(UpdateChecksum, CornersAgainstFullRecomputation) {
  constexpr std::array<unsigned, 10> kCorners{0,      1,      0xff,   0x100,  0x7fff,
                                              0x8000, 0xff00, 0xfffd, 0xfffe, 0xffff};
  for (const unsigned rest : kCorners)
    for (const unsigned before : kCorners)
      for (const unsigned after : kCorners) {
        if (rest == 0 && after == 0) continue;  // a message of nothing but zeros: no TCP segment is one
        EXPECT_EQ(update_checksum(word(whole_checksum(rest, before)), word(before), word(after)),
                  whole_checksum(rest, after))
            << rest << ": " << before << " to " << after;
      }
}

TEST(UpdateChecksum, EveryValueBeforeAndAfter) {
  for (unsigned value = 0; value <= 0xffff; ++value)
    for (const unsigned other : {0u, 1452u, 0xffffu}) {
      ASSERT_EQ(update_checksum(word(whole_checksum(0x1234, value)), word(value), word(other)),
                whole_checksum(0x1234, other));
      ASSERT_EQ(update_checksum(word(whole_checksum(0x1234, other)), word(other), word(value)),
                whole_checksum(0x1234, value));
    }
}

TEST(UpdateChecksum, NoChangeChangesNothingThatCountsAsDifferent) {
  for (unsigned checksum = 0; checksum <= 0xffff; ++checksum)
    ASSERT_EQ(update_checksum(word(checksum), 1452, 1452) % 0xffff, checksum % 0xffff);
}

TEST(UpdateChecksum, EveryWrongChecksumStaysWrongByTheSame) {
  const unsigned right_before = whole_checksum(0x4321, 1460);
  const unsigned right_after = whole_checksum(0x4321, 1452);
  for (unsigned error = 0; error <= 0xffff; ++error) {
    const unsigned after = update_checksum(word(right_before + error), 1460, 1452);
    // Differences of inverted sums, modulo 65535.
    const unsigned was = (right_before + error) % 0x10000 + 0xffff - right_before;
    const unsigned is = after + 0xffff - right_after;
    ASSERT_EQ(is % 0xffff, was % 0xffff) << error;
  }
}

TEST(LowerChecksum, IsEquation3AtEvenAndOddOffsets) {
  const auto swapped = [](unsigned value) { return word((value << 8 | value >> 8) & 0xffff); };
  constexpr std::array<unsigned, 12> kCorners{0,    1,    0xff,   0x100,  536,    1452,
                                              1460, 8960, 0x7fff, 0x8000, 0xfffe, 0xffff};
  for (const unsigned before : kCorners)
    for (const unsigned after : kCorners) {
      if (after >= before) continue;
      for (unsigned checksum = 0; checksum <= 0xffff; ++checksum) {
        ASSERT_EQ(lower_checksum(word(checksum), word(before - after)),
                  update_checksum(word(checksum), word(before), word(after)));
        ASSERT_EQ(lower_checksum(word(checksum), swapped(before - after)),
                  update_checksum(word(checksum), swapped(before), swapped(after)));
      }
    }
}

TEST(LowerChecksum, ByNothingLeavesItAsItIs) {
  for (unsigned checksum = 0; checksum <= 0xffff; ++checksum)
    ASSERT_EQ(lower_checksum(word(checksum), 0), checksum);
}

TEST(PseudoHeaderSum, AgreesForBothFamiliesAndEveryLength) {
  const Octets four = ipv4(tcp(kSyn), Octets{1, 1, 1, 0});
  const Octets six = ipv6(tcp(kSyn));
  for (unsigned octets = 0; octets <= 0xffff; octets += 7)
    for (const auto protocol : {kTcp, kUdp}) {
      ASSERT_EQ(pseudo_header_sum(four.data(), Family::ipv4, protocol, word(octets)),
                pseudo_sum(kSource4, kDestination4, protocol, octets));
      ASSERT_EQ(pseudo_header_sum(six.data(), Family::ipv6, protocol, word(octets)),
                pseudo_sum(kSource6, kDestination6, protocol, octets));
    }
}

TEST(PseudoHeaderSum, CarriesOfExtremeAddresses) {
  Octets four = ipv4(tcp(kSyn));
  std::fill(four.begin() + 12, four.begin() + 20, std::uint8_t{0xff});
  Octets six = ipv6(tcp(kSyn));
  std::fill(six.begin() + 8, six.begin() + 40, std::uint8_t{0xff});
  for (unsigned octets = 0; octets <= 0xffff; ++octets) {
    ASSERT_EQ(pseudo_header_sum(four.data(), Family::ipv4, kTcp, word(octets)),
              pseudo_sum(Octets(4, 0xff), Octets(4, 0xff), kTcp, octets));
    ASSERT_EQ(pseudo_header_sum(six.data(), Family::ipv6, kUdp, word(octets)),
              pseudo_sum(Octets(16, 0xff), Octets(16, 0xff), kUdp, octets));
  }
}

/// One of 65,536 sums has a carry left when it was folded once.
TEST(FullChecksum, EveryValueOfAWord) {
  for (unsigned value = 0; value <= 0xffff; ++value) {
    const Octets l4 = with16(udp(be16(value)), 6, 0);
    ASSERT_EQ(full_checksum(l4.data(), word(static_cast<unsigned>(l4.size())), 6, 0xffff),
              0xffff & ~ones_complement_sum(be16(0xffff) + l4))
        << value;
  }
}

TEST(FullChecksum, EveryLengthOfTcpAndUdp) {
  Random random(6);
  Guarded guarded(2048);
  for (std::size_t payload = 0; payload < 1500; ++payload) {
    const Octets data = random.octets(payload);
    for (const bool is_tcp : {true, false}) {
      const Octets l4 = is_tcp ? tcp(kSyn, {}, data) : udp(data);
      const std::size_t field = is_tcp ? 16 : 6;
      const auto protocol = is_tcp ? kTcp : kUdp;
      const auto placed = guarded.place(with16(l4, field, random() & 0xffff));
      ASSERT_EQ(full_checksum(placed.data(), word(static_cast<unsigned>(l4.size())), field,
                              word(partial_checksum(protocol, l4.size(), true))),
                l4_checksum(protocol, l4, true))
          << payload;
    }
  }
}

}  // namespace
}  // namespace narrows::test
