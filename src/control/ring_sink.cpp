// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/ring_sink.h"

#include <rte_mbuf.h>

#include <algorithm>

#include "narrows/rewrite/frame_room.h"

namespace narrows::control {

bool RingSink::send(Side side, std::span<const std::uint8_t> frame) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
  if (mbuf == nullptr) return false;
  if (std::max(frame.size(), wire::kMinFrameOctets) <= rte_pktmbuf_tailroom(mbuf)) {
    std::ranges::copy(frame, rte_pktmbuf_mtod(mbuf, std::uint8_t*));
    const auto octets = static_cast<unsigned>(frame.size());
    rewrite::set_length(*mbuf, octets);
    if (octets < wire::kMinFrameOctets) rewrite::fill_up(*mbuf, octets);
    if (rte_ring_enqueue(worker_.inject_ring(side), mbuf) == 0) {
      worker_.wake();
      return true;
    }
  }
  rte_pktmbuf_free(mbuf);
  return false;
}

}  // namespace narrows::control
