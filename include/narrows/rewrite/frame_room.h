// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <cstring>

#include "narrows/session/session.h"
#include "narrows/wire/ethernet.h"

namespace narrows::rewrite {

/// Sets the frame's length; one under 60 octets is filled up with zeros (IEEE 802.3 §3.2.8): no old buffer
/// contents ever leave the box. The buffer has room for 60 octets.
inline void set_length(rte_mbuf& mbuf, unsigned frame_octets) noexcept {
  if (frame_octets < wire::kMinFrameOctets) [[unlikely]] {
    auto* frame = rte_pktmbuf_mtod(&mbuf, std::uint8_t*);
    std::memset(frame + frame_octets, 0, wire::kMinFrameOctets - frame_octets);
    frame_octets = wire::kMinFrameOctets;
  }
  mbuf.data_len = static_cast<std::uint16_t>(frame_octets);
  mbuf.pkt_len = frame_octets;
}

/// Replaces everything in front of the IP packet by `header`, and cuts what is behind it.
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
