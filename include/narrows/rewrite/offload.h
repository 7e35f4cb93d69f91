// SPDX-License-Identifier: BSD-3-Clause
/// Who computes a TCP or UDP checksum: the software here, or the port that sends the frame (contract 2.5).
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "narrows/wire/direction.h"
#include "narrows/wire/ip.h"

namespace narrows::rewrite {

/// The receive side vouches for the TCP or UDP checksum: it was verified, or the frame never left this
/// machine and carries a pseudo-header sum only.
[[nodiscard]] inline bool receive_vouches(const rte_mbuf& mbuf) noexcept {
  const std::uint64_t said = mbuf.ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
  return said == RTE_MBUF_F_RX_L4_CKSUM_GOOD || said == RTE_MBUF_F_RX_L4_CKSUM_NONE;
}

/// Whether hardware may compute the checksum of this layout: a whole packet, and an IPv6 header without
/// extensions, which drivers would not find their way through.
[[nodiscard]] inline bool hardware_can_follow(Family family, const wire::Transport& transport) noexcept {
  return !transport.fragment && (family == Family::ipv4 || transport.offset == sizeof(wire::Ipv6Header));
}

/// Leaves the checksum of a TCP or UDP packet to the port: writes the pseudo-header sum into the field and
/// marks the mbuf. `l2_octets` is the header the frame will leave with, tags and PPPoE included. Only when
/// hardware_can_follow(), receive_vouches() and the port can be trusted with it.
void leave_checksum_to_port(rte_mbuf& mbuf, std::uint8_t* ip, const wire::IpPacket& packet,
                            const wire::Transport& transport, std::uint16_t l2_octets) noexcept;

/// Whether only the pseudo-header's part of a TCP or UDP checksum is there, as a virtual interface hands over
/// frames that never were on a wire: the field is exactly that sum, not inverted. Drivers that say so in the
/// receive flags are not needed for it; one that vouches for a complete checksum is believed.
[[nodiscard]] bool has_partial_checksum(const rte_mbuf& mbuf, const std::uint8_t* ip,
                                        const wire::IpPacket& packet,
                                        const wire::Transport& transport) noexcept;

/// Writes the whole checksum of a packet with has_partial_checksum(). One whose complete checksum happened to
/// look partial gets the same value again.
void finish_checksum(std::uint8_t* ip, const wire::IpPacket& packet,
                     const wire::Transport& transport) noexcept;

/// Whether GRE's checksum was left to hardware: it has one, and Linux leaves 0 in the field for that. Drivers
/// that vouch are believed, as above. A right checksum of 0 stays 0 in finish_gre_checksum().
/// @param gre  what is there of the packet from its GRE header on: `octets`.
[[nodiscard]] bool has_empty_gre_checksum(const rte_mbuf& mbuf, const std::uint8_t* gre,
                                          std::uint16_t octets) noexcept;

/// Writes GRE's checksum over header and payload (RFC 2784 §2.5).
void finish_gre_checksum(std::uint8_t* gre, std::uint16_t octets) noexcept;

}  // namespace narrows::rewrite
