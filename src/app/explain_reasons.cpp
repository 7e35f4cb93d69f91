// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/explain_reasons.h"

#include <algorithm>
#include <array>

#include "narrows/wire/direction.h"

namespace narrows::app {
namespace {

using stats::DropReason;

struct Cure {
  DropReason reason;
  std::string_view text;
};

/// In the order of DropReason.
constexpr std::array<Cure, stats::kDropReasons> kCures{{
    {DropReason::runt,
     "nothing to mend here: look for what sends it, or for a bad cable (the port's error counters)"},
    {DropReason::wrong_destination,
     "harmless in small numbers (a switch floods what it does not know yet); for all traffic: the other end "
     "has an "
     "old ARP or neighbour entry, or ports.lan.mac or ports.wan.mac is not what it was"},
    {DropReason::multicast,
     "nothing to mend: a PPP link has no broadcast, and of multicast only IPv6's on the link is carried"},
    {DropReason::unknown_vlan,
     "give a session this tag (lan.vlan, wan.vlans) if it is one's; untagged frames belong to the session "
     "without "
     "lan.vlan"},
    {DropReason::not_ip,
     "nothing to mend: a PPPoE session carries IPv4 and IPv6 only (LLDP, STP and their like stay)"},
    {DropReason::not_pppoe,
     "nothing to mend as long as the provider's own frames are PPPoE; else it is no PPPoE line"},
    {DropReason::bad_version, "nothing to mend here: no PPPoE version but 1 exists (RFC 2516 §4)"},
    {DropReason::bad_code, "nothing to mend here: in a session frame the code is 0 (RFC 2516 §6)"},
    {DropReason::bad_length,
     "look for a link on the way that cuts frames: its MTU has to carry 1508 octets or more"},
    {DropReason::unknown_session,
     "compare static.id and static.ac_mac with the frame; of a dialled session the frame belongs to an "
     "earlier call, "
     "which the concentrator has not given up yet. For what comes from a core: the address is no session's"},
    {DropReason::compressed_protocol,
     "the other end compresses the PPP protocol though Narrows never agreed to it: tell the provider"},
    {DropReason::bad_ip, "look for what makes such packets: a broken sender, or a link that cuts frames"},
    {DropReason::session_down,
     "see why the session is down: narrows status; for one family alone: the provider did not offer it"},
    {DropReason::too_big,
     "nothing to mend where ICMP arrives, the sender makes its packets smaller; if it does not, something "
     "drops ICMP "
     "on the way to it, or the MTU of its interface has to be lowered"},
    {DropReason::super_frame,
     "turn segmentation and receive offloads off on the interface (ethtool -K IFACE tso off gso off gro off "
     "lro off); "
     "for jumbo frames raise the port's mtu"},
    {DropReason::no_lan_peer,
     "the LAN host has to send something first, or configure lan.peer_mac, or lan.address, for which Narrows "
     "then asks"},
    {DropReason::no_room, "a driver leaves less headroom than it has to: report it, with the driver's name"},
    {DropReason::no_mbuf, "nothing about the frame: buffers were short. Fewer fragments, or more workers"},
    {DropReason::spread_full,
     "nothing about the frame: a worker was too slow for its share. See workers.lcores, and whether its CPU "
     "is its own"},
    {DropReason::punt_full,
     "nothing about the frame: more came for the control thread than it could take, which a flood of ARP or "
     "discovery "
     "does"},
    {DropReason::tx_full,
     "nothing about the frame: the port it was to leave by sent slower than frames came. See its link speed"},
    {DropReason::tx_refused,
     "the driver of the port refused it: try checksum: incremental, and report the driver"},
}};

constexpr bool in_order() {
  for (std::size_t reason = 0; reason < kCures.size(); ++reason)
    if (index_of(kCures[reason].reason) != reason || kCures[reason].text.empty()) return false;
  return true;
}
static_assert(in_order(), "every drop reason has a row, in the order of DropReason");

}  // namespace

std::string_view cure_of(stats::DropReason reason) noexcept {
  return kCures[index_of(reason)].text;
}

}  // namespace narrows::app
