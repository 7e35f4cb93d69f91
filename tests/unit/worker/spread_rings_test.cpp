// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/spread_rings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "frames.h"
#include "narrows/worker/flow_hash.h"
#include "packets.h"
#include "random.h"

namespace narrows::worker {
namespace {

using namespace test;  // frames

std::vector<long> counts(const ShareTable& shares, std::size_t workers) {
  std::vector<long> counts;
  for (std::size_t worker = 0; worker < workers; ++worker)
    counts.push_back(std::ranges::count(shares, worker));
  return counts;
}

TEST(ShareOut, GivesEachItsWeight) {
  EXPECT_EQ(counts(share_out(std::vector{1u, 1u}), 2), (std::vector<long>{128, 128}));
  EXPECT_EQ(counts(share_out(std::vector{1u, 1u, 2u}), 3), (std::vector<long>{64, 64, 128}));
  EXPECT_EQ(counts(share_out(std::vector{0u, 1u, 0u}), 3), (std::vector<long>{0, 256, 0}));
}

TEST(ShareOut, IsNeverMoreThanOneShareOff) {
  Random random(1);
  for (std::size_t workers = 1; workers <= 127; ++workers) {
    std::vector<unsigned> weights;
    for (std::size_t i = 0; i < workers; ++i) weights.push_back(1 + random() % 2);
    unsigned sum = 0;
    for (const unsigned weight : weights) sum += weight;
    const auto given = counts(share_out(weights), workers);
    for (std::size_t i = 0; i < workers; ++i)
      ASSERT_LE(std::abs(static_cast<double>(given[i]) - 256.0 * weights[i] / sum), 1.0)
          << i << " of " << workers;
  }
}

TEST(ShareWeights, PollersHaveHalf) {
  const std::vector<std::uint16_t> two{1, 0};
  EXPECT_EQ(share_weights(4, two), (std::vector<unsigned>{1, 1, 2, 2}));
  EXPECT_EQ(share_weights(2, two), (std::vector<unsigned>{1, 1}));
  const std::vector<std::uint16_t> both{0, 0};
  EXPECT_EQ(share_weights(3, both), (std::vector<unsigned>{1, 2, 2}));
}

/// Of many flows of one LAN, addresses and ports as hosts choose them, each of eight workers gets its eighth:
/// within five standard deviations of what chance allows.
TEST(ShareOut, SharesOfManyFlowsAreFair) {
  constexpr unsigned kFlows = 20000;
  constexpr std::size_t kWorkers = 8;
  const auto shares = share_out(std::vector<unsigned>(kWorkers, 1));
  Random random(2);
  std::array<unsigned, kWorkers> flows{};
  for (unsigned flow = 0; flow < kFlows; ++flow) {
    Octets packet = ipv4(tcp(kAck));
    put16(packet, 12, 192 << 8 | 168);
    put16(packet, 14, 1 << 8 | (2 + flow % 20));
    put16(packet, 16, random() & 0xffff);
    put16(packet, 18, random() & 0xffff);
    put16(packet, 20, 32768 + flow % 28232);
    put16(packet, 22, 443);
    const auto hash = flow_hash(ethernet(kLanMac, kPeerMac, 0x0800, packet));
    ASSERT_NE(hash, kNoFlow);
    ++flows[shares[hash % shares.size()]];
  }
  constexpr double kExpected = static_cast<double>(kFlows) / kWorkers;
  double chi_square = 0;
  for (const unsigned count : flows) chi_square += (count - kExpected) * (count - kExpected) / kExpected;
  EXPECT_LT(chi_square, (kWorkers - 1) + 5 * std::sqrt(2.0 * (kWorkers - 1)));
}

}  // namespace
}  // namespace narrows::worker
