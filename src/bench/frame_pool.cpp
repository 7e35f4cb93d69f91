// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/frame_pool.h"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>

#include <cerrno>
#include <stdexcept>

namespace narrows::bench {
namespace {

constexpr unsigned kObjectOctets = sizeof(rte_mbuf) + RTE_MBUF_DEFAULT_BUF_SIZE;

void require(bool done, int error) {
  if (!done) throw std::runtime_error(fmt::format("no packet buffers ({})", rte_strerror(error)));
}

}  // namespace

// No device reads these buffers, so they may lie as close as in huge pages: without the flag, each would keep
// to a 4 KB page of its own.
FramePool::FramePool(const char* name, unsigned frames, unsigned cache)
    : pool_(rte_mempool_create_empty(name, frames, kObjectOctets, cache, sizeof(rte_pktmbuf_pool_private),
                                     static_cast<int>(rte_socket_id()), RTE_MEMPOOL_F_NO_IOVA_CONTIG)) {
  require(pool_ != nullptr, rte_errno);
  const int chosen = rte_mempool_set_ops_byname(pool_.get(), rte_mbuf_best_mempool_ops(), nullptr);
  require(chosen == 0, -chosen);
  rte_pktmbuf_pool_init(pool_.get(), nullptr);

  std::size_t chunk = 0;
  std::size_t alignment = 0;
  const auto needed = rte_mempool_op_calc_mem_size_default(pool_.get(), frames, 0, &chunk, &alignment);
  require(needed > 0, static_cast<int>(-needed));
  memory_ = HugeMemory(static_cast<std::size_t>(needed));
  const int filled = rte_mempool_populate_virt(pool_.get(), memory_.data(), static_cast<std::size_t>(needed),
                                               HugeMemory::kPageOctets, nullptr, nullptr);
  require(filled >= 0 && static_cast<unsigned>(filled) == frames, filled < 0 ? -filled : ENOMEM);
  rte_mempool_obj_iter(pool_.get(), rte_pktmbuf_init, nullptr);
}

}  // namespace narrows::bench
