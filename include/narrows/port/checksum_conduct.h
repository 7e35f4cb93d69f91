// SPDX-License-Identifier: BSD-3-Clause
/// What is known of drivers and the devices behind them, as far as checksums are concerned. A capability says
/// that a port computes TCP checksums, not that it finds TCP behind a PPPoE header; docs/hardware.md has the
/// sources.
#pragma once

#include <cstdint>
#include <string_view>

namespace narrows::port {

/// Headers in front of the IP packet (l2_len), in octets.
inline constexpr std::uint8_t kNowhere = 0;
inline constexpr std::uint8_t kPlainOctets = 18;    ///< Ethernet and at most one tag: what any device knows
inline constexpr std::uint8_t kLongestOctets = 30;  ///< Ethernet, two tags, PPPoE

struct ChecksumConduct {
  std::string_view driver;       ///< rte_eth_dev_info::driver_name
  std::uint16_t pci_device = 0;  ///< of Intel's, where one driver has devices of different conduct; 0: any
  /// Longest headers behind which it is known to compute right checksums.
  std::uint8_t trusted_octets = kNowhere;
  /// Longest headers behind which it may, as the driver hands on the offsets it is given.
  std::uint8_t possible_octets = kLongestOctets;
  /// Longest headers behind which GOOD on receive means verified; beyond, it may mean not looked at.
  std::uint8_t vouches_octets = kNowhere;
  /// A kernel or virtual machine is behind it, which leaves checksums unfinished for whoever puts the frame
  /// on a wire.
  bool hands_over_partial = false;
  std::string_view why;  ///< continues "DRIVER …"
};

/// @param pci_device  0: not a PCI device, or unknown. Unknown drivers: trusted nowhere, vouching nowhere.
[[nodiscard]] const ChecksumConduct& conduct_of(std::string_view driver, std::uint16_t pci_device = 0);

}  // namespace narrows::port
