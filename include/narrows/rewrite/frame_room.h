// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "narrows/session/session.h"
#include "narrows/wire/ethernet.h"

namespace narrows::rewrite {

/// Fills a frame of fewer than 60 octets up with zeros (IEEE 802.3 §3.2.8): no old buffer contents ever leave
/// the box. Its buffer has room for 60 octets, of which there are 8 at least; written for the few that are
/// missing most often, as a call of memset() costs more than all else that is done to such a frame.
inline void fill_up(rte_mbuf& mbuf, unsigned frame_octets) noexcept {
  std::uint64_t eight = 0;
  auto* frame = rte_pktmbuf_mtod(&mbuf, std::uint8_t*);
  for (; frame_octets + sizeof(eight) <= wire::kMinFrameOctets; frame_octets += sizeof(eight))
    std::memcpy(frame + frame_octets, &eight, sizeof(eight));
  const unsigned missing = unsigned{wire::kMinFrameOctets} - frame_octets;
  if (missing == 0) return;
  std::memcpy(&eight, frame + wire::kMinFrameOctets - sizeof(eight), sizeof(eight));
  eight &= ~std::uint64_t{0} >> 8 * missing;  // little-endian hosts: x86-64 and arm64
  std::memcpy(frame + wire::kMinFrameOctets - sizeof(eight), &eight, sizeof(eight));
}

/// Sets the frame's length; one under 60 octets gets 60, and is still to be filled up.
inline void set_length(rte_mbuf& mbuf, unsigned frame_octets) noexcept {
  const unsigned octets = std::max(frame_octets, unsigned{wire::kMinFrameOctets});
  mbuf.data_len = static_cast<std::uint16_t>(octets);
  mbuf.pkt_len = octets;
}

/// Replaces everything in front of the IP packet by `header`, and cuts what is behind it. A short frame is
/// still to be filled up.
/// @param mbuf  one segment, with kTemplateOctets octets in front of the IP header and 60 from it on.
/// @return the IP header's first octet.
inline std::uint8_t* put_header(rte_mbuf& mbuf, std::uint16_t ip_offset, std::uint16_t ip_octets,
                                const session::HeaderTemplate& header) noexcept {
  std::uint8_t* ip = rte_pktmbuf_mtod_offset(&mbuf, std::uint8_t*, ip_offset);
  std::memcpy(ip - session::kTemplateOctets, header.octets.data(), session::kTemplateOctets);
  mbuf.data_off = static_cast<std::uint16_t>(mbuf.data_off + ip_offset - header.length);
  set_length(mbuf, unsigned{header.length} + ip_octets);
  return ip;
}

}  // namespace narrows::rewrite
