// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <span>

#include "narrows/pipeline/burst.h"
#include "narrows/pipeline/settle.h"
#include "narrows/worker/captures.h"

namespace narrows::worker {

/// A worker's part in the captures that run: copies of frames that a filter lets through go into its ring of
/// each capture, and their fates with them once these are known. It frees, changes and delays no frame.
///
/// All but begin_turn() and is_on() are for turns in which a capture runs.
class CapturePoint {
 public:
  /// @param captures  null: there never is one. Outlives the object.
  CapturePoint(const Captures* captures, std::uint16_t worker) noexcept
      : captures_(captures), worker_(worker) {}

  /// Looks whether captures run; holds until the worker pauses.
  void begin_turn() noexcept { running_ = captures_ == nullptr ? nullptr : captures_->current(); }
  [[nodiscard]] bool is_on() const noexcept { return running_ != nullptr; }

  /// A burst as it was received, before anything is done to it.
  void received(Side side, std::span<rte_mbuf* const> burst) noexcept;
  /// Frames that are ready to be sent. @param side  of the port they leave by.
  void sending(Side side, const pipeline::Burst& burst, const pipeline::Selection& frames) noexcept;
  /// How many of them the port took, the first ones.
  void sent(std::uint16_t frames) noexcept { sent_ = frames; }
  /// The burst's fates are known.
  void settle(pipeline::Burst& burst) noexcept;

  /// Frames of the control thread's, about to be sent by the port on `side`.
  void originated(Side side, std::span<rte_mbuf* const> frames) noexcept;
  /// Frames received that end here.
  void dropped(Side side, std::span<rte_mbuf* const> frames, stats::DropReason reason) noexcept;

 private:
  /// What a record says besides the frame itself.
  struct Seen {
    Side side;
    CapturePlace place;
    CaptureFate fate;
    stats::DropReason reason = stats::DropReason::kCount;
  };
  template <typename With>
  void copy_matching(const Seen& seen, std::span<rte_mbuf* const> frames, With with) noexcept;
  void publish() noexcept;

  const Captures* captures_;
  const Captures::Running* running_ = nullptr;
  std::uint64_t ticks_ = 0;  ///< of the burst
  std::uint16_t worker_;
  std::uint16_t sent_ = 0;
};

}  // namespace narrows::worker
