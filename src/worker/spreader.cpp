// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/spreader.h"

#include <rte_prefetch.h>

#include "narrows/worker/flow_hash.h"

namespace narrows::worker {

Spreader::Spreader(const SpreadRings& rings, stats::DirectionCounters& counters)
    : rings_(rings), counters_(counters), shares_(rings.workers()) {}

std::uint16_t Spreader::spread(rte_mbuf** mbufs, std::uint16_t size) noexcept {
  for (std::uint16_t i = 0; i < size; ++i) rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], const void*));
  std::uint16_t own = 0;
  for (std::uint16_t i = 0; i < size; ++i) {
    rte_mbuf* mbuf = mbufs[i];
    const auto hash = flow_hash({rte_pktmbuf_mtod(mbuf, const std::uint8_t*), mbuf->data_len});
    const std::uint16_t worker = hash ? rings_.worker_of(*hash) : rings_.poller();
    if (worker == rings_.poller()) {
      mbufs[own++] = mbuf;
      continue;
    }
    Share& share = shares_[worker];
    if (share.size == 0) receivers_[receiver_count_++] = worker;
    share.mbufs[share.size++] = mbuf;
  }
  hand_over();
  return own;
}

void Spreader::hand_over() noexcept {
  unsigned lost = 0;
  for (std::uint16_t i = 0; i < receiver_count_; ++i) {
    Share& share = shares_[receivers_[i]];
    const std::uint16_t taken = put(rings_.ring(receivers_[i]), share.mbufs.data(), share.size);
    if (taken < share.size) [[unlikely]] {
      rte_pktmbuf_free_bulk(share.mbufs.data() + taken, share.size - taken);
      lost += share.size - taken;
    }
    share.size = 0;
  }
  receiver_count_ = 0;
  if (lost == 0) return;
  const stats::CountersUpdate update(counters_);
  counters_.received.add(lost);
  counters_.dropped[index_of(stats::DropReason::spread_full)].add(lost);
}

}  // namespace narrows::worker
