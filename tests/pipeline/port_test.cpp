// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/port.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "rings.h"

namespace narrows::test {
namespace {

using port::Port;
using port::PortSettings;

std::string error_of(std::uint16_t id, const PortSettings& settings) {
  try {
    const Port port(id, settings, test_pool());
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

TEST(Port, MovesFrames) {
  RingPort ring;
  const Port port(ring.id(), settings_of(Side::lan, kLanMac), test_pool());
  const Octets frame = from_lan(ipv4(tcp(kAck)));
  ring.feed(frame, 3);
  rte_mbuf* mbufs[4];
  ASSERT_EQ(port.receive(0, mbufs, 4), 3);
  EXPECT_EQ(port.prepare(0, mbufs, 3), 3);
  EXPECT_EQ(port.send(0, mbufs, 3), 3);
  EXPECT_EQ(ring.drain(), std::vector<Octets>(3, frame));
}

TEST(Port, UsesTheConfiguredAddressOrElseTheDevices) {
  RingPort configured;
  EXPECT_EQ(Port(configured.id(), settings_of(Side::lan, kLanMac), test_pool()).mac(), mac(kLanMac));

  RingPort own;
  rte_ether_addr address{};
  ASSERT_EQ(rte_eth_macaddr_get(own.id(), &address), 0);
  const Port port(own.id(), {}, test_pool());
  EXPECT_EQ(port.mac(), mac(Octets(std::begin(address.addr_bytes), std::end(address.addr_bytes))));
  EXPECT_EQ(port.driver(), "net_ring");
  EXPECT_EQ(port.id(), own.id());
}

TEST(Port, ListensAsItsSettingsSay) {
  RingPort terminate;
  RingPort transparent;
  ASSERT_EQ(rte_eth_promiscuous_disable(terminate.id()), 0);  // this driver's ports begin with it on
  const Port one(terminate.id(), {}, test_pool());
  PortSettings promiscuous;
  promiscuous.promiscuous = true;
  const Port other(transparent.id(), promiscuous, test_pool());
  EXPECT_EQ(rte_eth_promiscuous_get(terminate.id()), 0);
  EXPECT_EQ(rte_eth_allmulticast_get(terminate.id()), 1);
  EXPECT_EQ(rte_eth_promiscuous_get(transparent.id()), 1);
}

TEST(Port, SaysWhatItCannotDo) {
  RingPort ring;
  PortSettings two_queues = settings_of(Side::wan, kWanMac);
  two_queues.receive_queues = 2;
  EXPECT_EQ(error_of(ring.id(), two_queues).find("ports.wan: net_ring refuses an MTU of 1500 with 2 receive"),
            0u);
  RingPort other;
  PortSettings checksum = settings_of(Side::lan, kLanMac);
  checksum.transmit_checksum = true;
  EXPECT_EQ(error_of(other.id(), checksum).find("ports.lan: net_ring refuses"), 0u);
}

TEST(Port, ThatTakesNoRulesForPppoeIsLeftWithOneReceiveQueue) {
  RingPort ring;
  PortSettings settings = settings_of(Side::wan, kWanMac);
  settings.hash = port::HashBy::pppoe_rules;
  const Port port(ring.id(), settings, test_pool());
  EXPECT_EQ(port.settings().hash, port::HashBy::nothing);
  EXPECT_EQ(port.settings().receive_queues, 1);
  ring.feed(from_lan(ipv4(tcp(kAck))));
  rte_mbuf* mbuf = nullptr;
  ASSERT_EQ(port.receive(0, &mbuf, 1), 1);
  rte_pktmbuf_free(mbuf);
}

TEST(Port, ThereMustBeOne) {
  EXPECT_NE(error_of(RTE_MAX_ETHPORTS - 1, {}).find("does not answer"), std::string::npos);
  EXPECT_THROW(static_cast<void>(Port::inspect(RTE_MAX_ETHPORTS - 1)), std::runtime_error);
}

TEST(Port, InspectsWithoutOpening) {
  RingPort ring;
  const auto facts = Port::inspect(ring.id());
  EXPECT_EQ(facts.driver, "net_ring");
  EXPECT_FALSE(facts.offers_tx);
  EXPECT_FALSE(facts.offers_rx);
  EXPECT_GE(Port::node_of(ring.id()), 0);
}

TEST(Port, ClosesOnce) {
  RingPort ring;
  std::optional<Port> port(std::in_place, ring.id(), PortSettings{}, test_pool());
  EXPECT_TRUE(rte_eth_dev_is_valid_port(ring.id()));
  port->close();
  EXPECT_FALSE(rte_eth_dev_is_valid_port(ring.id()));
  port->close();
  port.reset();
}

}  // namespace
}  // namespace narrows::test
