// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/report_prometheus.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "narrows/config/config.h"

namespace narrows::control {
namespace {

using Labels = std::vector<prometheus::ClientMetric::Label>;

/// One metric family under construction.
class Family {
 public:
  Family(std::string_view name, std::string_view help, prometheus::MetricType type) {
    family_.name = name;
    family_.help = help;
    family_.type = type;
  }

  void add(double value, Labels labels = {}) {
    auto& metric = family_.metric.emplace_back();
    metric.label = std::move(labels);
    // One of the two is read, according to the type of the family.
    metric.counter.value = value;
    metric.gauge.value = value;
  }
  void add(std::uint64_t value, Labels labels = {}) { add(static_cast<double>(value), std::move(labels)); }

  void move_to(std::vector<prometheus::MetricFamily>& families) {
    if (!family_.metric.empty()) families.push_back(std::move(family_));
  }

 private:
  prometheus::MetricFamily family_;
};

Family counter(std::string_view name, std::string_view help) {
  return {name, help, prometheus::MetricType::Counter};
}
Family gauge(std::string_view name, std::string_view help) {
  return {name, help, prometheus::MetricType::Gauge};
}

prometheus::ClientMetric::Label label(const char* name, std::string_view value) {
  return {name, std::string(value)};
}

std::uint64_t sum(const std::array<std::uint64_t, stats::kDropReasons>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void add_directions(const stats::Report& report, std::vector<prometheus::MetricFamily>& families) {
  auto received = counter("narrows_received_packets_total", "Frames received, by the direction they travel.");
  auto packets =
      counter("narrows_packets_total", "Frames by their fate; the fates add up to those received.");
  auto dropped = counter("narrows_dropped_packets_total", "Frames dropped, by reason.");
  auto octets = counter("narrows_forwarded_ip_octets_total", "Octets of the IP packets forwarded.");
  auto fragmented = counter("narrows_fragmented_packets_total", "IPv4 packets that left in fragments.");
  auto fragments = counter("narrows_fragments_total", "The fragments they left in.");
  auto syn = counter("narrows_syn_packets_total", "TCP SYN and SYN-ACK segments seen.");
  auto clamped = counter("narrows_mss_clamped_packets_total", "TCP segments whose MSS was lowered.");
  auto odd = counter("narrows_odd_packets_total", "Frames that show an odd case, by case.");
  for (std::size_t way = 0; way < kDirections; ++way) {
    const auto& counts = report.direction[way];
    const auto direction = label("direction", kDirectionNames[way]);
    received.add(counts.received, {direction});
    packets.add(counts.forwarded, {direction, label("fate", "forwarded")});
    packets.add(counts.punted, {direction, label("fate", "punted")});
    packets.add(sum(counts.dropped), {direction, label("fate", "dropped")});
    octets.add(counts.forwarded_ip_octets, {direction});
    fragmented.add(counts.fragmented, {direction});
    fragments.add(counts.fragments, {direction});
    for (std::size_t reason = 0; reason < stats::kDropReasons; ++reason)
      dropped.add(counts.dropped[reason], {direction, label("reason", stats::kDropReasonTexts[reason].name)});
    for (std::size_t family = 0; family < kFamilies; ++family) {
      syn.add(counts.syn[family], {direction, label("family", kFamilyNames[family])});
      clamped.add(counts.clamped[family], {direction, label("family", kFamilyNames[family])});
    }
    for (std::size_t odd_case = 0; odd_case < stats::kOddCases; ++odd_case)
      odd.add(counts.odd[odd_case], {direction, label("case", stats::kOddCaseTexts[odd_case].name)});
  }
  for (auto* family : {&received, &packets, &dropped, &octets, &fragmented, &fragments, &syn, &clamped, &odd})
    family->move_to(families);
}

void add_sessions(const stats::Report& report, std::vector<prometheus::MetricFamily>& families) {
  auto info = gauge("narrows_session_info", "1 for each session, with what identifies it.");
  auto mtu = gauge("narrows_session_mtu_octets", "Largest IP packet the session carries.");
  auto up = gauge("narrows_session_up", "1 when the session carries data.");
  auto dials = counter("narrows_session_dials_total", "Times the session was dialled.");
  auto round_trip = gauge("narrows_session_echo_round_trip_seconds", "Of the last LCP echo.");
  auto peer = gauge("narrows_session_lan_peer_known", "1 when the MAC address of the LAN host is known.");
  auto limit = gauge("narrows_session_max_mss_octets", "MSS limit; no series where nothing is clamped.");
  auto packets = counter("narrows_session_packets_total", "Packets forwarded in the session.");
  auto octets = counter("narrows_session_octets_total", "Octets of the IP packets forwarded in the session.");
  auto punted = counter("narrows_session_punted_packets_total", "Frames handed to the control thread.");
  auto dropped =
      counter("narrows_session_dropped_packets_total", "Frames dropped after their session was known.");
  auto too_big = counter("narrows_session_too_big_packets_total",
                         "Packets too long for the link ahead that must not be fragmented (DF, IPv6).");
  auto syn = counter("narrows_session_syn_packets_total", "TCP SYN and SYN-ACK segments seen.");
  auto clamped = counter("narrows_session_mss_clamped_packets_total", "TCP segments whose MSS was lowered.");
  for (const auto& session : report.sessions) {
    const auto name = label("session", session.name);
    const stats::SessionStatus& status = session.status;
    info.add(1.0, {name, label("id", fmt::format("0x{:04x}", status.id)),
                   label("ac_mac", wire::to_string(status.ac_mac))});
    up.add(status.state == stats::SessionState::up ? 1.0 : 0.0, {name});
    mtu.add(std::uint64_t{status.mtu_octets}, {name});
    if (session.is_client) {
      dials.add(status.dials, {name});
      round_trip.add(static_cast<double>(status.echo_round_trip_ns) * 1e-9, {name});
    }
    peer.add(session.lan_peer.empty() ? 0.0 : 1.0, {name});
    for (std::size_t way = 0; way < kDirections; ++way) {
      const auto& counts = session.direction[way];
      const auto direction = label("direction", kDirectionNames[way]);
      packets.add(counts.packets, {name, direction});
      octets.add(counts.ip_octets, {name, direction});
      punted.add(counts.punted, {name, direction});
      dropped.add(sum(counts.dropped), {name, direction});
      too_big.add(counts.dropped[index_of(stats::DropReason::too_big)], {name, direction});
      for (std::size_t family = 0; family < kFamilies; ++family) {
        const auto family_label = label("family", kFamilyNames[family]);
        syn.add(counts.syn[family], {name, direction, family_label});
        clamped.add(counts.clamped[family], {name, direction, family_label});
        if (session.max_mss[way][family] != config::kNoMssLimit)
          limit.add(std::uint64_t{session.max_mss[way][family]}, {name, direction, family_label});
      }
    }
  }
  for (auto* family : {&info, &up, &dials, &round_trip, &mtu, &peer, &limit, &packets, &octets, &punted,
                       &dropped, &too_big, &syn, &clamped})
    family->move_to(families);
}

/// Counts only: how many series there are must not be for the line to decide.
void add_learned(const stats::LearnedReport& learned, std::vector<prometheus::MetricFamily>& families) {
  auto sessions =
      gauge("narrows_learned_sessions", "PPPoE sessions that are watched, by what is known of them.");
  sessions.add(learned.agreed, {label("mru", "agreed")});
  sessions.add(learned.count - learned.agreed, {label("mru", "not_agreed")});
  auto limit = gauge("narrows_learned_sessions_limit", "PPPoE sessions that can be watched at once.");
  limit.add(learned.limit);
  for (auto* family : {&sessions, &limit}) family->move_to(families);
}

void add_ports(const stats::Report& report, std::vector<prometheus::MetricFamily>& families) {
  struct Row {
    const char* name;
    const char* help;
    std::uint64_t stats::PortReport::*count;
  };
  static constexpr std::array<Row, 9> kRows{{
      {"narrows_originated_packets_total", "Frames of Narrows' own making sent.",
       &stats::PortReport::originated},
      {"narrows_port_received_packets_total", "Frames received, as the driver counts them.",
       &stats::PortReport::rx_packets},
      {"narrows_port_received_octets_total", "Octets received, as the driver counts them.",
       &stats::PortReport::rx_octets},
      {"narrows_port_transmitted_packets_total", "Frames transmitted, as the driver counts them.",
       &stats::PortReport::tx_packets},
      {"narrows_port_transmitted_octets_total", "Octets transmitted, as the driver counts them.",
       &stats::PortReport::tx_octets},
      {"narrows_port_receive_missed_total", "Frames the device lost because no worker fetched them in time.",
       &stats::PortReport::rx_missed},
      {"narrows_port_receive_errors_total", "Erroneous frames received.", &stats::PortReport::rx_errors},
      {"narrows_port_receive_no_buffer_total", "Times the driver found no free buffer for a frame.",
       &stats::PortReport::rx_no_mbuf},
      {"narrows_port_transmit_errors_total", "Frames the driver failed to transmit.",
       &stats::PortReport::tx_errors},
  }};
  auto info = gauge("narrows_port_info", "1 for each port, with what it is.");
  auto up = gauge("narrows_port_link_up", "1 when the link of the port is up.");
  auto speed =
      gauge("narrows_port_link_bytes_per_second", "Speed of the link; no series where it is unknown.");
  auto mtu = gauge("narrows_port_mtu_octets", "Largest Ethernet payload behind all VLAN tags.");
  for (std::size_t side = 0; side < kSides; ++side) {
    const auto& port = report.port[side];
    const auto name = label("port", kSideNames[side]);
    info.add(1.0, {name, label("device", port.device), label("driver", port.driver), label("mac", port.mac),
                   label("checksum", port.checksum_by)});
    up.add(port.link_up ? 1.0 : 0.0, {name});
    if (port.link_mbps != 0) speed.add(std::uint64_t{port.link_mbps} * 125'000, {name});
    mtu.add(std::uint64_t{port.mtu_octets}, {name});
  }
  for (auto* family : {&info, &up, &speed, &mtu}) family->move_to(families);
  for (const auto& row : kRows) {
    auto family = counter(row.name, row.help);
    for (std::size_t side = 0; side < kSides; ++side)
      family.add(report.port[side].*row.count, {label("port", kSideNames[side])});
    family.move_to(families);
  }
}

void add_machine(const stats::Report& report, std::vector<prometheus::MetricFamily>& families) {
  auto build = gauge("narrows_build_info", "1, with the versions in use.");
  build.add(1.0, {label("version", report.version), label("dpdk_version", report.dpdk_version),
                  label("mode", report.mode), label("vector_level", report.vector_level)});
  auto uptime = gauge("narrows_uptime_seconds", "Time since the workers started.");
  uptime.add(report.uptime_seconds);
  auto polls = counter("narrows_worker_polls_total", "Times the worker looked at its queues.");
  auto busy = counter("narrows_worker_busy_polls_total", "Polls that found at least one frame.");
  auto sleeps =
      counter("narrows_worker_sleeps_total", "Times the worker slept, or waited, because nothing came.");
  auto asleep = counter("narrows_worker_asleep_seconds_total", "Time the worker spent so.");
  for (std::size_t index = 0; index < report.workers.size(); ++index) {
    const auto& worker = report.workers[index];
    const Labels labels{label("worker", std::to_string(index)), label("cpu", std::to_string(worker.cpu)),
                        label("numa_node", std::to_string(worker.numa_node))};
    polls.add(worker.polls, labels);
    busy.add(worker.busy_polls, labels);
    sleeps.add(worker.sleeps, labels);
    asleep.add(worker.asleep_seconds, labels);
  }
  auto buffers = gauge("narrows_mempool_buffers", "Packet buffers of the pool.");
  auto in_use = gauge("narrows_mempool_buffers_in_use", "Packet buffers not in the pool at the moment.");
  for (const auto& mempool : report.mempools) {
    buffers.add(std::uint64_t{mempool.size}, {label("mempool", mempool.name)});
    in_use.add(std::uint64_t{mempool.in_use}, {label("mempool", mempool.name)});
  }
  auto control =
      counter("narrows_control_events_total", "What the control thread did with the frames handed to it.");
  for (std::size_t event = 0; event < stats::kControlEvents; ++event)
    control.add(report.control[event], {label("event", stats::kControlEventTexts[event].name)});
  auto failures = counter("narrows_session_failures_total", "Why sessions ended or did not come up.");
  for (std::size_t reason = 0; reason < stats::kSessionFailures; ++reason)
    failures.add(report.session_failures[reason],
                 {label("reason", stats::kSessionFailureTexts[reason].name)});
  for (auto* family :
       {&build, &uptime, &polls, &busy, &sleeps, &asleep, &buffers, &in_use, &control, &failures})
    family->move_to(families);
}

}  // namespace

std::string report_prometheus(const stats::Report& report) {
  std::vector<prometheus::MetricFamily> families;
  add_directions(report, families);
  add_sessions(report, families);
  if (report.learned) add_learned(*report.learned, families);
  add_ports(report, families);
  add_machine(report, families);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace narrows::control
