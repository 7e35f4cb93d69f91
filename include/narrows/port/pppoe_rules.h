// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace narrows::port {

/// Asks a started port, by rte_flow rules, to spread PPPoE session frames over its queues by the addresses
/// and ports inside, the same for both directions: PPPOES patterns with an RSS action, for IPv4 and IPv6 with
/// TCP, UDP and neither. The PPPoE patterns of drivers differ in whether IP follows PPPOES at once, so the
/// port is asked first (rte_flow_validate).
/// @param vlan_tags  in front of PPPoE, 0 … 2; frames with more or fewer are left alone.
/// @return whether all rules were taken; else none is left.
[[nodiscard]] bool spread_pppoe_by_rules(std::uint16_t port_id, std::uint8_t vlan_tags) noexcept;

}  // namespace narrows::port
