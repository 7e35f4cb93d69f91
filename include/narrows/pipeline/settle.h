// SPDX-License-Identifier: BSD-3-Clause
/// From verdicts to fates: sorts a processed burst, and counts it once every frame's fate is known.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <span>

#include "narrows/pipeline/burst.h"
#include "narrows/pipeline/context.h"

namespace narrows::pipeline {

/// Frames of a burst that share a verdict, in their order, with their places in the burst; the fragments of
/// one frame share its place. Only the first `size` entries mean anything. Where all frames of a burst are in
/// one selection it borrows the burst's array instead of having a copy: until the burst is filled again.
class Selection {
 public:
  Selection() = default;
  Selection(const Selection&) = delete;
  Selection& operator=(const Selection&) = delete;

  void clear() noexcept;
  void append(rte_mbuf* mbuf, unsigned at) noexcept;
  void borrow(Burst& burst) noexcept;

  std::uint16_t size = 0;
  std::span<rte_mbuf*> mbufs;
  std::span<const std::uint8_t> place;

 private:
  std::array<rte_mbuf*, kMaxBurstFragments> own_mbufs_;
  std::array<std::uint8_t, kMaxBurstFragments> own_place_;
};

/// A processed burst, sorted by what is to be done next. Frames in none of these are freed.
struct Sorted {
  Selection forward;
  Selection punt;
  /// Dropped and counted as that, but not freed yet: their sender may be told why (RFC 792, RFC 4443).
  Selection undeliverable;
};

void sort_out(Burst& burst, Sorted& sorted) noexcept;

/// Frees the frames of `selection` from the `first` on, which nobody took, and makes them dropped for
/// `reason`; a packet some of whose fragments are on their way counts as dropped too.
void drop_rest(Burst& burst, const Selection& selection, std::uint16_t first,
               stats::DropReason reason) noexcept;

/// Counts every frame of the burst under its final verdict, in the direction's counters and its session's.
/// Looks at no mbuf: those that were sent are the driver's.
void account(const Burst& burst, const Context& context) noexcept;

}  // namespace narrows::pipeline
