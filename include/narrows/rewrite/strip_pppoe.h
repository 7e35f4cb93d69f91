// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "narrows/rewrite/frame_room.h"
#include "narrows/session/session.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"
#include "narrows/wire/ip.h"

namespace narrows::rewrite {

/// The MAC an IP packet's destination maps to on the LAN: multicast by RFC 1112 §6.4 and RFC 2464 §7, all
/// else is the LAN host's. 48 bits, first octet most significant.
[[nodiscard]] inline std::uint64_t lan_destination(const std::uint8_t* ip, Family family,
                                                   std::uint64_t lan_peer) noexcept {
  if (family == Family::ipv4) {
    const auto& to = wire::header_at<wire::Ipv4Header>(ip).destination;
    if (to[0] >> 4 != 0xe) [[likely]]
      return lan_peer;
    return 0x01005e000000 | static_cast<std::uint64_t>(to[1] & 0x7f) << 16 |
           static_cast<std::uint64_t>(to[2]) << 8 | to[3];
  }
  const auto& to = wire::header_at<wire::Ipv6Header>(ip).destination;
  if (to[0] != 0xff) [[likely]]
    return lan_peer;
  return 0x333300000000 | static_cast<std::uint64_t>(to[12]) << 24 |
         static_cast<std::uint64_t>(to[13]) << 16 | static_cast<std::uint64_t>(to[14]) << 8 | to[15];
}

/// Puts the session's LAN header in front of an IP packet, in place of the Ethernet, VLAN, PPPoE and PPP
/// headers it came with; octets behind the IP packet are cut.
///
/// @param mbuf         as add_pppoe().
/// @param destination  lan_destination().
/// @return             as add_pppoe().
inline unsigned strip_pppoe(rte_mbuf& mbuf, std::uint16_t ip_offset, std::uint16_t ip_octets, Family family,
                            const session::WanToLan& session, std::uint64_t destination) noexcept {
  std::uint8_t* ip = put_header(mbuf, ip_offset, ip_octets, session.header);
  wire::store_mac(ip - session.header.length, destination);
  wire::header_at<wire::Be16>(ip - 2) = wire::Be16(wire::ethertype_of(family));
  return unsigned{session.header.length} + ip_octets;
}

}  // namespace narrows::rewrite
