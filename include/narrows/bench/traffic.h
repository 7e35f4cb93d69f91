// SPDX-License-Identifier: BSD-3-Clause
/// The frames of a setting: TCP of many hosts, with SYNs of many operating systems among them.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <vector>

#include "narrows/bench/selection.h"
#include "narrows/session/session.h"
#include "narrows/wire/direction.h"

namespace narrows::bench {

inline constexpr wire::MacAddress kLanMac{{0x02, 0, 0, 0, 0, 0x01}};
inline constexpr wire::MacAddress kWanMac{{0x02, 0, 0, 0, 0, 0x02}};
inline constexpr wire::MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x99}};
inline constexpr wire::MacAddress kAcMac{{0x02, 0, 0, 0, 0, 0xac}};

/// A frame's length and its headers, all that Narrows ever looks at.
struct Head {
  static constexpr std::size_t kLine = 64;
  alignas(kLine) std::array<std::uint8_t, 2 * kLine> octets{};
  std::uint16_t header_octets = 0;  ///< up to the end of TCP's options
  std::uint16_t frame_octets = 0;   ///< without FCS, padding of the wire included

  /// Makes `mbuf` the frame as a driver hands it over. The payload is left as it is; only lines that hold
  /// headers are written.
  void put_into(rte_mbuf& mbuf) const noexcept {
    mbuf.data_off = RTE_PKTMBUF_HEADROOM;
    mbuf.data_len = frame_octets;
    mbuf.pkt_len = frame_octets;
    auto* frame = rte_pktmbuf_mtod(&mbuf, std::uint8_t*);
    __builtin_memcpy(frame, octets.data(), kLine);
    if (header_octets > kLine) __builtin_memcpy(frame + kLine, octets.data() + kLine, kLine);
  }
};

/// `count` heads of what the ingress port of `direction` receives, in random order. Of so many frames the
/// share of SYNs, sizes, option layouts and sessions is exact to the frame, and always the same. Sizes of the
/// IMIX: of 12 frames 7 have 64 octets on Ethernet, 4 have 570 and one has all that PPPoE carries.
[[nodiscard]] std::vector<Head> make_heads(const Setting& setting, Direction direction, std::size_t count);

/// How many of `count` frames are SYNs.
[[nodiscard]] std::size_t syns_of(const Setting& setting, std::size_t count) noexcept;

/// The sessions the frames are of: ids and, on the LAN side of a `vlan` setting, VLANs from 1 on.
[[nodiscard]] std::vector<session::SessionSpec> make_sessions(const Setting& setting);

/// What a frame of the setting takes of the line on average, in octets with preamble and gap: where PPPoE is
/// added or stripped, of the line that has it.
[[nodiscard]] double mean_wire_octets(const Setting& setting);

}  // namespace narrows::bench
