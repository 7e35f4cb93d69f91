// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include "narrows/config/config.h"

namespace narrows::port {

/// What a port's driver is and says, as far as queues are concerned.
struct QueueFacts {
  std::string driver;              ///< rte_eth_dev_info::driver_name
  std::uint64_t rss_offloads = 0;  ///< RTE_ETH_RSS_… that it can hash by
  std::uint16_t receive = 1;       ///< most queues
  std::uint16_t transmit = 1;
};

/// What a port spreads the frames it receives over its queues by.
enum class HashBy : std::uint8_t {
  nothing,
  ip,           ///< addresses and ports of plain IP
  pppoe,        ///< of IP inside PPPoE as well
  pppoe_rules,  ///< the same, where it is told to by rte_flow rules
  kernel,       ///< the Linux kernel's own hash, which looks inside PPPoE
};

/// How the frames of one port come to several workers.
struct QueuePlan {
  /// What is done. Of `software`, queue 0 is the poller's; otherwise queue i is worker i's.
  config::Spread way = config::Spread::off;
  HashBy hash = HashBy::nothing;
  std::uint16_t receive_queues = 1;
  std::uint16_t transmit_queues = 1;  ///< fewer than workers: the others have rings to them
  std::string why;                    ///< for the log
  std::string error;                  ///< not empty: what was asked for cannot be done
};

/// @param carries_pppoe  the port receives PPPoE session frames: a hash that does not look inside them gives
///                       all of a session, or of the line, to one queue.
[[nodiscard]] QueuePlan plan_queues(config::Spread policy, const QueueFacts& facts, bool carries_pppoe,
                                    std::uint16_t workers);

}  // namespace narrows::port
