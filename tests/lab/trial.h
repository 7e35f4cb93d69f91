// SPDX-License-Identifier: BSD-3-Clause
/// What one trial of RFC 2544 sends, and what came back of it: JSON in, JSON out, a line each.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "latency_histogram.h"

namespace narrows::lab {

/// As the product has them: index 0 and 1 of everything that is there once a direction.
enum class Direction : std::uint8_t { lan_to_wan, wan_to_lan };
inline constexpr std::array<const char*, 2> kDirectionNames{"lan_to_wan", "wan_to_lan"};

/// What stands in front of the IP packets that a side sends.
enum class Headers : std::uint8_t { ip, pppoe };

struct Trial {
  std::uint16_t frame_octets = 64;  ///< on Ethernet, FCS included; 0: IMIX
  unsigned syn_percent = 0;
  unsigned sessions = 1;                       ///< more than one: each in a LAN VLAN of its own
  std::array<bool, 2> directions{true, true};  ///< which of them send
  double rate_pps = 0;                         ///< in each direction; 0: as fast as this program can
  double seconds = 1;
  std::uint64_t frames = 0;      ///< in each direction, then the trial ends; 0: as many as `seconds` allow
  unsigned max_mss = 0;          ///< what a SYN may come back with; 0: is not looked at
  double settle_seconds = 0.05;  ///< with nothing received for so long, what is missing is lost
};

struct DirectionResult {
  std::uint64_t sent = 0;     ///< offered to the device, refused ones too
  std::uint64_t refused = 0;  ///< of these, what its full queue did not take: lost
  std::uint64_t received = 0;
  std::uint64_t received_pppoe = 0;
  std::uint64_t received_octets = 0;  ///< of Ethernet frames, without FCS
  std::uint64_t reordered = 0;        ///< came after a frame that was sent later
  std::uint64_t verified = 0;         ///< samples: TCP checksum, and MSS of SYNs
  std::uint64_t wrong_checksum = 0;
  std::uint64_t wrong_mss = 0;
  LatencyHistogram latency;
};

struct TrialResult {
  std::array<DirectionResult, 2> directions;
  double seconds = 0;           ///< from the first frame sent to the last
  double longest_pause_us = 0;  ///< of this program, between two polls: it was kept from running
  std::uint64_t foreign = 0;    ///< frames of nobody here, or of an earlier trial
};

/// Throws std::invalid_argument or nlohmann::json::exception on what is no trial.
[[nodiscard]] Trial parse_trial(std::string_view text);

/// @param clock_hz  of the histograms' clocks.
[[nodiscard]] nlohmann::json to_json(const TrialResult& result, double clock_hz);

}  // namespace narrows::lab
