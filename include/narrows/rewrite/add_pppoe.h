// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "narrows/rewrite/frame_room.h"
#include "narrows/session/session.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/pppoe.h"

namespace narrows::rewrite {

/// Puts the session's Ethernet, VLAN, PPPoE and PPP headers in front of an IP packet, in place of the
/// Ethernet header it came with. PPPoE LENGTH is the IP packet's own length + 2 (RFC 2516 §4): what lay
/// behind it in the frame is cut.
///
/// @param mbuf       one segment, with kTemplateOctets octets in front of the IP header and 60 from it on.
/// @param ip_offset  of the IP header from the frame's first octet.
/// @param ip_octets  IP header and payload, all within the frame, and at most session.mtu_octets.
/// @return octets of the new frame; when they are under 60 it is still to be filled up (fill_up()).
inline unsigned add_pppoe(rte_mbuf& mbuf, std::uint16_t ip_offset, std::uint16_t ip_octets, Family family,
                          const session::LanToWan& session) noexcept {
  std::uint8_t* ip = put_header(mbuf, ip_offset, ip_octets, session.header);
  // LENGTH and PPP protocol lie side by side: one store.
  const std::uint32_t length = ip_octets + std::uint32_t{wire::kPppProtocolOctets};
  wire::header_at<wire::Be32>(ip - 4) = wire::Be32(length << 16 | wire::ppp_of(family));
  return unsigned{session.header.length} + ip_octets;
}

}  // namespace narrows::rewrite
