// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/pipeline/learned_sessions.h"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_jhash.h>
#include <rte_random.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace narrows::pipeline {
namespace {

/// Keys that are out, but whose slots wait for workers to pause.
constexpr std::uint32_t kSpareEntries = 2048;

[[noreturn]] void fail(int error) {
  throw std::runtime_error(
      fmt::format("no memory for the sessions to be learned ({}); reserve more hugepages or write the mtu",
                  rte_strerror(error)));
}

rte_hash* make_table(rte_rcu_qsbr* readers, int node) {
  rte_hash_parameters parameters{};
  parameters.name = "learned_sessions";
  parameters.entries = session::kMostWatched + kSpareEntries;
  parameters.key_len = sizeof(session::WatchedKey);
  parameters.hash_func = rte_jhash;
  parameters.hash_func_init_val = static_cast<std::uint32_t>(rte_rand());
  parameters.socket_id = node;
  parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF | RTE_HASH_EXTRA_FLAGS_EXT_TABLE;
  rte_hash* table = rte_hash_create(&parameters);
  if (table == nullptr) fail(rte_errno);
  rte_hash_rcu_config rcu{};
  rcu.v = readers;
  rcu.mode = RTE_HASH_QSBR_MODE_DQ;
  if (rte_hash_rcu_qsbr_add(table, &rcu) != 0) {
    const int error = rte_errno;
    rte_hash_free(table);
    fail(error);
  }
  return table;
}

}  // namespace

LearnedSessions::LearnedSessions(rte_rcu_qsbr* readers, std::uint16_t workers, int node)
    : table_(make_table(readers, node)), keys_(session::kMostWatched) {
  for (unsigned worker = 0; worker < workers; ++worker)
    alive_.push_back(std::make_unique<std::atomic<std::uint32_t>[]>(session::kMostWatched));
}

bool LearnedSessions::set(Slot slot, const session::WatchedKey& key, std::uint16_t mtu_octets) {
  if (keys_[slot] != key) clear(slot);
  // In place where the key is there already: a reader sees the old value or the new one.
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the table's data is a pointer's width of anything
  auto* const data = reinterpret_cast<void*>(pack(slot, mtu_octets));
  if (rte_hash_add_key_data(table_.get(), &key, data) != 0) return false;
  keys_[slot] = key;
  return true;
}

void LearnedSessions::clear(Slot slot) {
  const session::WatchedKey key = std::exchange(keys_[slot], {});
  void* data = nullptr;
  // Another slot may have the key by now.
  if (key.id() == 0 || rte_hash_lookup_data(table_.get(), &key, &data) < 0 ||
      slot_of(reinterpret_cast<std::uintptr_t>(data)) != slot)
    return;
  rte_hash_del_key(table_.get(), &key);
}

std::uint32_t LearnedSessions::alive_s(Slot slot) const noexcept {
  std::uint32_t latest = 0;
  for (const Times& times : alive_) latest = std::max(latest, times[slot].load(std::memory_order_relaxed));
  return latest;
}

}  // namespace narrows::pipeline
