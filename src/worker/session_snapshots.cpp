// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/session_snapshots.h"

#include <cstdlib>
#include <new>
#include <utility>

namespace narrows::worker {
namespace {

rte_rcu_qsbr* make_readers(std::uint16_t workers) {
  const std::size_t size = rte_rcu_qsbr_get_memsize(workers);
  void* memory = std::aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN(size, RTE_CACHE_LINE_SIZE));
  if (memory == nullptr) throw std::bad_alloc();
  auto* readers = static_cast<rte_rcu_qsbr*>(memory);
  if (rte_rcu_qsbr_init(readers, workers) != 0) {
    std::free(memory);
    throw std::bad_alloc();
  }
  return readers;
}

}  // namespace

void SessionSnapshots::ReadersDeleter::operator()(rte_rcu_qsbr* readers) const noexcept {
  std::free(readers);
}

SessionSnapshots::SessionSnapshots(std::unique_ptr<const session::SessionTable> first, std::uint16_t workers)
    : readers_(make_readers(workers)), current_(first.release()) {}

SessionSnapshots::~SessionSnapshots() {
  delete current_.load(std::memory_order_relaxed);
}

void SessionSnapshots::begin_reading(std::uint16_t worker) noexcept {
  rte_rcu_qsbr_thread_register(readers_.get(), worker);
  rte_rcu_qsbr_thread_online(readers_.get(), worker);
}

void SessionSnapshots::end_reading(std::uint16_t worker) noexcept {
  rte_rcu_qsbr_thread_offline(readers_.get(), worker);
  rte_rcu_qsbr_thread_unregister(readers_.get(), worker);
}

void SessionSnapshots::publish(std::unique_ptr<const session::SessionTable> table) {
  retired_.reserve(retired_.size() + 1);
  const auto* old = current_.exchange(table.release(), std::memory_order_acq_rel);
  retired_.push_back({std::unique_ptr<const session::SessionTable>(old), rte_rcu_qsbr_start(readers_.get())});
  reclaim();
}

void SessionSnapshots::reclaim() noexcept {
  std::erase_if(retired_, [this](const Retired& old) {
    return rte_rcu_qsbr_check(readers_.get(), old.token, false) == 1;
  });
}

}  // namespace narrows::worker
