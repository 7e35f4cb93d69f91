// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/checksum_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace narrows::port {
namespace {

/// Drivers that pass the offsets on to whoever computes the sum, whatever lies in front (virtio 1.1 §5.1.6.2:
/// csum_start and csum_offset).
constexpr std::array<std::string_view, 3> kGoByOffsets{"net_virtio", "net_virtio_user", "net_vhost"};

constexpr std::array<std::string_view, 7> kKernelOrGuestBehind{
    "net_af_packet", "net_af_xdp", "net_pcap", "net_tap", "net_virtio", "net_virtio_user", "net_vhost"};

}  // namespace

ChecksumDecision decide_checksum(config::ChecksumPolicy policy, const ChecksumFacts& egress,
                                 const ChecksumFacts& ingress) {
  using config::ChecksumPolicy;
  if (policy == ChecksumPolicy::incremental) return {.hardware = false, .why = "as configured", .error = {}};
  if (!egress.offers_tx) {
    const auto why = fmt::format("{} offers no TCP checksum offload", egress.driver);
    if (policy == ChecksumPolicy::hardware)
      return {.hardware = false, .why = {}, .error = why + "; set checksum: auto or incremental"};
    return {.hardware = false, .why = why, .error = {}};
  }
  if (policy == ChecksumPolicy::hardware) return {.hardware = true, .why = "as configured", .error = {}};
  if (std::ranges::find(kGoByOffsets, egress.driver) == kGoByOffsets.end())
    return {.hardware = false,
            .why = fmt::format("{} is not known to find TCP behind PPPoE", egress.driver),
            .error = {}};
  if (!ingress.offers_rx)
    return {.hardware = false, .why = "the receiving port does not verify checksums", .error = {}};
  return {
      .hardware = true, .why = fmt::format("{} goes by the offsets it is given", egress.driver), .error = {}};
}

bool may_hand_over_partial_checksums(std::string_view driver) {
  return std::ranges::find(kKernelOrGuestBehind, driver) != kKernelOrGuestBehind.end();
}

}  // namespace narrows::port
