// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

namespace narrows::worker {

inline constexpr std::uint32_t kNoFlow = 0x1'0000;

/// A hash of the flow that a frame belongs to, the same for both directions of it: over the IP addresses and,
/// of TCP and UDP, the ports, in plain IP and inside a PPPoE session alike. Fragments are hashed by their
/// addresses alone, so that those of a datagram stay together.
///
/// It is the Toeplitz hash of RSS with the key 6d5a 6d5a …, of whose 32 bits both halves are this: what
/// `rte_softrss` gives, and network cards with that key. As the key has a period of 16 bits, so does the
/// hash: one step over the exclusive or of all 16-bit words. Addresses and ports that grow in step may
/// therefore cancel out.
///
/// @param frame  from its first octet; no octet beyond is read.
/// @return 16 bits; kNoFlow for what is no flow of data: PPPoE discovery, PPP control, ARP, IPv6 neighbour
///         discovery, what is no IP or contradicts itself. (Not std::optional, whose two parts come back
///         through memory, which costs as much as all the rest.)
[[nodiscard]] std::uint32_t flow_hash(std::span<const std::uint8_t> frame) noexcept;

}  // namespace narrows::worker
