// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/mbuf_ring.h"

#include <fmt/format.h>
#include <rte_errno.h>

#include <stdexcept>

namespace narrows::worker {

void MbufRingDeleter::operator()(rte_ring* ring) const noexcept {
  rte_mbuf* mbuf = nullptr;
  while (take(ring, &mbuf, 1) == 1) rte_pktmbuf_free(mbuf);
  rte_ring_free(ring);
}

MbufRing make_mbuf_ring(const std::string& name, unsigned frames, int node) {
  MbufRing ring(rte_ring_create(name.c_str(), frames, node, RING_F_SP_ENQ | RING_F_SC_DEQ));
  if (ring == nullptr) throw std::runtime_error(fmt::format("ring {}: {}", name, rte_strerror(rte_errno)));
  return ring;
}

}  // namespace narrows::worker
