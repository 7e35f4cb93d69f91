// SPDX-License-Identifier: BSD-3-Clause
/// Why a frame was dropped, and which odd cases were met on the way: one table each, from which the names
/// in JSON, Prometheus, telemetry and docs follow.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace narrows::stats {

/// The one reason a dropped frame is counted under (contract, sections 1, 3 and 4). Rows of
/// kDropReasonTexts, same order.
enum class DropReason : std::uint8_t {
  runt,
  wrong_destination,
  multicast,
  unknown_vlan,
  not_ip,
  not_pppoe,
  bad_version,
  bad_code,
  bad_length,
  unknown_session,
  compressed_protocol,
  bad_ip,
  session_down,
  too_big,
  super_frame,
  no_lan_peer,
  no_room,
  no_mbuf,
  spread_full,
  punt_full,
  tx_full,
  tx_refused,
  kCount,
};
inline constexpr std::size_t kDropReasons = static_cast<std::size_t>(DropReason::kCount);

/// Things worth counting about frames that were not dropped for them (contract 2.6). A frame may show
/// several. Rows of kOddCaseTexts, same order.
enum class OddCase : std::uint8_t {
  syn_without_mss,
  several_mss,
  odd_offset_mss,
  malformed_options,
  bad_data_offset,
  truncated_tcp,
  inconsistent_ip,
  extension_header_end,
  partial_checksum,
  tunnelled_syn,
  watch_missed,
  kCount,
};
inline constexpr std::size_t kOddCases = static_cast<std::size_t>(OddCase::kCount);

struct NamedText {
  std::string_view name;  ///< snake_case; a key in JSON and a label value in Prometheus
  std::string_view help;  ///< one line for people
};

inline constexpr std::array<NamedText, kDropReasons> kDropReasonTexts{{
    {"runt", "shorter than its Ethernet header and VLAN tags"},
    {"wrong_destination", "unicast to another station"},
    {"multicast", "broadcast or multicast that a PPP link does not carry"},
    {"unknown_vlan", "VLAN tags of no session"},
    {"not_ip", "from the LAN, but neither IPv4, IPv6 nor ARP"},
    {"not_pppoe", "from the WAN, but neither PPPoE session nor discovery"},
    {"bad_version", "PPPoE version and type are not 0x11"},
    {"bad_code", "PPPoE session frame whose code is not 0"},
    {"bad_length", "PPPoE LENGTH under 2 or beyond the frame"},
    {"unknown_session",
     "no session with this id, source MAC and VLANs; concentrator: nor with this destination address"},
    {"compressed_protocol", "compressed PPP protocol field"},
    {"bad_ip", "IP version, IHL or lengths disagree with the frame"},
    {"session_down", "the session, or its IPv4 or IPv6, is not up"},
    {"too_big", "IP packet longer than the link it would leave by, and not to be fragmented (DF, IPv6)"},
    {"super_frame", "longer than the port's MTU: segmentation offload of a virtual interface is on"},
    {"no_lan_peer", "MAC address of the LAN host not known yet"},
    {"no_room", "no headroom for the headers"},
    {"no_mbuf", "no packet buffer left for its fragments"},
    {"spread_full", "ring from the worker that polls the port to the one that was to process it full"},
    {"punt_full", "ring to the control thread full"},
    {"tx_full", "transmit queue of the port full"},
    {"tx_refused", "refused by the driver of the port"},
}};

inline constexpr std::array<NamedText, kOddCases> kOddCaseTexts{{
    {"syn_without_mss", "SYN without an MSS option: left as it is"},
    {"several_mss", "SYN with more than one MSS option: every one is clamped"},
    {"odd_offset_mss", "clamped MSS value at an odd offset"},
    {"malformed_options", "TCP option list with a bad length: what precedes it counts"},
    {"bad_data_offset", "SYN whose TCP data offset is under 5 or beyond the segment"},
    {"truncated_tcp", "too little of the TCP header in the packet to look at"},
    {"inconsistent_ip",
     "IP lengths disagree with the frame (transparent) or the tunnel around, forwarded unchanged"},
    {"extension_header_end", "IPv6 extension headers that end the walk before TCP is found"},
    {"partial_checksum", "checksum left unfinished by a virtual interface: completed"},
    {"tunnelled_syn", "SYN inside a tunnel: clamped, under its own family, to what the outer headers leave"},
    {"watch_missed",
     "PPPoE discovery or LCP that was forwarded, but not learned from: too much of it at once"},
}};

}  // namespace narrows::stats
