// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mempool.h>

#include <cstddef>
#include <memory>

namespace narrows::bench {

/// A pool of ordinary mbufs in memory of its own, for which the kernel is asked for huge pages: `run` has
/// them, and what small ones cost in TLB misses is not Narrows'. Needs no reserved pages and no root; a
/// kernel without transparent huge pages gives small ones. No mbuf may be in use any more when it goes.
class FramePool {
 public:
  /// @param cache  mbufs an lcore keeps for itself, as RTE_MEMPOOL_CACHE_MAX_SIZE allows; 0: none.
  /// @throws std::runtime_error, one line, when there is no memory.
  FramePool(const char* name, unsigned frames, unsigned cache);

  [[nodiscard]] rte_mempool* get() const noexcept { return pool_.get(); }

 private:
  struct Unmap {
    std::size_t octets;
    void operator()(void* memory) const noexcept;
  };
  struct FreePool {
    void operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }
  };

  std::unique_ptr<void, Unmap> memory_{nullptr, Unmap{0}};  ///< outlives the pool in it
  std::unique_ptr<rte_mempool, FreePool> pool_;
};

}  // namespace narrows::bench
