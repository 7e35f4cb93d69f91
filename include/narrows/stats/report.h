// SPDX-License-Identifier: BSD-3-Clause
/// The sums that people and scrapers see, as plain data: collected once (control/collect.h), rendered as
/// JSON, Prometheus text, telemetry and the final lines of `narrows run`.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "narrows/stats/control_events.h"
#include "narrows/stats/histograms.h"
#include "narrows/stats/learned_report.h"
#include "narrows/stats/reasons.h"
#include "narrows/stats/session_status.h"
#include "narrows/stats/too_long.h"
#include "narrows/wire/direction.h"

namespace narrows::stats {

struct DirectionReport {
  std::uint64_t received = 0;
  std::uint64_t forwarded = 0;
  std::uint64_t punted = 0;
  std::uint64_t forwarded_ip_octets = 0;
  std::uint64_t fragmented = 0;  ///< of forwarded: packets that left in fragments
  std::uint64_t fragments = 0;
  std::array<std::uint64_t, kFamilies> syn{};
  std::array<std::uint64_t, kFamilies> clamped{};
  std::array<std::uint64_t, kDropReasons> dropped{};
  std::array<std::uint64_t, kOddCases> odd{};
};

struct SessionDirectionReport {
  std::uint64_t packets = 0;
  std::uint64_t ip_octets = 0;
  std::uint64_t punted = 0;
  std::array<std::uint64_t, kFamilies> syn{};
  std::array<std::uint64_t, kFamilies> clamped{};
  std::array<std::uint64_t, kDropReasons> dropped{};
};

struct SessionReport {
  std::string name;
  bool is_client = false;     ///< dialled by Narrows
  double uptime_seconds = 0;  ///< of a client session that is up
  SessionStatus status;
  std::string lan_peer;                                                     ///< empty: not known yet
  std::array<std::array<std::uint16_t, kFamilies>, kDirections> max_mss{};  ///< 65535: not clamped
  std::array<SessionDirectionReport, kDirections> direction;
};

struct PortReport {
  std::string device;
  std::string driver;
  std::string mac;
  std::uint16_t mtu_octets = 0;
  bool link_up = false;
  std::uint32_t link_mbps = 0;  ///< 0: unknown
  std::string checksum_by;      ///< "port" or "software": who computes the TCP checksums that leave by it
  std::string checksum_reason;  ///< for people
  std::string spread;           ///< "hardware", "software" or "off": how its frames come to several workers
  std::uint64_t originated = 0;
  // The driver's own counts (rte_eth_stats).
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_octets = 0;
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_octets = 0;
  std::uint64_t rx_missed = 0;
  std::uint64_t rx_errors = 0;
  std::uint64_t rx_no_mbuf = 0;
  std::uint64_t tx_errors = 0;
};

struct WorkerReport {
  unsigned cpu = 0;
  int numa_node = 0;
  std::uint64_t polls = 0;
  std::uint64_t busy_polls = 0;
  std::array<std::uint64_t, kDirections> received{};  ///< of those that add up in DirectionReport::received
  std::string idle_method;  ///< what it does while nothing comes: "spin", "sleep", …
  std::uint64_t sleeps = 0;
  double asleep_seconds = 0;
  std::uint64_t cycles = 0;       ///< TSC ticks of its loop
  std::uint64_t busy_cycles = 0;  ///< of those: of polls that found frames
  double seconds = 0;             ///< the same in seconds
  double busy_seconds = 0;
  std::array<std::uint64_t, kBurstSizes> bursts{};  ///< by size
  std::uint64_t processed = 0;                      ///< frames of all these bursts
};

/// How long bursts were in the box, of a sample.
struct LatencyReport {
  std::array<std::uint64_t, kLatencies> bursts{};  ///< by time: see latency_row()
  double seconds = 0;                              ///< of all of them together
};

struct MempoolReport {
  std::string name;
  std::uint32_t size = 0;
  std::uint32_t in_use = 0;
  [[nodiscard]] std::uint32_t available() const noexcept { return size - std::min(size, in_use); }
};

struct Report {
  std::string version;
  std::string dpdk_version;
  std::string compiler;      ///< name and version
  std::string mode;          ///< "terminate" or "transparent"
  std::string vector_level;  ///< "scalar", …
  double uptime_seconds = 0;
  std::array<DirectionReport, kDirections> direction;
  std::array<LatencyReport, kDirections> latency;
  std::vector<SessionReport> sessions;
  std::size_t session_series = 0;  ///< so many of the first may have time series of their own
  std::array<PortReport, kSides> port;
  std::vector<WorkerReport> workers;
  std::vector<MempoolReport> mempools;
  std::vector<TooLong> too_long;  ///< of the last minute, the busiest destinations first
  std::array<std::uint64_t, kControlEvents> control{};             ///< by ControlEvent
  std::array<std::uint64_t, kSessionFailures> session_failures{};  ///< by SessionFailure
  std::optional<LearnedReport> learned;                            ///< where MTUs are learned
};

}  // namespace narrows::stats
