// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/spreader.h"

#include <rte_prefetch.h>

#include <algorithm>

#include "narrows/worker/flow_hash.h"

namespace narrows::worker {

Spreader::Spreader(const SpreadRings& rings, stats::DirectionCounters& counters)
    : rings_(rings), counters_(counters), shares_(rings.workers()) {}

std::uint16_t Spreader::spread(rte_mbuf** mbufs, std::uint16_t size, CapturePoint* capture) noexcept {
  for (std::uint16_t i = 0; i < size; ++i) rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], const void*));
  // No branch on whose a frame is, which nobody can foresee: the poller's own share is one of them.
  for (std::uint16_t i = 0; i < size; ++i) {
    rte_mbuf* mbuf = mbufs[i];
    const std::uint32_t hash = flow_hash({rte_pktmbuf_mtod(mbuf, const std::uint8_t*), mbuf->data_len});
    Share& share = shares_[rings_.worker_of(hash)];
    share.mbufs[share.size++] = mbuf;
  }
  Share& own = shares_[rings_.poller()];
  const std::uint16_t kept = own.size;
  std::copy_n(own.mbufs.begin(), kept, mbufs);
  own.size = 0;
  const auto workers = static_cast<std::uint16_t>(shares_.size());
  for (std::uint16_t worker = 0; worker < workers; ++worker)
    if (shares_[worker].size != 0) hand_over(shares_[worker], worker, capture);
  return kept;
}

void Spreader::hand_over(Share& share, std::uint16_t worker, CapturePoint* capture) noexcept {
  const std::uint16_t taken = put(rings_.ring(worker), share.mbufs.data(), share.size);
  if (const unsigned lost = share.size - taken; lost != 0) [[unlikely]] {
    if (capture != nullptr)
      capture->dropped(rings_.side(), {share.mbufs.data() + taken, lost}, stats::DropReason::spread_full);
    rte_pktmbuf_free_bulk(share.mbufs.data() + taken, lost);
    const stats::CountersUpdate update(counters_);
    counters_.received.add(lost);
    counters_.dropped[index_of(stats::DropReason::spread_full)].add(lost);
  }
  share.size = 0;
}

}  // namespace narrows::worker
