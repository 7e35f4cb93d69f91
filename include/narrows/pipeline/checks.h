// SPDX-License-Identifier: BSD-3-Clause
/// What can be told of a frame's way through the pipeline: the checks it met, and what its SYN was clamped
/// to. Only the instances for `narrows explain` tell (select_explaining_process()); in the data path's the
/// same lines of code leave nothing behind.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "narrows/session/session.h"
#include "narrows/stats/reasons.h"
#include "narrows/wire/direction.h"

namespace narrows::pipeline {

/// What has to hold for a frame to go on, by mode and direction some of these. Rows of kReasonOfCheck.
enum class Check : std::uint8_t {
  ethernet_header,  ///< all of it is there, VLAN tags included
  destination,      ///< ours, or a group's that concerns us
  group,            ///< the link-layer group is one that a PPP link carries
  vlans,            ///< those of a session
  ip_or_arp,        ///< LAN: the ethertype
  pppoe,            ///< WAN: the ethertype
  pppoe_version,    ///< 0x11
  pppoe_code,       ///< 0
  pppoe_length,     ///< at least 2, and all there
  session,          ///< id, source MAC and VLANs are one's
  address,          ///< concentrator, from the core: the destination is a session's
  uncompressed,     ///< the PPP protocol has both its octets
  one_buffer,       ///< no longer than what a port of this MTU receives
  ingress_frame,    ///< the same, of frames whose IP is not looked into or was cut short
  ingress_mtu,      ///< the IP packet is not longer than what the port it came from carries
  ip,               ///< version, header length and lengths agree with what is there
  ip_group,         ///< the IP multicast group is one that stays on a link, or that a PPP link carries
  session_up,       ///< the session carries this family
  lan_peer,         ///< the LAN host's MAC address is known
  mtu,              ///< the packet fits the link it leaves by
  header_checksum,  ///< IPv4, to be cut: new headers are made from a sound one
  may_be_cut,       ///< IPv4, too long: without DF
  room,             ///< for the new header in front of the packet
  egress_frame,     ///< transparent: the frame fits the port it leaves by
  kCount,
};
inline constexpr std::size_t kChecks = static_cast<std::size_t>(Check::kCount);

/// What a frame is dropped for where the check does not hold.
inline constexpr std::array<stats::DropReason, kChecks> kReasonOfCheck{
    stats::DropReason::runt,
    stats::DropReason::wrong_destination,
    stats::DropReason::multicast,
    stats::DropReason::unknown_vlan,
    stats::DropReason::not_ip,
    stats::DropReason::not_pppoe,
    stats::DropReason::bad_version,
    stats::DropReason::bad_code,
    stats::DropReason::bad_length,
    stats::DropReason::unknown_session,
    stats::DropReason::unknown_session,
    stats::DropReason::compressed_protocol,
    stats::DropReason::super_frame,
    stats::DropReason::super_frame,
    stats::DropReason::super_frame,
    stats::DropReason::bad_ip,
    stats::DropReason::multicast,
    stats::DropReason::session_down,
    stats::DropReason::no_lan_peer,
    stats::DropReason::too_big,
    stats::DropReason::bad_ip,
    stats::DropReason::too_big,
    stats::DropReason::no_room,
    stats::DropReason::too_big,
};

/// One check that a frame met. The figures are octets, where the frame alone does not tell them.
struct CheckMet {
  Check check = Check::kCount;
  bool held = true;
  std::uint32_t actual = 0;
  std::uint32_t demanded = 0;
};

/// What the SYN of a frame was looked at with.
struct SynMet {
  Family family = Family::ipv4;
  std::uint16_t tcp_offset = 0;    ///< of the TCP header, from the frame's first octet, as it was received
  std::uint16_t tcp_octets = 0;    ///< what is there of the segment, at least 20
  std::uint16_t max_mss = 0;       ///< config::kNoMssLimit: not clamped
  std::uint16_t outer_octets = 0;  ///< headers of the tunnel it is in; 0: in none
};

/// The way of one frame, as the pipeline went it. One frame a burst; whoever feeds it clears this before.
class FrameAccount {
 public:
  void clear() noexcept { *this = FrameAccount(); }

  void add(const CheckMet& met) noexcept {
    if (size_ < checks_.size()) checks_[size_++] = met;
  }
  [[nodiscard]] std::span<const CheckMet> checks() const noexcept { return {checks_.data(), size_}; }

  std::uint16_t session = session::kNone;
  std::uint16_t ip_offset = 0;  ///< of the IP packet that was looked into, as received; 0: there is none
  std::uint16_t ip_octets = 0;
  std::optional<SynMet> syn;

 private:
  std::array<CheckMet, kChecks> checks_;  ///< nobody meets a check twice
  std::size_t size_ = 0;
};

}  // namespace narrows::pipeline
