// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/capture_point.h"

#include <rte_cycles.h>

#include <algorithm>
#include <cstring>

namespace narrows::worker {
namespace {

using pipeline::Verdict;

std::span<const std::uint8_t> head_of(const rte_mbuf& mbuf) noexcept {
  return {rte_pktmbuf_mtod(&mbuf, const std::uint8_t*), mbuf.data_len};
}

/// @param octets  at most as many as the frame has.
void copy_octets(std::uint8_t* to, const rte_mbuf& frame, std::uint32_t octets) noexcept {
  for (const rte_mbuf* segment = &frame; octets != 0 && segment != nullptr; segment = segment->next) {
    const std::uint32_t part = std::min<std::uint32_t>(octets, segment->data_len);
    std::memcpy(to, rte_pktmbuf_mtod(segment, const void*), part);
    to += part;
    octets -= part;
  }
}

void settle_received(CaptureRecord& record, const pipeline::Burst& burst) noexcept {
  switch (const Verdict verdict = burst.verdict[record.index]) {
    case Verdict::forward:
      record.fate = CaptureFate::forwarded;
      return;
    case Verdict::fragment:
      record.fate = CaptureFate::fragmented;
      record.fragments = burst.fragment_count[record.index];
      return;
    case Verdict::punt:
      record.fate = CaptureFate::punted;
      return;
    default:
      record.fate = CaptureFate::dropped;
      record.reason = pipeline::reason_of(verdict);
  }
}

}  // namespace

/// @param with  has the last word on each record.
template <typename With>
void CapturePoint::copy_matching(const Seen& seen, std::span<rte_mbuf* const> frames, With with) noexcept {
  for (Capture* capture : *running_) {
    if (capture == nullptr || !capture->looks_at(seen.side, seen.place)) continue;
    CaptureRing& ring = capture->ring(worker_);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const rte_mbuf& frame = *frames[i];
      if (!capture->filter().matches(head_of(frame), frame.pkt_len)) continue;
      const std::uint32_t octets = std::min(frame.pkt_len, capture->snap_octets());
      CaptureRecord* record = ring.add(octets);
      if (record == nullptr) {
        ring.count_lost(seen.side, seen.place);
        continue;
      }
      record->ticks = ticks_;
      record->frame_octets = frame.pkt_len;
      record->index = static_cast<std::uint16_t>(i);
      record->side = seen.side;
      record->place = seen.place;
      record->fate = seen.fate;
      record->reason = seen.reason;
      record->fragments = 0;
      record->fragment = record->checksum_by_port = false;
      copy_octets(CaptureRing::octets_of(record), frame, octets);
      with(*record);
    }
  }
}

void CapturePoint::received(Side side, std::span<rte_mbuf* const> burst) noexcept {
  ticks_ = rte_rdtsc();
  sent_ = 0;
  copy_matching({side, CapturePlace::received, CaptureFate::forwarded}, burst, [](CaptureRecord&) {});
}

void CapturePoint::sending(Side side, const pipeline::Burst& burst,
                           const pipeline::Selection& frames) noexcept {
  const auto first = frames.mbufs.first(frames.size);
  copy_matching({side, CapturePlace::sent, CaptureFate::sent}, first, [&](CaptureRecord& record) {
    const std::uint8_t place = frames.place[record.index];
    record.fragment = !burst.all_forward && burst.verdict[place] == Verdict::fragment;
    record.checksum_by_port = (burst.checksum_by_port >> place & 1) != 0;
  });
}

void CapturePoint::settle(pipeline::Burst& burst) noexcept {
  pipeline::spell_out(burst);
  for (Capture* capture : *running_) {
    if (capture == nullptr) continue;
    capture->ring(worker_).for_each_unpublished([&](CaptureRecord& record) {
      if (record.fate == CaptureFate::filler) return;
      if (record.place == CapturePlace::received)
        settle_received(record, burst);
      else if (record.index >= sent_)
        record.fate = CaptureFate::unsent;
    });
  }
  publish();
}

void CapturePoint::originated(Side side, std::span<rte_mbuf* const> frames) noexcept {
  ticks_ = rte_rdtsc();
  copy_matching({side, CapturePlace::sent, CaptureFate::originated}, frames, [](CaptureRecord&) {});
  publish();
}

void CapturePoint::dropped(Side side, std::span<rte_mbuf* const> frames, stats::DropReason reason) noexcept {
  ticks_ = rte_rdtsc();
  copy_matching({side, CapturePlace::received, CaptureFate::dropped, reason}, frames, [](CaptureRecord&) {});
  publish();
}

void CapturePoint::publish() noexcept {
  for (Capture* capture : *running_)
    if (capture != nullptr) capture->ring(worker_).publish();
}

}  // namespace narrows::worker
