// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mempool.h>

#include <memory>

#include "narrows/bench/huge_memory.h"

namespace narrows::bench {

/// A pool of ordinary mbufs in huge pages. No mbuf may be in use any more when it goes.
class FramePool {
 public:
  /// @param cache  mbufs an lcore keeps for itself, as RTE_MEMPOOL_CACHE_MAX_SIZE allows; 0: none.
  /// @throws std::runtime_error, one line, when there is no memory.
  FramePool(const char* name, unsigned frames, unsigned cache);

  [[nodiscard]] rte_mempool* get() const noexcept { return pool_.get(); }

 private:
  struct FreePool {
    void operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }
  };

  HugeMemory memory_;  ///< outlives the pool in it
  std::unique_ptr<rte_mempool, FreePool> pool_;
};

}  // namespace narrows::bench
