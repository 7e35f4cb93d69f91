// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_hash.h>
#include <rte_rcu_qsbr.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "narrows/session/watched_key.h"

namespace narrows::pipeline {

/// PPPoE sessions that pass through in transparent mode, and what each was seen to carry: learned by the
/// control thread, looked up by the workers while it changes. One object a process.
///
/// A lock-free rte_hash: the control thread alone writes, nobody waits, and the slot of a key that was taken
/// out is used again only when every worker has paused since (rte_rcu_qsbr). The hash is seeded at random, so
/// that nobody outside can make long chains; every session of the limit finds its place, however full
/// (extendable buckets).
class LearnedSessions {
 public:
  using Slot = std::uint16_t;  ///< 0 … session::kMostWatched - 1: the control thread's number for a session

  /// Memory of DPDK that an object takes, at most, in MB.
  static constexpr std::size_t kMemoryMb = 16;

  /// @param readers  outlives the object; every worker that looks up is registered there.
  /// @throws std::runtime_error when there is no memory.
  LearnedSessions(rte_rcu_qsbr* readers, std::uint16_t workers, int node);
  LearnedSessions(const LearnedSessions&) = delete;
  LearnedSessions& operator=(const LearnedSessions&) = delete;

  // --- a worker, for itself ---

  /// The longest IP packet the session carries, octets; 0: not learned. Notes that it is alive.
  [[nodiscard]] std::uint16_t find_mtu(const session::WatchedKey& key, std::uint16_t worker) const noexcept {
    void* data = nullptr;
    if (rte_hash_lookup_data(table_.get(), &key, &data) < 0) return 0;
    const auto value = reinterpret_cast<std::uintptr_t>(data);
    alive_[worker][slot_of(value)].store(now_s_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    return static_cast<std::uint16_t>(value);
  }

  // --- the control thread ---

  /// @return false: no room until workers have paused; to be tried again then.
  [[nodiscard]] bool set(Slot slot, const session::WatchedKey& key, std::uint16_t mtu_octets);
  void clear(Slot slot);
  /// What time it is for find_mtu(), in seconds since any moment, not 0.
  void set_time(std::uint32_t now_s) noexcept {
    // Once a second is enough to take the cache line from the workers.
    if (now_s_.load(std::memory_order_relaxed) != now_s) now_s_.store(now_s, std::memory_order_relaxed);
  }

  // --- any thread ---

  /// When a worker last looked the slot up and found it; 0: never. A slot that is given to another session
  /// keeps its time.
  [[nodiscard]] std::uint32_t alive_s(Slot slot) const noexcept;

 private:
  struct TableDeleter {
    void operator()(rte_hash* table) const noexcept { rte_hash_free(table); }
  };
  using Times = std::unique_ptr<std::atomic<std::uint32_t>[]>;

  [[nodiscard]] static constexpr std::uintptr_t pack(Slot slot, std::uint16_t mtu_octets) noexcept {
    return std::uintptr_t{slot} << 16 | mtu_octets;
  }
  [[nodiscard]] static constexpr Slot slot_of(std::uintptr_t value) noexcept {
    return static_cast<Slot>(value >> 16);
  }
  static_assert(sizeof(std::uintptr_t) >= 4);

  std::unique_ptr<rte_hash, TableDeleter> table_;  ///< the control thread writes, the workers read
  std::vector<session::WatchedKey> keys_;          ///< by slot, id 0: none; the control thread's own
  std::vector<Times> alive_;                       ///< by worker, which writes, then slot; any thread reads
  std::atomic<std::uint32_t> now_s_{1};            ///< the control thread writes, the workers read
};

}  // namespace narrows::pipeline
