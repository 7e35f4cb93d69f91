// SPDX-License-Identifier: BSD-3-Clause
/// A report in which no two numbers are the same, so that one shown in another's place is found.
#pragma once

#include <cstdint>

#include "narrows/stats/report.h"

namespace narrows::control {

inline stats::Report full_report() {
  std::uint64_t next = 1000;
  const auto fill = [&](auto& counts) {
    for (auto& count : counts) count = next++;
  };
  stats::Report report;
  report.version = "0.1.0";
  report.dpdk_version = "DPDK 22.11.11";
  report.compiler = "gcc 12.2.0";
  report.mode = "terminate";
  report.vector_level = "scalar";
  report.uptime_seconds = 12.5;
  for (auto& direction : report.direction) {
    direction.received = next++;
    direction.forwarded = next++;
    direction.punted = next++;
    direction.forwarded_ip_octets = next++;
    direction.fragmented = next++;
    direction.fragments = next++;
    fill(direction.syn);
    fill(direction.clamped);
    fill(direction.dropped);
    fill(direction.odd);
  }
  for (const char* name : {"isp", "isp-2.backup"}) {
    auto& session = report.sessions.emplace_back();
    session.name = name;
    session.status.id = 0x1234;
    session.status.mtu_octets = 1492;
    session.status.ac_mac = {{0x02, 0, 0, 0, 0, 0xac}};
    session.max_mss = {{{1452, 1432}, {1452, 65535}}};
    for (auto& direction : session.direction) {
      direction.packets = next++;
      direction.ip_octets = next++;
      direction.punted = next++;
      fill(direction.syn);
      fill(direction.clamped);
      fill(direction.dropped);
    }
  }
  auto& dialled = report.sessions.emplace_back(report.sessions[0]);
  dialled.name = "dialled";
  dialled.is_client = true;
  dialled.uptime_seconds = 86401.5;
  dialled.status.mtu_octets = 1454;
  dialled.status.mru_octets = 1453;
  dialled.status.last_failure = stats::SessionFailure::echo_lost;
  dialled.status.dials = next++;
  dialled.status.times_up = next++;
  dialled.status.echo_round_trip_ns = 4'000'000;
  report.session_series = report.sessions.size();
  report.sessions[0].lan_peer = "02:00:00:00:00:01";
  for (auto& port : report.port) {
    port.device = "net_af_packet0,iface=\"lan0\"\\";
    port.driver = "net_af_packet";
    port.mac = "02:00:00:00:00:0a";
    port.mtu_octets = 1500;
    port.link_up = true;
    port.link_mbps = 10000;
    port.checksum_by = "software";
    port.checksum_reason = "as configured";
    port.spread = "software";
    for (auto* count : {&port.originated, &port.rx_packets, &port.rx_octets, &port.tx_packets,
                        &port.tx_octets, &port.rx_missed, &port.rx_errors, &port.rx_no_mbuf, &port.tx_errors})
      *count = next++;
  }
  report.workers = {{1, 0, next++, next++, {next++, next++}, "sleep", next++, 4.25},
                    {3, -1, next++, next++, {next++, next++}, "spin", 0, 0}};
  for (auto& worker : report.workers) {
    worker.cycles = next++;
    worker.busy_cycles = next++;
    worker.seconds = 8.5;
    worker.busy_seconds = 2.125;
    worker.processed = next++;
    fill(worker.bursts);
  }
  for (auto& latency : report.latency) {
    fill(latency.bursts);
    latency.seconds = 0.0625;
  }
  report.mempools = {{"buffers_0", 8191, 77}};
  report.too_long = {{1, Direction::wan_to_lan, "2001:db8::9", 12, 1500, 1492},
                     {0, Direction::lan_to_wan, "203.0.113.9", 3, 1493, 1454}};
  fill(report.control);
  auto& learned = report.learned.emplace();
  learned.count = next++;
  learned.agreed = 998;
  learned.limit = 65534;
  learned.sessions.resize(2);
  learned.sessions[0] = {.id = 0x1235,
                         .mac = {{{{0x02, 0, 0, 0, 0, 0x01}}, {{0x02, 0, 0, 0, 0, 0xad}}}},
                         .vlans = {100, 7},
                         .mtu_octets = 1454,
                         .mru_octets = {1492, 1454},
                         .max_payload_octets = 1500,
                         .from = stats::LearnedFrom::configure_ack,
                         .is_ended = true,
                         .age_seconds = 61.5,
                         .silent_seconds = 2.5};
  return report;
}

}  // namespace narrows::control
