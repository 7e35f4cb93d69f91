// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/telemetry.h"

#include <rte_telemetry.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "narrows/config/config.h"

namespace narrows::control {
namespace {

// An answer is one datagram of at most 16 KiB; what does not fit, DPDK cuts off without a word. These leave
// room.
constexpr std::size_t kMaxNames = RTE_TEL_MAX_DICT_ENTRIES - 8;
constexpr std::size_t kMaxNamesOctets = 12000;
constexpr std::size_t kMaxWorkers = 24;
constexpr std::size_t kMaxLearned = 48;

struct Source {
  std::mutex mutex;
  std::function<stats::Report()> report;
};

/// The commands have no argument of ours: what they show has to be found from nowhere.
Source& source() {
  static Source instance;
  return instance;
}

/// A dictionary of the answer, or a part of it. DPDK checks keys ([A-Za-z0-9_/]) and counts; refusals leave
/// an entry out.
class Dict {
 public:
  explicit Dict(rte_tel_data* data) : data_(data) { rte_tel_data_start_dict(data_); }

  void add(std::string_view key, std::uint64_t value) {
    rte_tel_data_add_dict_u64(data_, std::string(key).c_str(), value);
  }
  void add(std::string_view key, std::string_view value) {
    // Longer strings would be refused: cut, as they are for people.
    const auto shown = value.substr(0, RTE_TEL_MAX_STRING_LEN - 1);
    rte_tel_data_add_dict_string(data_, std::string(key).c_str(), std::string(shown).c_str());
  }

  /// `fill` gets the new dictionary. DPDK allows one level of containers in a container's callback data and
  /// encodes deeper ones recursively.
  template <typename Fill>
  void add_dict(std::string_view key, Fill fill) {
    add_container(key, [&](rte_tel_data* inner) {
      Dict dict(inner);
      fill(dict);
    });
  }

  template <typename Fill>
  void add_strings(std::string_view key, Fill fill) {
    add_container(key, [&](rte_tel_data* inner) {
      rte_tel_data_start_array(inner, RTE_TEL_STRING_VAL);
      fill(inner);
    });
  }

 private:
  template <typename Fill>
  void add_container(std::string_view key, Fill fill) {
    rte_tel_data* inner = rte_tel_data_alloc();
    if (inner == nullptr) return;
    fill(inner);
    // On success the container belongs to the answer.
    if (rte_tel_data_add_dict_container(data_, std::string(key).c_str(), inner, 0) != 0)
      rte_tel_data_free(inner);
  }

  rte_tel_data* data_;
};

template <std::size_t N>
void add_named(Dict& dict, std::string_view key, const std::array<stats::NamedText, N>& names,
               const std::array<std::uint64_t, N>& counts) {
  dict.add_dict(key, [&](Dict& inner) {
    for (std::size_t row = 0; row < N; ++row) inner.add(names[row].name, counts[row]);
  });
}

void add_families(Dict& dict, std::string_view key, const std::array<std::uint64_t, kFamilies>& counts) {
  dict.add_dict(key, [&](Dict& inner) {
    for (std::size_t family = 0; family < kFamilies; ++family)
      inner.add(kFamilyNames[family], counts[family]);
  });
}

void fill_direction(Dict& dict, const stats::DirectionReport& direction) {
  dict.add("received", direction.received);
  dict.add("forwarded", direction.forwarded);
  dict.add("punted", direction.punted);
  dict.add("forwarded_ip_octets", direction.forwarded_ip_octets);
  dict.add("fragmented", direction.fragmented);
  dict.add("fragments", direction.fragments);
  add_named(dict, "dropped", stats::kDropReasonTexts, direction.dropped);
  add_families(dict, "syn", direction.syn);
  add_families(dict, "clamped", direction.clamped);
  add_named(dict, "odd", stats::kOddCaseTexts, direction.odd);
}

void fill_latency(Dict& dict, const stats::LatencyReport& latency) {
  dict.add("seconds", fmt::format("{:.9f}", latency.seconds));
  for (std::size_t row = 0; row < stats::kLatencies; ++row)
    dict.add(stats::latency_name(row), latency.bursts[row]);
}

int show_stats(const stats::Report& report, std::string_view /*parameter*/, rte_tel_data* answer) {
  Dict dict(answer);
  dict.add("version", report.version);
  dict.add("dpdk_version", report.dpdk_version);
  dict.add("compiler", report.compiler);
  dict.add("mode", report.mode);
  dict.add("vector_level", report.vector_level);
  dict.add("uptime_seconds", static_cast<std::uint64_t>(report.uptime_seconds));
  for (std::size_t way = 0; way < kDirections; ++way)
    dict.add_dict(kDirectionNames[way], [&](Dict& inner) { fill_direction(inner, report.direction[way]); });
  add_named(dict, "control", stats::kControlEventTexts, report.control);
  add_named(dict, "session_failures", stats::kSessionFailureTexts, report.session_failures);
  for (std::size_t way = 0; way < kDirections; ++way)
    dict.add_dict(fmt::format("latency_{}", kDirectionNames[way]),
                  [&](Dict& inner) { fill_latency(inner, report.latency[way]); });
  return 0;
}

/// The number a list is to begin at; nothing when the parameter is none.
std::optional<std::size_t> parse_first(std::string_view parameter) {
  std::size_t first = 0;
  if (parameter.empty()) return first;
  const auto* const end = parameter.data() + parameter.size();
  const auto [behind, error] = std::from_chars(parameter.data(), end, first);
  if (error != std::errc{} || behind != end) return std::nullopt;
  return first;
}

int show_sessions(const stats::Report& report, std::string_view parameter, rte_tel_data* answer) {
  const auto first = parse_first(parameter);
  if (!first) return -EINVAL;
  Dict dict(answer);
  std::size_t next = std::min(*first, report.sessions.size());
  dict.add("total", report.sessions.size());
  dict.add("first", next);
  dict.add_strings("names", [&](rte_tel_data* names) {
    std::size_t octets = 0;
    for (std::size_t count = 0; count < kMaxNames && next < report.sessions.size(); ++count, ++next) {
      const auto name = report.sessions[next].name.substr(0, RTE_TEL_MAX_STRING_LEN - 1);
      octets += name.size() + 4;
      if (octets > kMaxNamesOctets) break;
      rte_tel_data_add_array_string(names, name.c_str());
    }
  });
  if (next < report.sessions.size()) dict.add("next", next);
  return 0;
}

int show_session(const stats::Report& report, std::string_view parameter, rte_tel_data* answer) {
  const auto found = std::find_if(report.sessions.begin(), report.sessions.end(),
                                  [&](const auto& session) { return session.name == parameter; });
  if (found == report.sessions.end()) return -ENOENT;
  Dict dict(answer);
  dict.add("name", found->name);
  dict.add("state", stats::kSessionStateNames[index_of(found->status.state)]);
  dict.add("id", found->status.id);
  dict.add("mtu", found->status.mtu_octets);
  dict.add("ac_mac", wire::to_string(found->status.ac_mac));
  if (found->is_client) {
    dict.add("address", wire::to_string(found->status.address));
    dict.add("last_error", found->status.last_error);
    if (const auto failure = found->status.last_failure)
      dict.add("last_failure", stats::kSessionFailureTexts[index_of(*failure)].name);
    dict.add("dials", found->status.dials);
    dict.add("times_up", found->status.times_up);
    dict.add("uptime_seconds", static_cast<std::uint64_t>(found->uptime_seconds));
    dict.add("mru", found->status.mru_octets);
    dict.add("echo_round_trip_us", found->status.echo_round_trip_ns / 1000);
  }
  dict.add("lan_peer", found->lan_peer);
  for (std::size_t way = 0; way < kDirections; ++way) {
    const auto& counts = found->direction[way];
    dict.add_dict(kDirectionNames[way], [&](Dict& inner) {
      inner.add("packets", counts.packets);
      inner.add("ip_octets", counts.ip_octets);
      inner.add("punted", counts.punted);
      add_named(inner, "dropped", stats::kDropReasonTexts, counts.dropped);
      add_families(inner, "syn", counts.syn);
      add_families(inner, "clamped", counts.clamped);
      inner.add_dict("max_mss", [&](Dict& limits) {
        for (std::size_t family = 0; family < kFamilies; ++family)
          if (found->max_mss[way][family] != config::kNoMssLimit)
            limits.add(kFamilyNames[family], found->max_mss[way][family]);
      });
    });
  }
  return 0;
}

int show_learned(const stats::Report& report, std::string_view parameter, rte_tel_data* answer) {
  const auto first = parse_first(parameter);
  if (!first) return -EINVAL;
  if (!report.learned) return -ENOENT;
  const auto& sessions = report.learned->sessions;
  const std::size_t begin = std::min(*first, sessions.size());
  const std::size_t end = std::min(begin + kMaxLearned, sessions.size());
  Dict dict(answer);
  dict.add("count", report.learned->count);
  dict.add("agreed", report.learned->agreed);
  dict.add("limit", report.learned->limit);
  for (std::size_t index = begin; index < end; ++index) {
    const auto& session = sessions[index];
    dict.add_dict(fmt::format("session_{}", index), [&](Dict& inner) {
      inner.add("id", session.id);
      for (std::size_t side = 0; side < kSides; ++side)
        inner.add(fmt::format("{}_mac", kSideNames[side]), wire::to_string(session.mac[side]));
      inner.add("vlans", fmt::format("{}", fmt::join(session.vlans, "+")));
      inner.add("mtu", session.mtu_octets);
      for (std::size_t side = 0; side < kSides; ++side)
        if (session.mru_octets[side])
          inner.add(fmt::format("{}_mru", kSideNames[side]), *session.mru_octets[side]);
      if (session.max_payload_octets != 0) inner.add("max_payload", session.max_payload_octets);
      inner.add("from", stats::kLearnedFromNames[index_of(session.from)]);
      inner.add("age_seconds", static_cast<std::uint64_t>(session.age_seconds));
      inner.add("last_seen_seconds", static_cast<std::uint64_t>(session.silent_seconds));
    });
  }
  if (end < sessions.size()) dict.add("next", end);
  return 0;
}

int show_ports(const stats::Report& report, std::string_view /*parameter*/, rte_tel_data* answer) {
  Dict dict(answer);
  for (std::size_t side = 0; side < kSides; ++side) {
    const auto& port = report.port[side];
    dict.add_dict(kSideNames[side], [&](Dict& inner) {
      inner.add("device", port.device);
      inner.add("driver", port.driver);
      inner.add("mac", port.mac);
      inner.add("mtu", port.mtu_octets);
      inner.add("link", port.link_up ? "up" : "down");
      inner.add("link_mbps", port.link_mbps);
      inner.add("checksum", port.checksum_by);
      inner.add("checksum_reason", port.checksum_reason);
      inner.add("spread", port.spread);
      inner.add("originated", port.originated);
      inner.add("rx_packets", port.rx_packets);
      inner.add("rx_octets", port.rx_octets);
      inner.add("tx_packets", port.tx_packets);
      inner.add("tx_octets", port.tx_octets);
      inner.add("rx_missed", port.rx_missed);
      inner.add("rx_errors", port.rx_errors);
      inner.add("rx_no_mbuf", port.rx_no_mbuf);
      inner.add("tx_errors", port.tx_errors);
    });
  }
  return 0;
}

int show_workers(const stats::Report& report, std::string_view parameter, rte_tel_data* answer) {
  const auto first = parse_first(parameter);
  if (!first) return -EINVAL;
  Dict dict(answer);
  const std::size_t begin = std::min(*first, report.workers.size());
  const std::size_t end = std::min(begin + kMaxWorkers, report.workers.size());
  dict.add("total", report.workers.size());
  for (std::size_t index = begin; index < end; ++index) {
    const auto& worker = report.workers[index];
    dict.add_dict(fmt::format("worker_{}", index), [&](Dict& inner) {
      inner.add("cpu", worker.cpu);
      inner.add("numa_node", std::to_string(worker.numa_node));  // -1 where there is none
      inner.add("polls", worker.polls);
      inner.add("busy_polls", worker.busy_polls);
      inner.add("received_lan_to_wan", worker.received[0]);
      inner.add("received_wan_to_lan", worker.received[1]);
      inner.add("idle_method", worker.idle_method);
      inner.add("sleeps", worker.sleeps);
      inner.add("asleep_seconds", fmt::format("{:.3f}", worker.asleep_seconds));
      inner.add("seconds", fmt::format("{:.3f}", worker.seconds));
      inner.add("busy_seconds", fmt::format("{:.3f}", worker.busy_seconds));
      inner.add("cycles", worker.cycles);
      inner.add("busy_cycles", worker.busy_cycles);
      inner.add("processed", worker.processed);
      for (std::size_t row = 0; row < stats::kBurstSizes; ++row)
        inner.add(fmt::format("bursts_{}", stats::burst_size_name(row)), worker.bursts[row]);
    });
  }
  if (end < report.workers.size()) dict.add("next", end);
  for (std::size_t index = 0; index < report.mempools.size(); ++index) {
    const auto& mempool = report.mempools[index];
    dict.add_dict(fmt::format("mempool_{}", index), [&](Dict& inner) {
      inner.add("name", mempool.name);
      inner.add("size", mempool.size);
      inner.add("in_use", mempool.in_use);
      inner.add("available", std::uint64_t{mempool.available()});
    });
  }
  return 0;
}

using Show = int (*)(const stats::Report&, std::string_view, rte_tel_data*);

/// The C callback of one command. No exception may leave it: its caller is C.
template <Show kShow>
int handle(const char* /*command*/, const char* parameter, rte_tel_data* answer) {
  try {
    const std::lock_guard lock(source().mutex);
    if (!source().report) return -ENODEV;
    return kShow(source().report(), parameter == nullptr ? std::string_view{} : parameter, answer);
  } catch (...) {
    return -ENOMEM;
  }
}

void register_commands() {
  rte_telemetry_register_cmd("/narrows/stats", handle<show_stats>,
                             "Counts of both directions and of the control thread. Takes no parameters");
  rte_telemetry_register_cmd("/narrows/sessions", handle<show_sessions>,
                             "Names of the sessions. Parameters: number of the first to show (optional)");
  rte_telemetry_register_cmd("/narrows/session", handle<show_session>, "One session. Parameters: its name");
  rte_telemetry_register_cmd("/narrows/learned", handle<show_learned>,
                             "PPPoE sessions that were learned, the last changed first. Parameters: number "
                             "of the first to show (optional)");
  rte_telemetry_register_cmd("/narrows/ports", handle<show_ports>, "Both ports. Takes no parameters");
  rte_telemetry_register_cmd(
      "/narrows/workers", handle<show_workers>,
      "Workers and mempools. Parameters: number of the first worker to show (optional)");
}

}  // namespace

Telemetry::Telemetry(std::function<stats::Report()> report) {
  const std::lock_guard lock(source().mutex);
  source().report = std::move(report);
  static std::once_flag registered;
  std::call_once(registered, register_commands);
}

Telemetry::~Telemetry() {
  const std::lock_guard lock(source().mutex);
  source().report = nullptr;
}

}  // namespace narrows::control
