// SPDX-License-Identifier: BSD-3-Clause
/// What was learned of PPPoE sessions that only pass through, as plain data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "narrows/wire/direction.h"
#include "narrows/wire/mac_address.h"

namespace narrows::stats {

/// The packet that a session's MTU was last learned from. Rows of kLearnedFromNames, same order.
enum class LearnedFrom : std::uint8_t { configure_request, pads, configure_ack, kCount };
inline constexpr std::array<const char*, static_cast<std::size_t>(LearnedFrom::kCount)> kLearnedFromNames{
    "lcp configure-request", "pads", "lcp configure-ack"};

struct LearnedSessionReport {
  std::uint16_t id = 0;
  std::array<wire::MacAddress, kSides> mac;  ///< of its ends, by the side they are on
  std::vector<std::uint16_t> vlans;          ///< outermost first
  std::uint16_t mtu_octets = 0;
  std::array<std::optional<std::uint16_t>, kSides>
      mru_octets;                        ///< by the side that receives; absent: not agreed yet
  std::uint16_t max_payload_octets = 0;  ///< RFC 4638, from PADS; 0: none
  LearnedFrom from = LearnedFrom::pads;
  bool is_ended = false;      ///< by a PADT, a moment ago
  double age_seconds = 0;     ///< since its MTU was last learned
  double silent_seconds = 0;  ///< since its last LCP packet or SYN
};

struct LearnedReport {
  std::uint64_t count = 0;
  std::uint64_t agreed = 0;  ///< of those: both MRUs are known
  std::uint64_t limit = 0;
  std::vector<LearnedSessionReport> sessions;  ///< a bounded number, the most recently changed first
};

}  // namespace narrows::stats
