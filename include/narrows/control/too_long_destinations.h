// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "narrows/control/time.h"
#include "narrows/stats/too_long.h"

namespace narrows::control {

/// Where packets that are too long for their link and must not be fragmented were going in the last minute:
/// who never learns of it sees a black hole. The few busiest, in little memory whatever is sent: the
/// Space-Saving sketch (Metwally, Agrawal, El Abbadi 2005) in slots of ten seconds.
///
/// The control thread notes, any thread asks.
class TooLongDestinations {
 public:
  static constexpr Time kSlot = std::chrono::seconds(10);
  static constexpr std::size_t kSlots = 6;
  static constexpr std::size_t kEntries = 32;  ///< a slot's

  void note(const stats::TooLong& packet, Time now);

  /// The busiest first. Counts are upper bounds once more than kEntries destinations share a slot.
  [[nodiscard]] std::vector<stats::TooLong> top(std::size_t most, Time now) const;

 private:
  struct Slot {
    std::int64_t number = -1;  ///< time / kSlot
    std::vector<stats::TooLong> entries;
  };
  mutable std::mutex mutex_;
  std::array<Slot, kSlots> slots_;
};

}  // namespace narrows::control
