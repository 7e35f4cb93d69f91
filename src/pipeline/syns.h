// SPDX-License-Identifier: BSD-3-Clause
/// The SYNs of a burst, gathered so that their options are looked for all at once.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "narrows/pipeline/burst.h"
#include "narrows/pipeline/context.h"
#include "narrows/rewrite/locate_mss_burst.h"
#include "narrows/wire/tcp.h"

namespace narrows::pipeline {

static_assert(rewrite::kMaxSyns == kMaxBurst);

/// One SYN and what is known of it.
struct Syn {
  std::span<std::uint8_t> segment;  ///< what is there of it, at least 20 octets (contract 2.2)
  std::uint16_t max_mss = 0;
  std::uint16_t session = 0;  ///< session::kNone when it has none
  Family family = Family::ipv4;
};

/// At most one for each frame of a burst.
class Syns {
 public:
  void add(const Syn& syn) noexcept {
    const unsigned i = headers_.size++;
    const std::size_t claimed = wire::header_at<wire::TcpHeader>(syn.segment.data()).header_octets();
    const std::size_t there = std::clamp(claimed, sizeof(wire::TcpHeader), syn.segment.size());
    headers_.header[i] = syn.segment.data();
    headers_.octets[i] = static_cast<std::uint8_t>(there);
    max_mss_[i] = syn.max_mss;
    session_[i] = syn.session;
    family_[i] = syn.family;
    bad_data_offsets_ += claimed != there ? 1 : 0;
    ipv6_ |= static_cast<std::uint64_t>(syn.family == Family::ipv6) << i;
    other_session_ |= static_cast<std::uint16_t>(syn.session ^ session_[0]);
  }

  /// Lowers the MSS options of all of them, and counts them.
  /// @return bit i: one of the SYN that was added as the i-th was lowered, and its checksum kept up with it.
  std::uint64_t clamp(const Context& context) noexcept;

 private:
  struct OddCases;

  std::uint64_t lower_found(const rewrite::SynLocations& locations, OddCases& odd) noexcept;
  std::uint64_t lower_unsure(std::uint64_t unsure, OddCases& odd) noexcept;
  void count(const Context& context, std::uint64_t clamped) const noexcept;

  rewrite::SynBurst headers_;
  std::array<std::uint16_t, kMaxBurst> max_mss_;
  std::array<std::uint16_t, kMaxBurst> session_;
  std::array<Family, kMaxBurst> family_;
  std::uint64_t ipv6_ = 0;
  std::uint16_t other_session_ = 0;  ///< not 0: not all have the session of the first
  unsigned bad_data_offsets_ = 0;
};

}  // namespace narrows::pipeline
