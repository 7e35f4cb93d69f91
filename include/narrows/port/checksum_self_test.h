// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <string>

namespace narrows::port {

/// Has a started port's driver look at frames of every header length up to `l2_octets` (14 … 30), IPv4 and
/// IPv6, whose checksums are left to it (rte_eth_tx_prepare). Nothing is sent. For the control thread, before
/// workers use queue 0.
/// @return why the port is not to be trusted, to continue "DRIVER …"; empty: the driver takes them all as
/// they are.
[[nodiscard]] std::string checksum_self_test(std::uint16_t port_id, std::uint8_t l2_octets,
                                             rte_mempool* pool);

}  // namespace narrows::port
