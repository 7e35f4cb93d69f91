// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstddef>
#include <cstdint>

namespace narrows::rewrite {

/// Most fragments of one packet: 9600 octets (the longest MTU a port may be given) with the longest header
/// (60), over a link that carries 576 (the shortest).
inline constexpr std::size_t kMostFragments = (9600 - 60) / ((576 - 60) / 8 * 8) + 1;

/// Cuts an IPv4 packet into fragments of at most `mtu_octets` (RFC 791 §3.2), each in a buffer of its own
/// from the packet's pool, IP header first, with RTE_PKTMBUF_HEADROOM or more in front. Options go into all
/// fragments or the first alone, as each says; a fragment is fragmented again; the header checksums are
/// right.
///
/// @param packet     one segment; stays the caller's and keeps its octets.
/// @param ip_offset  of the IP header from the frame's first octet.
/// @param ip_octets  validated; more than mtu_octets. DF is not set, and the datagram has 65,535 octets at
/// most.
/// @param fragments  room for kMostFragments; those written are the caller's.
/// @return how many; 0, and nothing was allocated, when no buffer is left or the link is too short for it.
[[nodiscard]] unsigned fragment(rte_mbuf& packet, std::uint16_t ip_offset, std::uint16_t ip_octets,
                                std::uint16_t mtu_octets, rte_mbuf** fragments) noexcept;

}  // namespace narrows::rewrite
