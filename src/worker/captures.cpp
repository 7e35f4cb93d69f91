// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/captures.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace narrows::worker {

Capture::Capture(const std::string& filter, const ByCapturePoint<bool>& points, std::uint32_t snap_octets,
                 std::uint16_t workers, std::size_t ring_octets)
    : filter_(filter), points_(points), snap_octets_(snap_octets) {
  for (std::uint16_t worker = 0; worker < workers; ++worker)
    rings_.push_back(std::make_unique<CaptureRing>(ring_octets));
}

Captures::~Captures() {
  delete current_.load(std::memory_order_relaxed);
}

bool Captures::add(Capture& capture) {
  const std::lock_guard lock(mutex_);
  const Running* now = current_.load(std::memory_order_relaxed);
  auto next = std::make_unique<Running>(now == nullptr ? Running{} : *now);
  const auto vacant = std::ranges::find(*next, nullptr);
  if (vacant == next->end()) return false;
  *vacant = &capture;
  publish(std::move(next));
  return true;
}

void Captures::remove(Capture& capture) {
  const std::lock_guard lock(mutex_);
  auto next = std::make_unique<Running>(*current_.load(std::memory_order_relaxed));
  std::ranges::replace(*next, &capture, nullptr);
  const bool is_last = std::ranges::all_of(*next, [](const Capture* one) { return one == nullptr; });
  publish(is_last ? nullptr : std::move(next));
}

/// A worker pauses between two turns, so the wait is short.
void Captures::publish(std::unique_ptr<const Running> next) {
  const std::unique_ptr<const Running> old(current_.exchange(next.release(), std::memory_order_acq_rel));
  const std::uint64_t token = rte_rcu_qsbr_start(readers_);
  while (rte_rcu_qsbr_check(readers_, token, false) != 1)
    std::this_thread::sleep_for(std::chrono::microseconds(100));
}

}  // namespace narrows::worker
