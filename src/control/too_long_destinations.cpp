// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/too_long_destinations.h"

#include <algorithm>

namespace narrows::control {
namespace {

using stats::TooLong;

void add(TooLong& sum, const TooLong& more) {
  sum.packets += more.packets;
  sum.largest_octets = std::max(sum.largest_octets, more.largest_octets);
  sum.mtu_octets = more.mtu_octets;
}

/// The row of the same destination; a new one, with no packets, where there is none.
TooLong& row_of(std::vector<TooLong>& rows, const TooLong& packet) {
  const auto same = [&](const TooLong& row) { return row.same_destination(packet); };
  if (const auto found = std::ranges::find_if(rows, same); found != rows.end()) return *found;
  rows.push_back(packet);
  rows.back().packets = 0;
  return rows.back();
}

std::int64_t slot_number(Time now) {
  return now / TooLongDestinations::kSlot;
}

}  // namespace

void TooLongDestinations::note(const TooLong& packet, Time now) {
  const std::lock_guard lock(mutex_);
  const std::int64_t number = slot_number(now);
  Slot& slot = slots_[static_cast<std::size_t>(number) % kSlots];
  if (slot.number != number) slot = {number, {}};
  const auto same = [&](const TooLong& row) { return row.same_destination(packet); };
  if (slot.entries.size() == kEntries && std::ranges::none_of(slot.entries, same)) {
    // Space-Saving: the newcomer takes the least one's place, and its count, which it may exceed no more than
    // that.
    TooLong& least = *std::ranges::min_element(slot.entries, {}, &TooLong::packets);
    const std::uint64_t inherited = least.packets;
    least = packet;
    least.packets += inherited;
    return;
  }
  add(row_of(slot.entries, packet), packet);
}

std::vector<TooLong> TooLongDestinations::top(std::size_t most, Time now) const {
  std::vector<TooLong> sums;
  const std::int64_t oldest = slot_number(now) - static_cast<std::int64_t>(kSlots) + 1;
  {
    const std::lock_guard lock(mutex_);
    for (const Slot& slot : slots_)
      if (slot.number >= oldest)
        for (const TooLong& entry : slot.entries) add(row_of(sums, entry), entry);
  }
  std::ranges::stable_sort(sums, std::ranges::greater{}, &TooLong::packets);
  sums.resize(std::min(sums.size(), most));
  return sums;
}

}  // namespace narrows::control
