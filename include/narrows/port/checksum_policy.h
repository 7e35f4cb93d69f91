// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "narrows/config/config.h"

namespace narrows::port {

/// What a port's driver is and says, as far as checksums are concerned, and what frames it has to do with.
struct ChecksumFacts {
  std::string driver;            ///< rte_eth_dev_info::driver_name
  std::uint16_t pci_device = 0;  ///< 0: not a PCI device, or unknown
  bool offers_tx = false;        ///< TCP and UDP checksum offload on transmit
  bool offers_rx = false;        ///< likewise on receive
  std::uint8_t l2_octets = 14;   ///< longest headers in front of an IP packet there: 14, 18, 22, 26, 30
};

struct ChecksumDecision {
  bool hardware = false;
  std::string why;    ///< for the log and the statistics
  std::string error;  ///< not empty: the policy cannot be met
};

/// Whether frames leaving by `egress`, received by `ingress`, may have their TCP and UDP checksums computed
/// by the egress port (contract 2.5). A capability alone is no proof: several devices offer the offload and
/// then do not find TCP behind a PPPoE header, so `auto` takes only what has been proven for headers of that
/// length (checksum_conduct.h), and only where there is something to gain: correcting a whole checksum costs
/// less than leaving it to a port, completing half of one does not.
[[nodiscard]] ChecksumDecision decide_checksum(config::ChecksumPolicy policy, const ChecksumFacts& egress,
                                               const ChecksumFacts& ingress);

/// Whether frames from this driver's ports may carry partial checksums: those of a neighbouring kernel or
/// virtual machine, which leaves them to whoever puts the frame on a wire.
[[nodiscard]] bool may_hand_over_partial_checksums(std::string_view driver);

}  // namespace narrows::port
