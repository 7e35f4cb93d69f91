// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/clamp_mss.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "guarded.h"
#include "option_walker.h"
#include "packets.h"

namespace narrows::test {
namespace {

using rewrite::clamp_mss;
using rewrite::ClampResult;

constexpr unsigned kChecksumAt = 16;

/// A TCP header whose options begin with `options`, no payload, checksum right for IPv4.
Octets syn(const Octets& options) {
  Octets segment = tcp(kSyn, options);
  put16(segment, kChecksumAt, tcp_checksum(segment, kSource4, kDestination4));
  return segment;
}

bool is_right(const Octets& segment) {
  return get16(segment, kChecksumAt) == tcp_checksum(segment, kSource4, kDestination4);
}

/// What the segment has to be afterwards but for its checksum; found by the second opinion.
struct Expected {
  Octets segment;
  unsigned options = 0;
  bool clamped = false;
  bool odd = false;
};
Expected lower(const Octets& segment, unsigned limit) {
  Expected expected{segment};
  const auto walked = walk_options(std::span(segment).subspan(20));
  for (unsigned kind = 20; kind <= 56; ++kind) {
    if ((walked.kinds >> kind & 1) == 0) continue;
    ++expected.options;
    if (get16(segment, kind + 2) <= limit) continue;
    put16(expected.segment, kind + 2, limit);
    expected.clamped = true;
    expected.odd |= kind % 2 == 1;
  }
  return expected;
}

/// Clamps, and holds the result against expectation and full recomputation. `segment` comes back clamped.
void clamp_and_compare(Octets& segment, unsigned limit) {
  const Expected expected = lower(segment, limit);
  const bool was_right = is_right(segment);
  const unsigned sum_before = ones_complement_sum(segment) % 0xffff;

  const ClampResult result = clamp_mss(segment, static_cast<std::uint16_t>(limit));

  ASSERT_EQ(result.clamped, expected.clamped);
  ASSERT_EQ(result.odd_offset, expected.odd);
  ASSERT_EQ(result.options, expected.options);
  ASSERT_EQ(is_right(segment), was_right);
  ASSERT_EQ(ones_complement_sum(segment) % 0xffff, sum_before) << "wrong by another difference than before";
  ASSERT_EQ(with16(segment, kChecksumAt, 0), with16(expected.segment, kChecksumAt, 0));
  if (!expected.clamped) {
    ASSERT_EQ(segment, expected.segment);
  }
}

TEST(ClampMss, LowersToTheLimitAndNeverRaises) {
  for (unsigned mss = 0; mss <= 0xffff; ++mss) {
    Octets segment = syn(mss_option(mss));
    const auto result = clamp_mss(segment, 1452);
    ASSERT_EQ(get16(segment, 22), std::min(mss, 1452u));
    ASSERT_EQ(result.clamped, mss > 1452);
    ASSERT_TRUE(is_right(segment)) << mss;
  }
}

TEST(ClampMss, EveryLimit) {
  for (unsigned limit = 0; limit <= 0xffff; ++limit) {
    Octets segment = syn(Octets{1} + mss_option(1460));
    const auto result = clamp_mss(segment, static_cast<std::uint16_t>(limit));
    ASSERT_EQ(get16(segment, 23), std::min(limit, 1460u));
    ASSERT_EQ(result.clamped, limit < 1460);
    ASSERT_TRUE(is_right(segment)) << limit;
  }
}

TEST(ClampMss, EveryOffsetEveryCornerRightAndWrong) {
  constexpr std::array<unsigned, 14> kCorners{0,    1,    0xff, 0x100,  535,    536,    1219,
                                              1220, 1452, 1460, 0x7fff, 0x8000, 0xfffe, 0xffff};
  for (unsigned offset = 20; offset <= 56; ++offset)
    for (const unsigned mss : kCorners)
      for (const unsigned limit : kCorners)
        for (const unsigned error : {0u, 1u, 0x100u, 0x8000u, 0xfffeu}) {
          SCOPED_TRACE(testing::Message()
                       << offset << ": " << mss << " to " << limit << ", wrong by " << error);
          Octets segment = syn(Octets(offset - 20, 1) + mss_option(mss));
          put16(segment, kChecksumAt, get16(segment, kChecksumAt) + error);
          ASSERT_NO_FATAL_FAILURE(clamp_and_compare(segment, limit));
        }
}

TEST(ClampMss, EveryMssOptionOfTheList) {
  Octets segment = syn(mss_option(9000) + Octets{1} + mss_option(1000) + mss_option(1460) + Octets{1, 1} +
                       mss_option(1453) + mss_option(1452));
  const auto result = clamp_mss(segment, 1452);
  EXPECT_EQ(result.options, 5);
  EXPECT_TRUE(result.odd_offset);
  EXPECT_EQ(get16(segment, 22), 1452u);
  EXPECT_EQ(get16(segment, 27), 1000u);
  EXPECT_EQ(get16(segment, 31), 1452u);
  EXPECT_EQ(get16(segment, 37), 1452u);
  EXPECT_EQ(get16(segment, 41), 1452u);
  EXPECT_TRUE(is_right(segment));
}

TEST(ClampMss, OnlyALoweredOptionIsReportedOdd) {
  Octets low = syn(Octets{1} + mss_option(1400));
  EXPECT_FALSE(clamp_mss(low, 1452).odd_offset);
  Octets even_high = syn(mss_option(1460) + Octets{1} + mss_option(1400));
  EXPECT_FALSE(clamp_mss(even_high, 1452).odd_offset);
}

TEST(ClampMss, WhatPrecedesAMalformedOptionIsClamped) {
  Octets segment = syn(mss_option(1460) + Octets{5, 1} + mss_option(1460));
  const auto result = clamp_mss(segment, 1452);
  EXPECT_TRUE(result.malformed);
  EXPECT_EQ(result.options, 1);
  EXPECT_EQ(get16(segment, 22), 1452u);
  EXPECT_EQ(get16(segment, 28), 1460u);
}

TEST(ClampMss, WithoutAnOptionNothingIsWritten) {
  for (const Octets& options : {Octets{}, Octets{1, 1, 1, 0}, Octets{3, 3, 7, 0}, Octets{2, 3, 9, 0}}) {
    const Octets before = syn(options);
    Octets segment = before;
    const auto result = clamp_mss(segment, 1);
    EXPECT_EQ(result.options, 0);
    EXPECT_FALSE(result.clamped);
    EXPECT_EQ(segment, before);
  }
}

TEST(ClampMss, NoLimitChangesNothing) {
  Random random(3);
  for (int round = 0; round < 10'000; ++round) {
    const Octets before = syn(random_options(random, 4 * (random() % 11)));
    Octets segment = before;
    ASSERT_FALSE(clamp_mss(segment, 0xffff).clamped);
    ASSERT_EQ(segment, before);
  }
}

TEST(ClampMss, RandomSegmentsAgainstFullRecomputation) {
  Random random(4);
  for (int round = 0; round < 100'000; ++round) {
    Octets segment = syn(random_options(random, 4 * (random() % 11)));
    if (round % 4 == 0) put16(segment, kChecksumAt, random() & 0xffff);
    SCOPED_TRACE(round);
    ASSERT_NO_FATAL_FAILURE(
        clamp_and_compare(segment, round % 2 == 0 ? 536 + random() % 1000 : random() & 0xffff));
  }
}

/// A million headers against the one property that matters: the sum over all octets stays what it was.
TEST(ClampMss, AMillionHeadersKeepTheirSum) {
  Random random(5);
  Guarded guarded;
  Octets header(60);
  unsigned clamped = 0;
  for (int round = 0; round < 1'000'000; ++round) {
    const std::size_t octets = 24 + 4 * (random() % 10);
    const auto segment = guarded.place(std::span(header).first(octets));
    for (std::size_t at = 0; at < octets; at += 4) {
      const std::uint32_t word = random();
      for (unsigned i = 0; i < 4; ++i) segment[at + i] = static_cast<std::uint8_t>(word >> 8 * i);
    }
    const std::size_t kind = 20 + random() % (octets - 23);
    for (std::size_t at = 20; at < kind; ++at) segment[at] = 1;
    segment[kind] = 2;
    segment[kind + 1] = 4;
    header.assign(segment.begin(), segment.end());
    const unsigned before = ones_complement_sum(header) % 0xffff;
    clamped += clamp_mss(segment, static_cast<std::uint16_t>(random())).clamped ? 1 : 0;
    header.assign(segment.begin(), segment.end());
    ASSERT_EQ(ones_complement_sum(header) % 0xffff, before) << round;
    header.resize(60);
  }
  EXPECT_GT(clamped, 400'000u) << "the rounds must lower something";
}

}  // namespace
}  // namespace narrows::test
