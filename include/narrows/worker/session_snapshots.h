// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_rcu_qsbr.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "narrows/session/session_table.h"

namespace narrows::worker {

/// The sessions as of now, for every worker, changed without stopping any: the control thread publishes a new
/// immutable table, each worker takes the newest between two bursts, and an old one is freed when none can
/// still be looking at it (RCU by quiescent states, rte_rcu_qsbr).
class SessionSnapshots {
 public:
  /// @param workers  how many may read. @throws std::bad_alloc
  SessionSnapshots(std::unique_ptr<const session::SessionTable> first, std::uint16_t workers);
  ~SessionSnapshots();
  SessionSnapshots(const SessionSnapshots&) = delete;
  SessionSnapshots& operator=(const SessionSnapshots&) = delete;

  // --- a worker, for itself ---

  /// Before the first current() of a thread that runs beside the control thread, and after its last.
  void begin_reading(std::uint16_t worker) noexcept;
  void end_reading(std::uint16_t worker) noexcept;
  /// Good until this worker's next pause().
  [[nodiscard]] const session::SessionTable* current() const noexcept {
    return current_.load(std::memory_order_acquire);
  }
  /// This worker looks at no table now.
  void pause(std::uint16_t worker) noexcept { rte_rcu_qsbr_quiescent(readers_.get(), worker); }

  /// Around whatever takes long, during which the worker looks at no table: nobody waits for it.
  void leave(std::uint16_t worker) noexcept { rte_rcu_qsbr_thread_offline(readers_.get(), worker); }
  void come_back(std::uint16_t worker) noexcept { rte_rcu_qsbr_thread_online(readers_.get(), worker); }

  // --- the control thread ---

  void publish(std::unique_ptr<const session::SessionTable> table);
  /// Frees the tables that no worker looks at any more; does not wait.
  void reclaim() noexcept;
  [[nodiscard]] std::size_t retired() const noexcept { return retired_.size(); }
  /// For whatever else the workers look at between two pauses.
  [[nodiscard]] rte_rcu_qsbr* readers() const noexcept { return readers_.get(); }

 private:
  struct Retired {
    std::unique_ptr<const session::SessionTable> table;
    std::uint64_t token = 0;
  };
  struct ReadersDeleter {
    void operator()(rte_rcu_qsbr* readers) const noexcept;
  };

  std::unique_ptr<rte_rcu_qsbr, ReadersDeleter> readers_;
  std::atomic<const session::SessionTable*> current_;  ///< the control thread writes, the workers read
  std::vector<Retired> retired_;
};

}  // namespace narrows::worker
