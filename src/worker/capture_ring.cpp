// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/capture_ring.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace narrows::worker {

void CaptureRing::Free::operator()(std::uint8_t* octets) const noexcept {
  std::free(octets);
}

CaptureRing::CaptureRing(std::size_t octets)
    : size_(octets),
      octets_(static_cast<std::uint8_t*>(std::aligned_alloc(stats::kCacheLineOctets, octets))) {
  if (octets_ == nullptr) throw std::bad_alloc();
  std::memset(octets_.get(), 0, size_);
}

CaptureRecord* CaptureRing::add(std::uint32_t captured_octets) noexcept {
  constexpr std::size_t kAlign = alignof(CaptureRecord);
  const std::size_t wanted =
      sizeof(CaptureRecord) + (std::size_t{captured_octets} + kAlign - 1) / kAlign * kAlign;
  const std::size_t to_end = size_ - (written_ & (size_ - 1));
  const std::size_t needed = wanted <= to_end ? wanted : to_end + wanted;
  if (written_ + needed - read_seen_ > size_) {
    read_seen_ = read_.load(std::memory_order_acquire);
    if (written_ + needed - read_seen_ > size_) return nullptr;
  }
  if (wanted > to_end) {
    CaptureRecord& filler = record_at(written_);
    filler.record_octets = static_cast<std::uint32_t>(to_end);
    filler.fate = CaptureFate::filler;
    written_ += to_end;
  }
  CaptureRecord& record = record_at(written_);
  record.record_octets = static_cast<std::uint32_t>(wanted);
  record.captured_octets = captured_octets;
  written_ += wanted;
  return &record;
}

const CaptureRecord* CaptureRing::front() noexcept {
  const std::uint64_t published = published_.load(std::memory_order_acquire);
  for (;;) {
    const std::uint64_t at = read_.load(std::memory_order_relaxed);
    if (at == published) return nullptr;
    const CaptureRecord& record = record_at(at);
    if (record.fate != CaptureFate::filler && record.fate != CaptureFate::unsent) return &record;
    pop();
  }
}

void CaptureRing::pop() noexcept {
  const std::uint64_t at = read_.load(std::memory_order_relaxed);
  read_.store(at + record_at(at).record_octets, std::memory_order_release);
}

}  // namespace narrows::worker
