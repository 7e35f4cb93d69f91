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

/// Notes for `narrows explain` what the SYN of the burst's one frame is clamped to.
/// @param outer_octets  headers of the tunnel it is in; 0: in none.
inline void tell_syn(const Context& context, const Syn& syn, std::uint16_t tcp_offset,
                     std::uint16_t outer_octets = 0) noexcept {
  context.account->syn = {.family = syn.family,
                          .tcp_offset = tcp_offset,
                          .tcp_octets = static_cast<std::uint16_t>(syn.segment.size()),
                          .max_mss = syn.max_mss,
                          .outer_octets = outer_octets};
}

/// At most one for each frame of a burst. What is known of them is noted in arrays alone: sums would go
/// through memory once a SYN.
class Syns {
 public:
  /// @param i  from 0 on, one after the other.
  void set(unsigned i, const Syn& syn) noexcept {
    std::uint8_t* tcp = syn.segment.data();
    __builtin_prefetch(tcp + wire::kMaxTcpHeaderOctets / 2, 1);  // most options are in the next cache line
    const std::size_t claimed = wire::header_at<wire::TcpHeader>(tcp).header_octets();
    const std::size_t there = std::clamp(claimed, sizeof(wire::TcpHeader), syn.segment.size());
    headers_.header[i] = tcp;
    headers_.octets[i] = static_cast<std::uint8_t>(there);
    bad_data_offset_[i] = claimed != there;
    max_mss_[i] = syn.max_mss;
    session_[i] = syn.session;
    ipv6_[i] = syn.family == Family::ipv6;
  }

  /// Lowers the MSS options of the first `size`, and counts them.
  /// @return bit i: one of SYN i was lowered, and its checksum kept up with it.
  std::uint64_t clamp(unsigned size, const Context& context, rewrite::LocateMssBurst locate_mss) noexcept;

 private:
  struct OddCases;

  std::uint64_t lower_found(const rewrite::SynLocations& locations, OddCases& odd) noexcept;
  std::uint64_t lower_unsure(std::uint64_t unsure, OddCases& odd) noexcept;
  [[nodiscard]] bool have_one_session() const noexcept;
  void count(const Context& context, std::uint64_t clamped) const noexcept;

  rewrite::SynBurst headers_;
  std::array<std::uint16_t, kMaxBurst> max_mss_;
  std::array<std::uint16_t, kMaxBurst> session_;
  std::array<std::uint8_t, kMaxBurst> ipv6_{};             ///< 1 or 0
  std::array<std::uint8_t, kMaxBurst> bad_data_offset_{};  ///< 1 or 0
};

}  // namespace narrows::pipeline
