// SPDX-License-Identifier: BSD-3-Clause
/// Spreading with a thread for each worker: what ThreadSanitizer is to see.
#include <thread>

#include "spread_fixture.h"

namespace narrows::test {
namespace {

class SpreadThreads : public SpreadTest, public testing::WithParamInterface<std::uint16_t> {};

TEST_P(SpreadThreads, EveryFlowKeepsItsOrder) {
  constexpr unsigned kFlows = 16;
  constexpr unsigned kRounds = 60;
  start(3, GetParam());
  std::vector<std::thread> lcores;
  for (const auto& worker : workers) lcores.emplace_back([&worker] { worker->run(); });
  std::map<unsigned, std::vector<unsigned>> to_wan;
  std::size_t seen = 0;
  for (unsigned round = 0; round < kRounds; ++round) {
    for (unsigned flow = 0; flow < kFlows; ++flow) {
      lan->feed(from_lan(numbered(flow, round)));
      wan->feed(from_wan(numbered(flow, round, true)));
    }
    for (std::size_t expected = std::size_t{kFlows} * (round + 1); seen < expected;) {
      for (const auto& [flow, numbers] : numbers(Side::wan)) {
        to_wan[flow].insert(to_wan[flow].end(), numbers.begin(), numbers.end());
        seen += numbers.size();
      }
      std::this_thread::yield();
    }
  }
  while (sum(&stats::DirectionCounters::forwarded, Direction::wan_to_lan) < std::uint64_t{kFlows} * kRounds)
    std::this_thread::yield();
  for (const auto& worker : workers) worker->stop();
  for (auto& lcore : lcores) lcore.join();
  for (const auto& [flow, numbers] : to_wan)
    for (unsigned number = 0; number < numbers.size(); ++number) ASSERT_EQ(numbers[number], number) << flow;
  EXPECT_EQ(seen, std::size_t{kFlows} * kRounds);
}

INSTANTIATE_TEST_SUITE_P(TransmitQueues, SpreadThreads, testing::Values(1, 3));

}  // namespace
}  // namespace narrows::test
