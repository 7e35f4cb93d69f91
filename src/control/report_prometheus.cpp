// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/report_prometheus.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>

#include "report_prometheus_sessions.h"

namespace narrows::control {
namespace {

using enum MetricType;

template <std::size_t N>
void add_named(Exposition& out, std::string_view label, const std::array<stats::NamedText, N>& names,
               const std::array<std::uint64_t, N>& counts) {
  for (std::size_t row = 0; row < N; ++row) out.add(counts[row], {{label, names[row].name}});
}

/// `add` is given each direction's name and counts.
template <typename Add>
void each_direction(const stats::Report& report, Add add) {
  for (std::size_t way = 0; way < kDirections; ++way)
    add(Exposition::Label{"direction", kDirectionNames[way]}, report.direction[way]);
}

using Direction = stats::DirectionReport;
using Label = Exposition::Label;

void add_fates(Exposition& out, const stats::Report& report) {
  out.begin({"narrows_received_packets_total", counter, "packets",
             "Frames received, by the direction they travel."});
  each_direction(report, [&](const Label& way, const Direction& counts) { out.add(counts.received, {way}); });
  out.begin({"narrows_packets_total", counter, "packets",
             "Frames by their fate; the fates add up to those received."});
  each_direction(report, [&](const Label& way, const Direction& counts) {
    out.add(counts.forwarded, {way, {"fate", "forwarded"}});
    out.add(counts.punted, {way, {"fate", "punted"}});
    out.add(std::accumulate(counts.dropped.begin(), counts.dropped.end(), std::uint64_t{0}),
            {way, {"fate", "dropped"}});
  });
  out.begin({"narrows_dropped_packets_total", counter, "packets", "Frames dropped, by reason."});
  each_direction(report, [&](const Label& way, const Direction& counts) {
    for (std::size_t reason = 0; reason < stats::kDropReasons; ++reason)
      out.add(counts.dropped[reason], {way, {"reason", stats::kDropReasonTexts[reason].name}});
  });
  out.begin({"narrows_forwarded_ip_octets_total", counter, "octets", "Octets of the IP packets forwarded."});
  each_direction(
      report, [&](const Label& way, const Direction& counts) { out.add(counts.forwarded_ip_octets, {way}); });
  out.begin({"narrows_fragmented_packets_total", counter, "packets", "IPv4 packets that left in fragments."});
  each_direction(report,
                 [&](const Label& way, const Direction& counts) { out.add(counts.fragmented, {way}); });
  out.begin({"narrows_fragments_total", counter, "fragments", "The fragments they left in."});
  each_direction(report,
                 [&](const Label& way, const Direction& counts) { out.add(counts.fragments, {way}); });
}

void add_tcp(Exposition& out, const stats::Report& report) {
  const auto by_family = [&](std::array<std::uint64_t, kFamilies> Direction::*member) {
    each_direction(report, [&](const Label& way, const Direction& counts) {
      for (std::size_t family = 0; family < kFamilies; ++family)
        out.add((counts.*member)[family], {way, {"family", kFamilyNames[family]}});
    });
  };
  out.begin({"narrows_syn_packets_total", counter, "packets", "TCP SYN and SYN-ACK segments seen."});
  by_family(&Direction::syn);
  out.begin({"narrows_mss_clamped_packets_total", counter, "packets", "TCP segments whose MSS was lowered."});
  by_family(&Direction::clamped);
  out.begin({"narrows_odd_packets_total", counter, "packets", "Frames that show an odd case, by case."});
  each_direction(report, [&](const Label& way, const Direction& counts) {
    for (std::size_t row = 0; row < stats::kOddCases; ++row)
      out.add(counts.odd[row], {way, {"case", stats::kOddCaseTexts[row].name}});
  });
}

void add_latency(Exposition& out, const stats::Report& report) {
  std::array<double, stats::kLatencies - 1> bounds{};
  for (std::size_t row = 0; row < bounds.size(); ++row)
    bounds[row] = static_cast<double>(stats::longest_latency_ns(row)) / 1e9;
  static_assert(stats::kLatencySample == 61, "as said here");
  out.begin({"narrows_burst_latency_seconds", histogram, "seconds",
             "Time from a burst's receipt to its handing to the driver, of one burst in 61."});
  for (std::size_t way = 0; way < kDirections; ++way)
    out.add(bounds, report.latency[way].bursts, report.latency[way].seconds,
            {{"direction", kDirectionNames[way]}});
}

/// Counts only: how many series there are must not be for the line to decide.
void add_learned(Exposition& out, const stats::LearnedReport& learned) {
  out.begin({"narrows_learned_sessions", gauge, "sessions",
             "PPPoE sessions that are watched, by what is known of them."});
  out.add(learned.agreed, {{"mru", "agreed"}});
  out.add(learned.count - learned.agreed, {{"mru", "not_agreed"}});
  out.begin(
      {"narrows_learned_sessions_limit", gauge, "sessions", "PPPoE sessions that can be watched at once."});
  out.add(learned.limit);
}

void add_port_counts(Exposition& out, const stats::Report& report) {
  struct Row {
    Metric metric;
    std::uint64_t stats::PortReport::*count;
  };
  static constexpr std::array<Row, 9> kRows{{
      {{"narrows_originated_packets_total", counter, "packets", "Frames of Narrows' own making sent."},
       &stats::PortReport::originated},
      {{"narrows_port_received_packets_total", counter, "packets",
        "Frames received, as the driver counts them."},
       &stats::PortReport::rx_packets},
      {{"narrows_port_received_octets_total", counter, "octets",
        "Octets received, as the driver counts them."},
       &stats::PortReport::rx_octets},
      {{"narrows_port_transmitted_packets_total", counter, "packets",
        "Frames transmitted, as the driver counts them."},
       &stats::PortReport::tx_packets},
      {{"narrows_port_transmitted_octets_total", counter, "octets",
        "Octets transmitted, as the driver counts them."},
       &stats::PortReport::tx_octets},
      {{"narrows_port_receive_missed_total", counter, "packets",
        "Frames the device lost because no worker fetched them in time."},
       &stats::PortReport::rx_missed},
      {{"narrows_port_receive_errors_total", counter, "packets", "Erroneous frames received."},
       &stats::PortReport::rx_errors},
      {{"narrows_port_receive_no_buffer_total", counter, "events",
        "Times the driver found no free buffer for a frame."},
       &stats::PortReport::rx_no_mbuf},
      {{"narrows_port_transmit_errors_total", counter, "packets", "Frames the driver failed to transmit."},
       &stats::PortReport::tx_errors},
  }};
  for (const auto& row : kRows) {
    out.begin(row.metric);
    for (std::size_t side = 0; side < kSides; ++side)
      out.add(report.port[side].*row.count, {{"port", kSideNames[side]}});
  }
}

void add_ports(Exposition& out, const stats::Report& report) {
  constexpr std::uint64_t kOctetsPerMegabit = 125'000;
  const auto each = [&](auto add) {
    for (std::size_t side = 0; side < kSides; ++side) add(Label{"port", kSideNames[side]}, report.port[side]);
  };
  using Port = stats::PortReport;
  out.begin({"narrows_port_info", info, "", "1 for each port, with what it is."});
  each([&](const Label& name, const Port& port) {
    out.add(std::uint64_t{1}, {name,
                               {"device", port.device},
                               {"driver", port.driver},
                               {"mac", port.mac},
                               {"checksum", port.checksum_by},
                               {"spread", port.spread}});
  });
  out.begin({"narrows_port_link_up", gauge, "", "1 when the link of the port is up."});
  each([&](const Label& name, const Port& port) { out.add(std::uint64_t{port.link_up}, {name}); });
  out.begin({"narrows_port_link_bytes_per_second", gauge, "bytes per second",
             "Speed of the link; no series where it is unknown."});
  each([&](const Label& name, const Port& port) {
    if (port.link_mbps != 0) out.add(port.link_mbps * kOctetsPerMegabit, {name});
  });
  out.begin({"narrows_port_mtu_octets", gauge, "octets", "Largest Ethernet payload behind all VLAN tags."});
  each([&](const Label& name, const Port& port) { out.add(std::uint64_t{port.mtu_octets}, {name}); });
  add_port_counts(out, report);
}

void add_workers(Exposition& out, const stats::Report& report) {
  const auto each = [&](const Metric& metric, auto value) {
    out.begin(metric);
    for (std::size_t index = 0; index < report.workers.size(); ++index)
      out.add(value(report.workers[index]), {{"worker", std::to_string(index)}});
  };
  using Worker = stats::WorkerReport;
  out.begin({"narrows_worker_info", info, "", "1 for each worker, with where it runs."});
  for (std::size_t index = 0; index < report.workers.size(); ++index) {
    const Worker& worker = report.workers[index];
    out.add(std::uint64_t{1}, {{"worker", std::to_string(index)},
                               {"cpu", std::to_string(worker.cpu)},
                               {"numa_node", std::to_string(worker.numa_node)},
                               {"idle_method", worker.idle_method}});
  }
  each({"narrows_worker_polls_total", counter, "polls", "Times the worker looked at its queues."},
       [](const Worker& worker) { return worker.polls; });
  each({"narrows_worker_busy_polls_total", counter, "polls", "Polls that found at least one frame."},
       [](const Worker& worker) { return worker.busy_polls; });
  each({"narrows_worker_seconds_total", counter, "seconds", "Time the worker's loop has been running."},
       [](const Worker& worker) { return worker.seconds; });
  each({"narrows_worker_busy_seconds_total", counter, "seconds",
        "Of that, time in polls that found at least one frame."},
       [](const Worker& worker) { return worker.busy_seconds; });
  each({"narrows_worker_busy_cycles_total", counter, "TSC cycles",
        "The same in cycles of the CPU's time stamp counter."},
       [](const Worker& worker) { return worker.busy_cycles; });
  each({"narrows_worker_sleeps_total", counter, "sleeps",
        "Times the worker slept, or waited, because nothing came."},
       [](const Worker& worker) { return worker.sleeps; });
  each({"narrows_worker_asleep_seconds_total", counter, "seconds", "Time the worker spent so."},
       [](const Worker& worker) { return worker.asleep_seconds; });
  out.begin({"narrows_worker_received_packets_total", counter, "packets",
             "Frames that came to the worker, by direction."});
  for (std::size_t index = 0; index < report.workers.size(); ++index)
    for (std::size_t way = 0; way < kDirections; ++way)
      out.add(report.workers[index].received[way],
              {{"worker", std::to_string(index)}, {"direction", kDirectionNames[way]}});
}

void add_bursts(Exposition& out, const stats::Report& report) {
  std::array<double, stats::kBurstSizes> bounds{};
  for (std::size_t row = 0; row < bounds.size(); ++row)
    bounds[row] = static_cast<double>(stats::largest_burst(row));
  out.begin({"narrows_worker_burst_packets", histogram, "packets",
             "Frames that a worker's look at a queue found, if any."});
  for (std::size_t index = 0; index < report.workers.size(); ++index) {
    const auto& worker = report.workers[index];
    std::array<std::uint64_t, stats::kBurstSizes + 1> counts{};  // none is beyond the last bound
    std::ranges::copy(worker.bursts, counts.begin());
    out.add(bounds, counts, static_cast<double>(worker.processed), {{"worker", std::to_string(index)}});
  }
}

void add_mempools(Exposition& out, const stats::Report& report) {
  const auto each = [&](const Metric& metric, auto value) {
    out.begin(metric);
    for (const auto& mempool : report.mempools)
      out.add(std::uint64_t{value(mempool)}, {{"mempool", mempool.name}});
  };
  using Mempool = stats::MempoolReport;
  each({"narrows_mempool_buffers", gauge, "buffers", "Packet buffers of the pool."},
       [](const Mempool& mempool) { return mempool.size; });
  each({"narrows_mempool_buffers_in_use", gauge, "buffers", "Packet buffers not in the pool at the moment."},
       [](const Mempool& mempool) { return mempool.in_use; });
  each({"narrows_mempool_buffers_available", gauge, "buffers", "Packet buffers in the pool at the moment."},
       [](const Mempool& mempool) { return mempool.available(); });
}

void add_program(Exposition& out, const stats::Report& report) {
  out.begin({"narrows_build_info", info, "", "1, with the versions in use."});
  out.add(std::uint64_t{1}, {{"version", report.version},
                             {"compiler", report.compiler},
                             {"dpdk", report.dpdk_version},
                             {"level", report.vector_level},
                             {"mode", report.mode}});
  out.begin({"narrows_uptime_seconds", gauge, "seconds", "Time since the workers started."});
  out.add(report.uptime_seconds);
  out.begin({"narrows_control_events_total", counter, "events",
             "What the control thread did with the frames handed to it."});
  add_named(out, "event", stats::kControlEventTexts, report.control);
  out.begin(
      {"narrows_session_failures_total", counter, "failures", "Why sessions ended or did not come up."});
  add_named(out, "reason", stats::kSessionFailureTexts, report.session_failures);
}

}  // namespace

std::string report_prometheus(const stats::Report& report, ExpositionFormat format) {
  Exposition out(format);
  add_program(out, report);
  add_fates(out, report);
  add_tcp(out, report);
  add_latency(out, report);
  add_all_sessions(out, report);
  add_single_sessions(out, report);
  if (report.learned) add_learned(out, *report.learned);
  add_ports(out, report);
  add_workers(out, report);
  add_bursts(out, report);
  add_mempools(out, report);
  return std::move(out).finish();
}

}  // namespace narrows::control
