// SPDX-License-Identifier: BSD-3-Clause
#include "trial.h"

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>

namespace narrows::lab {
namespace {

constexpr unsigned kMaxSessions = 4094;
constexpr unsigned kMaxFrame = 1518;

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

/// Buckets that are empty are left out: [[nanoseconds, frames], …], the least of each bucket.
nlohmann::json to_json(const LatencyHistogram& latency, double clock_hz) {
  auto buckets = nlohmann::json::array();
  for (std::size_t i = 0; i < LatencyHistogram::kBuckets; ++i)
    if (latency.count(i) != 0)
      buckets.push_back(
          {static_cast<double>(LatencyHistogram::lower_bound(i)) * 1e9 / clock_hz, latency.count(i)});
  return buckets;
}

}  // namespace

Trial parse_trial(std::string_view text) {
  const auto json = nlohmann::json::parse(text);
  static const std::set<std::string> known{"frame",   "syn_percent", "sessions", "directions",    "rate_pps",
                                           "seconds", "frames",      "max_mss",  "settle_seconds"};
  for (const auto& item : json.items())
    if (!known.contains(item.key())) throw std::invalid_argument("unknown key " + item.key());
  Trial trial;
  trial.frame_octets = json.value("frame", trial.frame_octets);
  trial.syn_percent = json.value("syn_percent", trial.syn_percent);
  trial.sessions = json.value("sessions", trial.sessions);
  trial.rate_pps = json.value("rate_pps", trial.rate_pps);
  trial.seconds = json.value("seconds", trial.seconds);
  trial.frames = json.value("frames", trial.frames);
  trial.max_mss = json.value("max_mss", trial.max_mss);
  trial.settle_seconds = json.value("settle_seconds", trial.settle_seconds);
  const auto directions = json.value("directions", std::string("both"));
  trial.directions = {directions != kDirectionNames[1], directions != kDirectionNames[0]};
  require(directions == "both" || directions == kDirectionNames[0] || directions == kDirectionNames[1],
          "directions: both, lan_to_wan or wan_to_lan");
  require(trial.frame_octets == 0 || (trial.frame_octets >= 64 && trial.frame_octets <= kMaxFrame),
          "frame: 64 to 1518 octets, 0 for IMIX");
  require(trial.syn_percent <= 100, "syn_percent: 0 to 100");
  require(trial.sessions >= 1 && trial.sessions <= kMaxSessions, "sessions: 1 to 4094");
  require(trial.rate_pps >= 0 && trial.seconds > 0, "rate_pps: 0 or more; seconds: more than 0");
  return trial;
}

nlohmann::json to_json(const TrialResult& result, double clock_hz) {
  nlohmann::json json{{"seconds", result.seconds},
                      {"longest_pause_us", result.longest_pause_us},
                      {"foreign", result.foreign}};
  for (std::size_t i = 0; i < result.directions.size(); ++i) {
    const DirectionResult& direction = result.directions[i];
    json["directions"][kDirectionNames[i]] = {{"sent", direction.sent},
                                              {"refused", direction.refused},
                                              {"received", direction.received},
                                              {"received_pppoe", direction.received_pppoe},
                                              {"received_octets", direction.received_octets},
                                              {"reordered", direction.reordered},
                                              {"verified", direction.verified},
                                              {"wrong_checksum", direction.wrong_checksum},
                                              {"wrong_mss", direction.wrong_mss},
                                              {"latency_ns", to_json(direction.latency, clock_hz)}};
  }
  return json;
}

}  // namespace narrows::lab
