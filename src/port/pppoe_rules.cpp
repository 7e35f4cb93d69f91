// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/pppoe_rules.h"

#include <rte_ethdev.h>
#include <rte_flow.h>

#include <array>

namespace narrows::port {
namespace {

/// What one rule is about: the headers behind PPPoE, and what of them is hashed.
struct Inner {
  rte_flow_item_type ip;
  rte_flow_item_type transport;  ///< END: any
  std::uint64_t hash;
};

constexpr std::array<Inner, 6> kInner{{
    {RTE_FLOW_ITEM_TYPE_IPV4, RTE_FLOW_ITEM_TYPE_TCP, RTE_ETH_RSS_NONFRAG_IPV4_TCP},
    {RTE_FLOW_ITEM_TYPE_IPV4, RTE_FLOW_ITEM_TYPE_UDP, RTE_ETH_RSS_NONFRAG_IPV4_UDP},
    {RTE_FLOW_ITEM_TYPE_IPV4, RTE_FLOW_ITEM_TYPE_END, RTE_ETH_RSS_IPV4},
    {RTE_FLOW_ITEM_TYPE_IPV6, RTE_FLOW_ITEM_TYPE_TCP, RTE_ETH_RSS_NONFRAG_IPV6_TCP},
    {RTE_FLOW_ITEM_TYPE_IPV6, RTE_FLOW_ITEM_TYPE_UDP, RTE_ETH_RSS_NONFRAG_IPV6_UDP},
    {RTE_FLOW_ITEM_TYPE_IPV6, RTE_FLOW_ITEM_TYPE_END, RTE_ETH_RSS_IPV6},
}};

constexpr std::size_t kMostItems = 8;  // Ethernet, two tags, PPPoE, IP, transport, END

std::array<rte_flow_item, kMostItems> pattern_of(const Inner& inner, std::uint8_t vlan_tags) noexcept {
  std::array<rte_flow_item, kMostItems> items{};  // the rest: END
  std::size_t size = 0;
  items[size++].type = RTE_FLOW_ITEM_TYPE_ETH;
  for (unsigned tag = 0; tag < vlan_tags; ++tag) items[size++].type = RTE_FLOW_ITEM_TYPE_VLAN;
  items[size++].type = RTE_FLOW_ITEM_TYPE_PPPOES;
  items[size++].type = inner.ip;
  items[size].type = inner.transport;
  return items;
}

bool create(std::uint16_t port_id, const Inner& inner, std::uint8_t vlan_tags,
            rte_eth_hash_function function) noexcept {
  const auto pattern = pattern_of(inner, vlan_tags);
  rte_flow_attr attributes{};
  attributes.ingress = 1;
  rte_flow_action_rss rss{};  // no queues named: all that are configured; no key: the port's own
  rss.func = function;
  rss.types = inner.hash;
  std::array<rte_flow_action, 2> actions{};
  actions[0].type = RTE_FLOW_ACTION_TYPE_RSS;
  actions[0].conf = &rss;
  rte_flow_error error{};
  return rte_flow_validate(port_id, &attributes, pattern.data(), actions.data(), &error) == 0 &&
         rte_flow_create(port_id, &attributes, pattern.data(), actions.data(), &error) != nullptr;
}

bool create_all(std::uint16_t port_id, std::uint8_t vlan_tags, rte_eth_hash_function function) noexcept {
  for (const Inner& inner : kInner) {
    if (create(port_id, inner, vlan_tags, function)) continue;
    rte_flow_error error{};
    static_cast<void>(rte_flow_flush(port_id, &error));
    return false;
  }
  return true;
}

}  // namespace

bool spread_pppoe_by_rules(std::uint16_t port_id, std::uint8_t vlan_tags) noexcept {
  // The port's own function is symmetric too where it takes Narrows' key.
  return create_all(port_id, vlan_tags, RTE_ETH_HASH_FUNCTION_SYMMETRIC_TOEPLITZ) ||
         create_all(port_id, vlan_tags, RTE_ETH_HASH_FUNCTION_DEFAULT);
}

}  // namespace narrows::port
