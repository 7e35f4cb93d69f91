// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "narrows/stats/counters.h"
#include "narrows/stats/reasons.h"
#include "narrows/wire/direction.h"

namespace narrows::worker {

/// Where in the box a frame was seen: as its port received it, before anything was rewritten, or as it was
/// handed to its port to be sent.
enum class CapturePlace : std::uint8_t { received, sent };
inline constexpr std::size_t kCapturePlaces = 2;

/// By side and place.
template <typename Value>
using ByCapturePoint = std::array<std::array<Value, kCapturePlaces>, kSides>;

/// What became of a frame. Of a received one: forwarded … dropped; of one to be sent: the others.
enum class CaptureFate : std::uint8_t {
  forwarded,
  fragmented,
  punted,
  dropped,
  sent,
  originated,  ///< sent for the control thread
  unsent,      ///< refused by the port: not to be shown, what was received of it says dropped
  filler,      ///< no frame: the room up to the ring's end
};

/// A copy of a frame, or of its beginning: this, then the octets.
struct alignas(32) CaptureRecord {
  std::uint64_t ticks;            ///< TSC, of the burst
  std::uint32_t record_octets;    ///< of all of it, a multiple of its alignment
  std::uint32_t captured_octets;  ///< that follow
  std::uint32_t frame_octets;
  std::uint16_t index;  ///< in its burst, or among the frames that are sent
  Side side;
  CapturePlace place;
  CaptureFate fate;
  stats::DropReason reason;  ///< of a dropped one
  std::uint8_t fragments;    ///< of a fragmented one: how many
  bool fragment;             ///< of one to be sent: it is one
  bool checksum_by_port;     ///< of one to be sent: the TCP checksum is not in it yet

  [[nodiscard]] std::span<const std::uint8_t> octets() const noexcept {
    return {reinterpret_cast<const std::uint8_t*>(this + 1), captured_octets};
  }
};
static_assert(sizeof(CaptureRecord) == 32, "its alignment, so that a filler has room at the ring's end");

/// Copies of frames on their way from one worker, which alone writes, to the thread of one capture, which
/// alone reads. Bounded: what finds no room is lost and counted, nobody waits.
///
/// A worker's records are seen by the reader when the worker publishes them: until then it may still write
/// their fates into them.
class CaptureRing {
 public:
  /// @param octets  a power of two, at least 4096; all of it is touched here, so that the worker meets no
  /// page fault. @throws std::bad_alloc
  explicit CaptureRing(std::size_t octets);

  // --- the worker ---

  /// Room for a record and its octets, of which sizes are set; null: full.
  [[nodiscard]] CaptureRecord* add(std::uint32_t captured_octets) noexcept;
  /// Octets of the record that add() gave.
  [[nodiscard]] static std::uint8_t* octets_of(CaptureRecord* record) noexcept {
    return reinterpret_cast<std::uint8_t*>(record + 1);
  }
  /// Calls `with(record)` for each record that is not published yet, fillers included.
  template <typename With>
  void for_each_unpublished(With with) noexcept {
    for (std::uint64_t at = published_.load(std::memory_order_relaxed); at != written_;) {
      CaptureRecord& record = record_at(at);
      with(record);
      at += record.record_octets;
    }
  }
  void count_lost(Side side, CapturePlace place) noexcept { lost_[index_of(side)][index_of(place)].add(1); }
  void publish() noexcept { published_.store(written_, std::memory_order_release); }

  // --- the reader ---

  /// The oldest record; null: there is none. Good until pop().
  [[nodiscard]] const CaptureRecord* front() noexcept;
  void pop() noexcept;

  // --- both ---

  /// Copies that found no room.
  [[nodiscard]] std::uint64_t lost(Side side, CapturePlace place) const noexcept {
    return lost_[index_of(side)][index_of(place)].value();
  }

 private:
  [[nodiscard]] CaptureRecord& record_at(std::uint64_t at) const noexcept {
    return *reinterpret_cast<CaptureRecord*>(octets_.get() + (at & (size_ - 1)));
  }

  struct Free {
    void operator()(std::uint8_t* octets) const noexcept;
  };
  // Positions only grow; what is in the ring is from read_ to written_.
  alignas(stats::kCacheLineOctets) std::uint64_t written_ = 0;  ///< the worker's own
  std::uint64_t read_seen_ = 0;                                 ///< the worker's own: read_ as it last was
  ByCapturePoint<stats::Counter> lost_;                         ///< the worker writes, the reader reads
  alignas(stats::kCacheLineOctets) std::atomic<std::uint64_t> published_{0};  ///< worker writes, reader reads
  std::size_t size_;                                                          ///< fixed
  std::unique_ptr<std::uint8_t[], Free> octets_;                              ///< fixed
  alignas(stats::kCacheLineOctets) std::atomic<std::uint64_t> read_{0};       ///< reader writes, worker reads
};

}  // namespace narrows::worker
