// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/report_json.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "narrows/config/config.h"

namespace narrows::control {
namespace {

// Ordered: people read this, and the interesting part comes first.
using Json = nlohmann::ordered_json;

// Appends without looking for an equal key: the keys are unique by construction, and looking would make
// 4,094 sessions a quadratic job.
void append(Json& object, std::string_view key, Json value) {
  object.get_ref<Json::object_t&>().emplace_back(std::string(key), std::move(value));
}

template <std::size_t N>
Json named_counts(const std::array<stats::NamedText, N>& names, const std::array<std::uint64_t, N>& counts) {
  Json object = Json::object();
  for (std::size_t row = 0; row < N; ++row) append(object, names[row].name, counts[row]);
  return object;
}

template <std::size_t N>
Json named_rows(const std::array<std::uint64_t, N>& counts, std::string (*name)(std::size_t row)) {
  Json object = Json::object();
  for (std::size_t row = 0; row < N; ++row) append(object, name(row), counts[row]);
  return object;
}

Json by_family(const std::array<std::uint64_t, kFamilies>& counts) {
  Json object = Json::object();
  for (std::size_t family = 0; family < kFamilies; ++family)
    append(object, kFamilyNames[family], counts[family]);
  return object;
}

Json max_mss_json(const std::array<std::uint16_t, kFamilies>& limits) {
  Json object = Json::object();
  for (std::size_t family = 0; family < kFamilies; ++family)
    append(object, kFamilyNames[family],
           limits[family] == config::kNoMssLimit ? Json(nullptr) : Json(limits[family]));
  return object;
}

Json direction_json(const stats::DirectionReport& direction) {
  Json object = Json::object();
  append(object, "received", direction.received);
  append(object, "forwarded", direction.forwarded);
  append(object, "punted", direction.punted);
  append(object, "dropped", named_counts(stats::kDropReasonTexts, direction.dropped));
  append(object, "syn", by_family(direction.syn));
  append(object, "clamped", by_family(direction.clamped));
  append(object, "odd", named_counts(stats::kOddCaseTexts, direction.odd));
  append(object, "forwarded_ip_octets", direction.forwarded_ip_octets);
  append(object, "fragmented", direction.fragmented);
  append(object, "fragments", direction.fragments);
  return object;
}

Json address_json(wire::Ipv4Address address) {
  return address.value == 0 ? Json(nullptr) : Json(wire::to_string(address));
}

Json client_json(const stats::SessionReport& session) {
  const stats::SessionStatus& status = session.status;
  Json dns = Json::array();
  for (const auto& server : status.dns) dns.push_back(wire::to_string(server));
  Json object = Json::object();
  append(object, "ac_name", status.ac_name);
  append(object, "address", address_json(status.address));
  append(object, "peer_address", address_json(status.peer_address));
  append(object, "dns", std::move(dns));
  append(object, "last_error", status.last_error);
  append(object, "last_failure",
         status.last_failure ? Json(stats::kSessionFailureTexts[index_of(*status.last_failure)].name)
                             : Json(nullptr));
  append(object, "uptime_seconds", session.uptime_seconds);
  append(object, "mru", status.mru_octets);
  append(object, "dials", status.dials);
  append(object, "times_up", status.times_up);
  append(object, "echo_round_trip_seconds", static_cast<double>(status.echo_round_trip_ns) * 1e-9);
  return object;
}

Json session_json(const stats::SessionReport& session) {
  Json object = Json::object();
  const stats::SessionStatus& status = session.status;
  append(object, "state", stats::kSessionStateNames[index_of(status.state)]);
  append(object, "id", status.id);
  append(object, "mtu", status.mtu_octets);
  append(object, "ac_mac", wire::to_string(status.ac_mac));
  for (std::size_t family = 0; family < kFamilies; ++family)
    append(object, fmt::format("{}_up", kFamilyNames[family]), status.family_up[family]);
  if (session.is_client) append(object, "client", client_json(session));
  append(object, "lan_peer", session.lan_peer.empty() ? Json(nullptr) : Json(session.lan_peer));
  for (std::size_t way = 0; way < kDirections; ++way) {
    const auto& counts = session.direction[way];
    Json direction = Json::object();
    append(direction, "packets", counts.packets);
    append(direction, "ip_octets", counts.ip_octets);
    append(direction, "punted", counts.punted);
    append(direction, "dropped", named_counts(stats::kDropReasonTexts, counts.dropped));
    append(direction, "syn", by_family(counts.syn));
    append(direction, "clamped", by_family(counts.clamped));
    append(direction, "max_mss", max_mss_json(session.max_mss[way]));
    append(object, kDirectionNames[way], std::move(direction));
  }
  return object;
}

Json port_json(const stats::PortReport& port) {
  Json object = Json::object();
  append(object, "device", port.device);
  append(object, "driver", port.driver);
  append(object, "mac", port.mac);
  append(object, "mtu", port.mtu_octets);
  append(object, "link_up", port.link_up);
  append(object, "link_mbps", port.link_mbps);
  append(object, "checksum", Json{{"computed_by", port.checksum_by}, {"reason", port.checksum_reason}});
  append(object, "spread", port.spread);
  append(object, "originated", port.originated);
  append(object, "rx_packets", port.rx_packets);
  append(object, "rx_octets", port.rx_octets);
  append(object, "tx_packets", port.tx_packets);
  append(object, "tx_octets", port.tx_octets);
  append(object, "rx_missed", port.rx_missed);
  append(object, "rx_errors", port.rx_errors);
  append(object, "rx_no_mbuf", port.rx_no_mbuf);
  append(object, "tx_errors", port.tx_errors);
  return object;
}

Json worker_json(const stats::WorkerReport& worker) {
  Json object = Json::object();
  append(object, "cpu", worker.cpu);
  append(object, "numa_node", worker.numa_node);
  append(object, "polls", worker.polls);
  append(object, "busy_polls", worker.busy_polls);
  Json idle = Json::object();
  append(idle, "method", worker.idle_method);
  append(idle, "sleeps", worker.sleeps);
  append(idle, "asleep_seconds", worker.asleep_seconds);
  append(object, "idle", std::move(idle));
  Json received = Json::object();
  for (std::size_t way = 0; way < kDirections; ++way)
    append(received, kDirectionNames[way], worker.received[way]);
  append(object, "received", std::move(received));
  append(object, "seconds", worker.seconds);
  append(object, "busy_seconds", worker.busy_seconds);
  append(object, "cycles", worker.cycles);
  append(object, "busy_cycles", worker.busy_cycles);
  append(object, "processed", worker.processed);
  append(object, "bursts", named_rows(worker.bursts, stats::burst_size_name));
  return object;
}

Json latency_json(const stats::LatencyReport& latency) {
  Json object = Json::object();
  append(object, "seconds", latency.seconds);
  append(object, "bursts", named_rows(latency.bursts, stats::latency_name));
  return object;
}

Json too_long_json(const stats::TooLong& row, const std::vector<stats::SessionReport>& sessions) {
  Json object = Json::object();
  append(object, "session", sessions.at(row.session).name);
  append(object, "direction", kDirectionNames[index_of(row.direction)]);
  append(object, "destination", row.destination);
  append(object, "packets", row.packets);
  append(object, "largest_octets", row.largest_octets);
  append(object, "mtu_octets", row.mtu_octets);
  return object;
}

Json mempool_json(const stats::MempoolReport& mempool) {
  Json object = Json::object();
  append(object, "name", mempool.name);
  append(object, "size", mempool.size);
  append(object, "in_use", mempool.in_use);
  append(object, "available", mempool.available());
  return object;
}

Json learned_session_json(const stats::LearnedSessionReport& session) {
  const auto octets_or_null = [](std::optional<std::uint16_t> octets) {
    return octets ? Json(*octets) : Json(nullptr);
  };
  Json object = Json::object();
  append(object, "id", session.id);
  for (std::size_t side = 0; side < kSides; ++side)
    append(object, fmt::format("{}_mac", kSideNames[side]), wire::to_string(session.mac[side]));
  append(object, "vlans", session.vlans);
  append(object, "mtu", session.mtu_octets);
  for (std::size_t side = 0; side < kSides; ++side)
    append(object, fmt::format("{}_mru", kSideNames[side]), octets_or_null(session.mru_octets[side]));
  append(object, "max_payload",
         session.max_payload_octets != 0 ? Json(session.max_payload_octets) : Json(nullptr));
  append(object, "from", stats::kLearnedFromNames[index_of(session.from)]);
  append(object, "ended", session.is_ended);
  append(object, "age_seconds", session.age_seconds);
  append(object, "last_seen_seconds", session.silent_seconds);
  return object;
}

Json learned_json(const stats::LearnedReport& learned) {
  Json sessions = Json::array();
  for (const auto& session : learned.sessions) sessions.push_back(learned_session_json(session));
  Json object = Json::object();
  append(object, "count", learned.count);
  append(object, "agreed", learned.agreed);
  append(object, "limit", learned.limit);
  append(object, "sessions", std::move(sessions));
  return object;
}

}  // namespace

namespace {

Json states_json(const stats::Report& report) {
  std::array<std::uint64_t, stats::kSessionStates> counts{};
  for (const auto& session : report.sessions) ++counts[index_of(session.status.state)];
  Json object = Json::object();
  for (std::size_t state = 0; state < counts.size(); ++state)
    append(object, stats::kSessionStateNames[state], counts[state]);
  return object;
}

std::string text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json all_but_sessions_json(const stats::Report& report, std::string_view sessions_key, Json sessions) {
  Json directions = Json::object();
  for (std::size_t way = 0; way < kDirections; ++way)
    append(directions, kDirectionNames[way], direction_json(report.direction[way]));
  Json ports = Json::object();
  for (std::size_t side = 0; side < kSides; ++side)
    append(ports, kSideNames[side], port_json(report.port[side]));
  Json workers = Json::array();
  for (const auto& worker : report.workers) workers.push_back(worker_json(worker));
  Json mempools = Json::array();
  for (const auto& mempool : report.mempools) mempools.push_back(mempool_json(mempool));
  Json too_long = Json::array();
  for (const auto& row : report.too_long) too_long.push_back(too_long_json(row, report.sessions));

  Json root = Json::object();
  append(root, "version", report.version);
  append(root, "dpdk_version", report.dpdk_version);
  append(root, "compiler", report.compiler);
  append(root, "mode", report.mode);
  append(root, "vector_level", report.vector_level);
  append(root, "uptime_seconds", report.uptime_seconds);
  append(root, "directions", std::move(directions));
  Json latency = Json::object();
  for (std::size_t way = 0; way < kDirections; ++way)
    append(latency, kDirectionNames[way], latency_json(report.latency[way]));
  append(root, "latency", std::move(latency));
  append(root, sessions_key, std::move(sessions));
  if (report.learned) append(root, "learned", learned_json(*report.learned));
  append(root, "ports", std::move(ports));
  append(root, "workers", std::move(workers));
  append(root, "mempools", std::move(mempools));
  append(root, "too_long", std::move(too_long));
  append(root, "control", named_counts(stats::kControlEventTexts, report.control));
  append(root, "session_failures", named_counts(stats::kSessionFailureTexts, report.session_failures));
  return root;
}

}  // namespace

std::string report_json(const stats::Report& report) {
  Json sessions = Json::object();
  for (const auto& session : report.sessions) append(sessions, session.name, session_json(session));
  return text(all_but_sessions_json(report, "sessions", std::move(sessions)));
}

std::string totals_json(const stats::Report& report) {
  return text(all_but_sessions_json(report, "session_states", states_json(report)));
}

std::string sessions_json(const stats::Report& report, const SessionQuery& query) {
  const auto matches = [&query](const stats::SessionReport& session) {
    const bool is_up = session.status.state == stats::SessionState::up;
    return query.state.empty() || (query.state == "not_up" && !is_up) ||
           query.state == stats::kSessionStateNames[index_of(session.status.state)];
  };
  std::uint64_t matching = 0;
  Json sessions = Json::array();
  for (const auto& session : report.sessions) {
    if (!matches(session)) continue;
    const std::uint64_t place = matching++;
    if (place < query.offset || place - query.offset >= query.limit) continue;
    Json object = Json::object();
    append(object, "name", session.name);
    Json fields = session_json(session);
    for (auto& [key, value] : fields.get_ref<Json::object_t&>()) append(object, key, std::move(value));
    sessions.push_back(std::move(object));
  }
  Json root = Json::object();
  append(root, "total", report.sessions.size());
  append(root, "matching", matching);
  append(root, "offset", query.offset);
  append(root, "limit", query.limit);
  append(root, "states", states_json(report));
  append(root, "sessions", std::move(sessions));
  return text(root);
}

}  // namespace narrows::control
