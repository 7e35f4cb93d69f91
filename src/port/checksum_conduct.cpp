// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/checksum_conduct.h"

#include <array>

namespace narrows::port {
namespace {

constexpr std::uint16_t k82540em = 0x100e;
constexpr std::uint16_t k82574l = 0x10d3;

constexpr std::string_view kByOffsets = "goes by the offsets it is given";
constexpr std::string_view kUnproven =
    "hands on the offsets, but nobody has shown what its device makes of them";
constexpr std::string_view kParses = "leaves it to its device to find TCP, whatever l2_len says";
constexpr std::string_view kTapSoftware = "computes in software too, and the IPv4 header's checksum besides";

// The first row that fits counts.
constexpr std::array<ChecksumConduct, 25> kConduct{{
    // virtio 1.1 §5.1.6.2: csum_start and csum_offset travel with the frame.
    {"net_virtio", 0, kLongestOctets, kLongestOctets, kLongestOctets, true, kByOffsets},
    {"net_virtio_user", 0, kLongestOctets, kLongestOctets, kLongestOctets, true, kByOffsets},
    {"net_vhost", 0, kLongestOctets, kLongestOctets, kLongestOctets, true, kByOffsets},
    {"net_tap", 0, kNowhere, kLongestOctets, kPlainOctets, true, kTapSoftware},
    {"net_af_packet", 0, kNowhere, kNowhere, kNowhere, true, {}},
    {"net_af_xdp", 0, kNowhere, kNowhere, kNowhere, true, {}},
    {"net_pcap", 0, kNowhere, kNowhere, kNowhere, true, {}},
    // e2e/test_guest_checksums.py proves the 82540EM. em_rxtx.c never calls a checksum good.
    {"net_e1000_em", k82540em, kLongestOctets, kLongestOctets, kLongestOctets, false, kByOffsets},
    {"net_e1000_em", k82574l, kPlainOctets, kPlainOctets, kLongestOctets, false,
     "drives an 82574L, whose model in QEMU parses headers itself and knows no PPPoE"},
    {"net_e1000_em", 0, kPlainOctets, kLongestOctets, kLongestOctets, false, kUnproven},
    // These say GOOD wherever the descriptor shows no error, looked at or not (rx_desc_error_to_pkt_flags).
    {"net_e1000_igb", 0, kPlainOctets, kLongestOctets, kPlainOctets, false, kUnproven},
    {"net_e1000_igb_vf", 0, kPlainOctets, kLongestOctets, kPlainOctets, false, kUnproven},
    {"net_ixgbe", 0, kPlainOctets, kLongestOctets, kPlainOctets, false, kUnproven},
    {"net_ixgbe_vf", 0, kPlainOctets, kLongestOctets, kPlainOctets, false, kUnproven},
    {"net_i40e", 0, kPlainOctets, kLongestOctets, kPlainOctets, false, kUnproven},
    // And these only where the device has found and checked TCP or UDP.
    {"net_igc", 0, kPlainOctets, kLongestOctets, kLongestOctets, false, kUnproven},
    {"net_ice", 0, kPlainOctets, kLongestOctets, kLongestOctets, false, kUnproven},
    {"net_ice_dcf", 0, kPlainOctets, kLongestOctets, kLongestOctets, false, kUnproven},
    {"net_iavf", 0, kPlainOctets, kLongestOctets, kLongestOctets, false, kUnproven},
    {"net_ena", 0, kPlainOctets, kLongestOctets, kLongestOctets, false, kUnproven},
    {"mlx5_pci", 0, kPlainOctets, kPlainOctets, kLongestOctets, false, kParses},
    {"mlx5_auxiliary", 0, kPlainOctets, kPlainOctets, kLongestOctets, false, kParses},
    {"net_mlx4", 0, kPlainOctets, kPlainOctets, kPlainOctets, false, kParses},
    {"net_vmxnet3", 0, kPlainOctets, kPlainOctets, kPlainOctets, false,
     "has devices that parse headers themselves and know no PPPoE"},
    {"", 0, kNowhere, kLongestOctets, kNowhere, false, "is not known to find TCP behind these headers"},
}};

}  // namespace

const ChecksumConduct& conduct_of(std::string_view driver, std::uint16_t pci_device) {
  for (const auto& conduct : kConduct)
    if (conduct.driver == driver && (conduct.pci_device == 0 || conduct.pci_device == pci_device))
      return conduct;
  return kConduct.back();
}

}  // namespace narrows::port
