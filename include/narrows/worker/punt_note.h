// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "narrows/stats/reasons.h"
#include "narrows/wire/direction.h"

namespace narrows::worker {

/// What the worker knows of a frame for the control thread; travels in the mbuf's application field.
struct PuntNote {
  Side from = Side::lan;
  std::uint16_t session = 0;                             ///< session::kNone: none
  stats::DropReason reason = stats::DropReason::kCount;  ///< of a frame that was dropped
};

inline void write_note(rte_mbuf& mbuf, PuntNote note) noexcept {
  mbuf.hash.usr =
      static_cast<std::uint32_t>(index_of(note.reason) << 24 | index_of(note.from) << 16) | note.session;
}

[[nodiscard]] inline PuntNote read_note(const rte_mbuf& mbuf) noexcept {
  return {static_cast<Side>(mbuf.hash.usr >> 16 & 0xff), static_cast<std::uint16_t>(mbuf.hash.usr),
          static_cast<stats::DropReason>(mbuf.hash.usr >> 24)};
}

}  // namespace narrows::worker
