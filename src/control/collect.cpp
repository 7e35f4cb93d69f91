// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/collect.h"

#include <rte_cycles.h>
#include <rte_version.h>

#include <utility>

#include "narrows/simd/level.h"

namespace narrows::control {
namespace {

constexpr std::size_t kTooLongShown = 10;
constexpr double kSecondsPerNs = 1e-9;

std::string compiler_name() {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

template <std::size_t size>
void add(std::array<std::uint64_t, size>& sums, const std::array<stats::Counter, size>& counters) {
  for (std::size_t i = 0; i < size; ++i) sums[i] += counters[i].value();
}

stats::DirectionReport read(const stats::DirectionCounters& counters) {
  stats::DirectionReport report;
  report.received = counters.received.value();
  report.forwarded = counters.forwarded.value();
  report.punted = counters.punted.value();
  report.forwarded_ip_octets = counters.forwarded_ip_octets.value();
  report.fragmented = counters.fragmented.value();
  report.fragments = counters.fragments.value();
  add(report.syn, counters.syn);
  add(report.clamped, counters.clamped);
  add(report.dropped, counters.dropped);
  add(report.odd, counters.odd);
  return report;
}

template <std::size_t size>
void add(std::array<std::uint64_t, size>& sums, const std::array<std::uint64_t, size>& values) {
  for (std::size_t i = 0; i < size; ++i) sums[i] += values[i];
}

void add(stats::DirectionReport& sum, const stats::DirectionReport& one) {
  sum.received += one.received;
  sum.forwarded += one.forwarded;
  sum.punted += one.punted;
  sum.forwarded_ip_octets += one.forwarded_ip_octets;
  sum.fragmented += one.fragmented;
  sum.fragments += one.fragments;
  add(sum.syn, one.syn);
  add(sum.clamped, one.clamped);
  add(sum.dropped, one.dropped);
  add(sum.odd, one.odd);
}

void add(stats::SessionDirectionReport& sum, const stats::SessionCounters& counters) {
  sum.packets += counters.packets.value();
  sum.ip_octets += counters.ip_octets.value();
  sum.punted += counters.punted.value();
  add(sum.syn, counters.syn);
  add(sum.clamped, counters.clamped);
  add(sum.dropped, counters.dropped);
}

template <std::size_t size>
void take_off(std::array<std::uint64_t, size>& sums, const std::array<std::uint64_t, size>& values) {
  for (std::size_t i = 0; i < size; ++i) sums[i] -= values[i];
}

void take_off(stats::SessionDirectionReport& sum, const stats::SessionDirectionReport& one) {
  sum.packets -= one.packets;
  sum.ip_octets -= one.ip_octets;
  sum.punted -= one.punted;
  take_off(sum.syn, one.syn);
  take_off(sum.clamped, one.clamped);
  take_off(sum.dropped, one.dropped);
}

void read_link(std::uint16_t port_id, stats::PortReport& report) {
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(port_id, &link) != 0) return;
  report.link_up = link.link_status == RTE_ETH_LINK_UP;
  report.link_mbps = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
}

void read_driver_counts(std::uint16_t port_id, stats::PortReport& report) {
  rte_eth_stats counts{};
  if (rte_eth_stats_get(port_id, &counts) != 0) return;
  report.rx_packets = counts.ipackets;
  report.rx_octets = counts.ibytes;
  report.tx_packets = counts.opackets;
  report.tx_octets = counts.obytes;
  report.rx_missed = counts.imissed;
  report.rx_errors = counts.ierrors;
  report.rx_no_mbuf = counts.rx_nombuf;
  report.tx_errors = counts.oerrors;
}

}  // namespace

Collector::Collector(Sources sources) : sources_(std::move(sources)) {}

stats::LatencyReport Collector::latency(Direction direction) const {
  stats::LatencyReport report;
  std::uint64_t ns = 0;
  for (const auto& worker : sources_.workers) {
    const auto& counters = worker->counters().latency[index_of(direction)];
    add(report.bursts, counters.bursts);
    ns += counters.ns.value();
  }
  report.seconds = static_cast<double>(ns) * kSecondsPerNs;
  return report;
}

void Collector::read_worker(std::size_t index, stats::WorkerReport& report) const {
  const stats::WorkerCounters& counters = sources_.workers[index]->counters();
  const auto seconds = [](std::uint64_t ticks) {
    return static_cast<double>(ticks) / static_cast<double>(rte_get_tsc_hz());
  };
  report.polls = counters.polls.value();
  report.busy_polls = counters.busy_polls.value();
  report.sleeps = counters.sleeps.value();
  report.asleep_seconds = seconds(counters.asleep_ticks.value());
  report.busy_cycles = counters.busy_ticks.value();
  report.cycles = counters.ticks.value();
  report.seconds = seconds(report.cycles);
  report.busy_seconds = seconds(report.busy_cycles);
  add(report.bursts, counters.bursts);
  report.processed = 0;
  for (std::size_t way = 0; way < kDirections; ++way) {
    const auto& direction = counters.direction[way];
    report.received[way] = direction.received.value();
    report.processed +=
        report.received[way] - direction.dropped[index_of(stats::DropReason::spread_full)].value();
  }
}

stats::DirectionReport Collector::direction(Direction direction) const {
  stats::DirectionReport sum;
  for (const auto& worker : sources_.workers) {
    const auto& counters = worker->counters().direction[index_of(direction)];
    add(sum, stats::read_consistent(counters, [&] { return read(counters); }));
  }
  return sum;
}

Collector::SessionSums Collector::session_sums(std::size_t index) const {
  SessionSums sums;
  for (std::size_t way = 0; way < kDirections; ++way)
    for (const auto& worker : sources_.workers) add(sums[way], worker->counters().session[way][index]);
  return sums;
}

void Collector::begin_session(std::size_t index) {
  const auto sums = session_sums(index);
  const std::lock_guard lock(begun_mutex_);
  begun_at_[index] = sums;
}

stats::SessionReport Collector::session(const config::Config& config, std::size_t index,
                                        std::uint64_t now_ns) const {
  const config::Session& session = config.sessions[index];
  stats::SessionReport report;
  report.name = session.name;
  report.is_client = session.client || config.concentrator;
  report.status = sources_.control->board().get(index);
  if (const auto since = report.status.up_since_ns; since != 0 && since < now_ns)
    report.uptime_seconds = static_cast<double>(now_ns - since) * kSecondsPerNs;
  if (const auto peer = sources_.lan_peers->load(index); peer != 0)
    report.lan_peer = wire::to_string(wire::mac_from_integer(peer));
  report.max_mss = config::max_mss(
      config, session, report.status.mtu_octets != 0 ? report.status.mtu_octets : session.mtu_octets);
  report.direction = session_sums(index);
  const std::lock_guard lock(begun_mutex_);
  if (const auto begun = begun_at_.find(index); begun != begun_at_.end())
    for (std::size_t way = 0; way < kDirections; ++way) take_off(report.direction[way], begun->second[way]);
  return report;
}

stats::PortReport Collector::port(const config::Config& config, Side side) const {
  const port::Port& port = *sources_.ports[index_of(side)];
  stats::PortReport report;
  report.device = side == Side::lan ? config.lan.device : config.wan.device;
  report.driver = port.driver();
  report.mac = wire::to_string(port.mac());
  report.mtu_octets = port.settings().frame.mtu_octets;
  report.checksum_by = port.settings().transmit_checksum ? "port" : "software";
  report.checksum_reason = port.settings().checksum_reason;
  report.spread = config::name_of(sources_.spread[index_of(side)]);
  for (const auto& worker : sources_.workers) {
    report.originated += worker->counters().originated[index_of(side)].value();
  }
  const std::lock_guard lock(ports_mutex_);
  read_link(port.id(), report);
  read_driver_counts(port.id(), report);
  return report;
}

stats::Report Collector::collect() const {
  const auto config = sources_.control->running();
  stats::Report report;
  report.version = NARROWS_VERSION;
  report.dpdk_version = rte_version();
  report.compiler = compiler_name();
  report.mode = config::name_of(config->mode);
  report.vector_level = simd::name_of(simd::best_level());
  report.uptime_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  for (const auto way : {Direction::lan_to_wan, Direction::wan_to_lan}) {
    report.direction[index_of(way)] = direction(way);
    report.latency[index_of(way)] = latency(way);
  }
  report.session_series = config->statistics.session_series;
  report.sessions.reserve(config->sessions.size());
  const auto now = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                                  std::chrono::steady_clock::now().time_since_epoch())
                                                  .count());
  for (std::size_t i = 0; i < config->sessions.size(); ++i)
    if (!config->sessions[i].is_vacant()) report.sessions.push_back(session(*config, i, now));
  for (const auto side : {Side::lan, Side::wan}) report.port[index_of(side)] = port(*config, side);
  report.workers = sources_.worker_places;
  for (std::size_t i = 0; i < sources_.workers.size(); ++i) read_worker(i, report.workers[i]);
  for (const rte_mempool* pool : sources_.pools)
    report.mempools.push_back({pool->name, pool->size, rte_mempool_in_use_count(pool)});
  report.too_long = sources_.control->too_long(kTooLongShown);
  report.control = sources_.control->counters().snapshot();
  add(report.session_failures, sources_.control->failures());
  report.learned = sources_.control->learned();
  return report;
}

}  // namespace narrows::control
