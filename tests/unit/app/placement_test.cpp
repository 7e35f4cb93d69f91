// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narrows::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// CPUs 0 to 3 on node 0, 4 to 7 on node 1.
Machine two_nodes(int lan_node, int wan_node) {
  Machine machine;
  for (unsigned number = 0; number < 8; ++number) machine.cpus.push_back({number, number < 4 ? 0 : 1});
  machine.ports = {PortLocation{true, lan_node}, PortLocation{true, wan_node}};
  return machine;
}

config::Config with_lcores(std::vector<unsigned> lcores) {
  config::Config config;
  config.workers.lcores = std::move(lcores);
  return config;
}

TEST(Placement, DefaultIsOnThePortsNode) {
  const auto placement = place({}, two_nodes(1, 1));
  EXPECT_EQ(placement.control_cpu, 4u);
  EXPECT_THAT(placement.worker_cpus, ElementsAre(5u));
  EXPECT_EQ(placement.node, 1);
  EXPECT_THAT(placement.notes, IsEmpty());
  EXPECT_THAT(placement.errors, IsEmpty());
}

TEST(Placement, OneKnownPortDecides) {
  EXPECT_THAT(place({}, two_nodes(kUnknownNode, 1)).worker_cpus, ElementsAre(5u));
  EXPECT_THAT(place({}, two_nodes(1, kUnknownNode)).worker_cpus, ElementsAre(5u));
}

TEST(Placement, PortsWithoutANodeStayOnOne) {
  auto machine = two_nodes(kUnknownNode, kUnknownNode);
  auto placement = place({}, machine);
  EXPECT_EQ(placement.control_cpu, 0u);
  EXPECT_THAT(placement.worker_cpus, ElementsAre(1u));
  EXPECT_EQ(placement.node, 0);
  // The first node has a single CPU left: it is the worker's.
  machine.cpus.erase(machine.cpus.begin(), machine.cpus.begin() + 3);
  placement = place({}, machine);
  EXPECT_THAT(placement.worker_cpus, ElementsAre(3u));
  EXPECT_EQ(placement.control_cpu, 4u);
}

TEST(Placement, PortsOnDifferentNodesAreNoted) {
  const auto placement = place({}, two_nodes(0, 1));
  EXPECT_THAT(placement.worker_cpus, ElementsAre(1u));
  EXPECT_THAT(placement.notes, ElementsAre(HasSubstr("port lan is on NUMA node 0, port wan on node 1"),
                                           HasSubstr("worker CPU 1 is on NUMA node 0, port wan on node 1")));
}

TEST(Placement, ASingleCpuOnTheNodeIsTheWorkers) {
  auto machine = two_nodes(1, 1);
  machine.cpus.resize(5);
  const auto placement = place({}, machine);
  EXPECT_THAT(placement.worker_cpus, ElementsAre(4u));
  EXPECT_EQ(placement.control_cpu, 0u);
}

TEST(Placement, NoCpuOnThePortsNodeIsNoted) {
  auto machine = two_nodes(1, 1);
  machine.cpus.resize(4);
  const auto placement = place({}, machine);
  EXPECT_EQ(placement.control_cpu, 0u);
  EXPECT_THAT(placement.worker_cpus, ElementsAre(1u));
  EXPECT_EQ(placement.node, 1);
  EXPECT_THAT(placement.notes, ElementsAre(HasSubstr("port lan on node 1"), HasSubstr("port wan on node 1")));
}

TEST(Placement, OneCpuIsShared) {
  auto machine = two_nodes(0, 0);
  machine.cpus.resize(1);
  const auto placement = place({}, machine);
  EXPECT_EQ(placement.control_cpu, 0u);
  EXPECT_THAT(placement.worker_cpus, ElementsAre(0u));
  EXPECT_THAT(placement.notes, ElementsAre(HasSubstr("shares CPU 0")));
}

TEST(Placement, ConfiguredLcoresAreTakenAsTheyAre) {
  const auto placement = place(with_lcores({6, 4}), two_nodes(1, 1));
  EXPECT_THAT(placement.worker_cpus, ElementsAre(6u, 4u));
  EXPECT_EQ(placement.control_cpu, 5u);
  EXPECT_THAT(placement.notes, IsEmpty());
}

TEST(Placement, ConfiguredLcoresOfTheWrongNodeAreNoted) {
  const auto placement = place(with_lcores({1}), two_nodes(1, 1));
  EXPECT_THAT(placement.worker_cpus, ElementsAre(1u));
  EXPECT_EQ(placement.control_cpu, 4u);
  EXPECT_EQ(placement.node, 1);
  EXPECT_THAT(placement.notes, ElementsAre(HasSubstr("worker CPU 1 is on NUMA node 0, port lan on node 1"),
                                           HasSubstr("port wan on node 1")));
}

TEST(Placement, ConfiguredLcoresDecideTheNodeOfSoftwarePorts) {
  const auto placement = place(with_lcores({5}), two_nodes(kUnknownNode, kUnknownNode));
  EXPECT_EQ(placement.node, 1);
  EXPECT_EQ(placement.control_cpu, 4u);
}

TEST(Placement, WorkersOnEveryCpuShareOneWithControl) {
  const auto placement = place(with_lcores({0, 1, 2, 3, 4, 5, 6, 7}), two_nodes(0, 0));
  EXPECT_EQ(placement.control_cpu, 0u);
  EXPECT_THAT(placement.notes, testing::Contains(HasSubstr("shares CPU 0")));
}

TEST(Placement, AnLcoreThatIsNotAllowedIsAnError) {
  auto machine = two_nodes(0, 0);
  machine.cpus.erase(machine.cpus.begin() + 2);
  const auto placement = place(with_lcores({1, 2, 9}), machine);
  EXPECT_THAT(placement.worker_cpus, ElementsAre(1u));
  EXPECT_THAT(placement.errors,
              ElementsAre(HasSubstr("CPU 2 is not there or not allowed"), HasSubstr("may use 0-1,3-7")));
}

TEST(Placement, NothingIsAssumedOfAnEmptyMachine) {
  const auto placement = place({}, {});
  EXPECT_THAT(placement.worker_cpus, IsEmpty());
  EXPECT_EQ(placement.node, kUnknownNode);
}

TEST(InspectMachine, SeesThisMachine) {
  config::Config config;
  config.lan.device = "net_af_packet0,iface=narrows-absent";
  config.wan.device = "net_af_packet1,iface=lo";
  const auto machine = inspect_machine(config);
  EXPECT_FALSE(machine.cpus.empty());
  EXPECT_FALSE(machine.ports[0].is_present);
  EXPECT_TRUE(machine.ports[1].is_present);
  config.lan.device = "ffff:ff:1f.7";
  config.wan.device = "net_null0";
  EXPECT_FALSE(inspect_machine(config).ports[0].is_present);
  EXPECT_TRUE(inspect_machine(config).ports[1].is_present);
}

}  // namespace
}  // namespace narrows::app
