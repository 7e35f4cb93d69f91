// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/relay.h"

#include <fmt/format.h>

namespace narrows::worker {

TransmitRings::TransmitRings(Side side, std::uint16_t queues, std::uint16_t workers, int node)
    : queues_(queues) {
  for (unsigned worker = queues; worker < workers; ++worker)
    rings_.push_back(
        make_mbuf_ring(fmt::format("transmit_{}_{}", kSideNames[index_of(side)], worker), kFrames, node));
}

std::vector<rte_ring*> TransmitRings::rings_to(std::uint16_t owner) const {
  std::vector<rte_ring*> rings;
  for (std::size_t i = 0; i < rings_.size(); ++i)
    if ((i + queues_) % queues_ == owner) rings.push_back(rings_[i].get());
  return rings;
}

}  // namespace narrows::worker
