// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/queue_plan.h"

#include <gtest/gtest.h>
#include <rte_ethdev.h>

namespace narrows::port {
namespace {

using config::Spread;

const QueueFacts kCard{.driver = "net_ixgbe",
                       .rss_offloads = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP,
                       .receive = 128,
                       .transmit = 64};
const QueueFacts kPppoeCard{
    .driver = "net_iavf", .rss_offloads = RTE_ETH_RSS_IP | RTE_ETH_RSS_PPPOE, .receive = 16, .transmit = 16};
const QueueFacts kPlain{.driver = "net_ring"};
const QueueFacts kVirtio{.driver = "net_virtio_user", .receive = 8, .transmit = 8};

QueueFacts af_packet(std::uint16_t qpairs) {
  return {.driver = "net_af_packet", .receive = qpairs, .transmit = qpairs};
}

TEST(QueuePlan, OneWorkerHasOneQueueOfEach) {
  for (const auto& facts : {kCard, kPppoeCard, kPlain, kVirtio, af_packet(1)})
    for (const auto policy : {Spread::automatic, Spread::hardware, Spread::software, Spread::off}) {
      const auto plan = plan_queues(policy, facts, true, 1);
      EXPECT_EQ(plan.error, "");
      EXPECT_EQ(plan.way, Spread::off);
      EXPECT_EQ(plan.receive_queues, 1);
      EXPECT_EQ(plan.transmit_queues, 1);
    }
}

TEST(QueuePlan, PlainIpIsSpreadByAnyCardWithRss) {
  const auto plan = plan_queues(Spread::automatic, kCard, false, 4);
  EXPECT_EQ(plan.way, Spread::hardware);
  EXPECT_EQ(plan.hash, HashBy::ip);
  EXPECT_EQ(plan.receive_queues, 4);
  EXPECT_EQ(plan.transmit_queues, 4);
}

TEST(QueuePlan, PppoeTakesItsHashOrElseRules) {
  const auto hash = plan_queues(Spread::automatic, kPppoeCard, true, 4);
  EXPECT_EQ(hash.way, Spread::hardware);
  EXPECT_EQ(hash.hash, HashBy::pppoe);
  const auto rules = plan_queues(Spread::hardware, kCard, true, 4);
  EXPECT_EQ(rules.way, Spread::hardware);
  EXPECT_EQ(rules.hash, HashBy::pppoe_rules);
}

TEST(QueuePlan, WhatCannotIsSpreadInSoftwareAndItIsSaidWhy) {
  const auto plan = plan_queues(Spread::automatic, kPlain, true, 4);
  EXPECT_EQ(plan.error, "");
  EXPECT_EQ(plan.way, Spread::software);
  EXPECT_EQ(plan.hash, HashBy::nothing);
  EXPECT_EQ(plan.receive_queues, 1);
  EXPECT_EQ(plan.transmit_queues, 1);
  EXPECT_EQ(plan.why, "net_ring has 1 queue for 4 workers");
  EXPECT_EQ(plan_queues(Spread::automatic, kVirtio, false, 4).why, "net_virtio_user has no RSS");
  QueueFacts hashing = kVirtio;
  hashing.rss_offloads = RTE_ETH_RSS_IP;
  EXPECT_EQ(plan_queues(Spread::automatic, hashing, true, 4).why,
            "net_virtio_user does not hash inside PPPoE");
  EXPECT_EQ(plan_queues(Spread::automatic, hashing, false, 4).way, Spread::hardware);
  EXPECT_EQ(plan_queues(Spread::hardware, kPlain, true, 4).error,
            "net_ring has 1 queue for 4 workers; write spread: auto or software");
}

/// A virtual port's other end uses whatever queues there are.
TEST(QueuePlan, InSoftwareTransmitQueuesAreAddedOnlyWhereTheyAddNoReceiveQueue) {
  EXPECT_EQ(plan_queues(Spread::software, kCard, true, 4).transmit_queues, 4);
  EXPECT_EQ(plan_queues(Spread::software, kCard, true, 100).transmit_queues, 64);
  EXPECT_EQ(plan_queues(Spread::software, kVirtio, true, 4).transmit_queues, 1);
}

TEST(QueuePlan, OffIsThePortsOwnHash) {
  const auto card = plan_queues(Spread::off, kCard, true, 4);
  EXPECT_EQ(card.way, Spread::off);
  EXPECT_EQ(card.hash, HashBy::ip);
  EXPECT_EQ(card.receive_queues, 4);
  const auto plain = plan_queues(Spread::off, kPlain, true, 4);
  EXPECT_EQ(plain.error, "");
  EXPECT_EQ(plain.receive_queues, 1);
  EXPECT_EQ(plan_queues(Spread::off, kVirtio, true, 4).transmit_queues, 1);
}

TEST(QueuePlan, TheKernelSpreadsAfPacketOverAllItsQueues) {
  const auto plan = plan_queues(Spread::automatic, af_packet(3), true, 3);
  EXPECT_EQ(plan.way, Spread::hardware);
  EXPECT_EQ(plan.hash, HashBy::kernel);
  EXPECT_EQ(plan.receive_queues, 3);
  EXPECT_EQ(plan_queues(Spread::automatic, af_packet(1), true, 3).way, Spread::software);
  EXPECT_EQ(plan_queues(Spread::off, af_packet(1), true, 3).way, Spread::off);
  EXPECT_EQ(plan_queues(Spread::automatic, af_packet(2), true, 3).error,
            "qpairs=2, but the number of workers is 3: leave out qpairs");
  EXPECT_EQ(plan_queues(Spread::automatic, af_packet(2), true, 1).error,
            "qpairs=2, but the number of workers is 1: leave out qpairs");
  EXPECT_EQ(plan_queues(Spread::software, af_packet(3), true, 3).error,
            "spread: software needs a port with one queue: leave out qpairs");
  EXPECT_EQ(plan_queues(Spread::hardware, af_packet(1), true, 3).error,
            "spread: hardware needs a queue a worker: write qpairs=3 or leave it out");
}

}  // namespace
}  // namespace narrows::port
