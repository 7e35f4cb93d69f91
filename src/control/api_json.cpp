// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/api_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "narrows/stats/session_status.h"

namespace narrows::control {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kSecret = "***";

std::string text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json limit_json(const config::MssLimit& limit) {
  if (limit.kind == config::MssLimit::Kind::octets) return limit.octets;
  return limit.kind == config::MssLimit::Kind::off ? "off" : "auto";
}

Json direction_json(const config::MssDirection& direction) {
  if (!direction.clamp) return false;
  Json json = Json::object();
  for (std::size_t family = 0; family < kFamilies; ++family)
    if (direction.limit[family]) json[kFamilyNames[family]] = limit_json(*direction.limit[family]);
  return json.empty() ? Json(true) : json;
}

Json mss_json(const config::Mss& mss) {
  return {{"ipv4", limit_json(mss.ipv4)},
          {"ipv6", limit_json(mss.ipv6)},
          {"lan_to_wan", direction_json(mss.lan_to_wan)},
          {"wan_to_lan", direction_json(mss.wan_to_lan)},
          {"force", mss.force},
          {"tunnels", mss.tunnels ? "on" : "off"}};
}

Json port_json(const config::Port& port) {
  return {{"device", port.device},
          {"mac", port.mac ? Json(wire::to_string(*port.mac)) : Json(nullptr)},
          {"mtu", port.mtu_octets}};
}

const char* name_of(config::AuthMethod method) {
  return method == config::AuthMethod::pap        ? "pap"
         : method == config::AuthMethod::mschapv2 ? "mschapv2"
                                                  : "chap-md5";
}

const char* name_of(config::Idle idle) {
  constexpr std::array<const char*, 4> kNames{"spin", "pause", "sleep", "interrupt"};
  return kNames[static_cast<std::size_t>(idle)];
}

const char* name_of(config::ChecksumPolicy policy) {
  constexpr std::array<const char*, 3> kNames{"auto", "hardware", "incremental"};
  return kNames[static_cast<std::size_t>(policy)];
}

Json client_json(const config::ClientSession& client) {
  Json auth = Json::array();
  for (const auto method : client.auth) auth.push_back(name_of(method));
  return {{"username", client.username},
          {"password", kSecret},
          {"service_name", client.service_name},
          {"ac_name", client.ac_name},
          {"auth", std::move(auth)},
          {"max_payload", client.max_payload ? "auto" : "off"},
          {"echo", {{"interval_s", client.echo_interval_s}, {"failures", client.echo_failures}}},
          {"redial", {{"first_s", client.redial_first_s}, {"max_s", client.redial_max_s}}},
          // Some providers know their customers by it.
          {"host_uniq", client.host_uniq ? kSecret : "auto"}};
}

template <typename Value>
Json text_or_null(const std::optional<Value>& value) {
  return value ? Json(wire::to_string(*value)) : Json(nullptr);
}

Json session_json(const config::Session& session) {
  Json json{{"name", session.name}};
  if (session.client)
    json["client"] = client_json(*session.client);
  else
    json["static"] = {{"id", session.fixed.id}, {"ac_mac", wire::to_string(session.fixed.ac_mac)}};
  json["lan"] = {{"vlan", session.lan.vlan ? Json(*session.lan.vlan) : Json(nullptr)},
                 {"address", text_or_null(session.lan.address)},
                 {"gateway", text_or_null(session.lan.gateway)},
                 {"peer_mac", text_or_null(session.lan.peer_mac)},
                 {"hand_out", session.lan.hand_out == config::HandOut::dhcp ? "dhcp" : "none"},
                 {"netmask", session.lan.mask == config::HandOutMask::host ? "host" : "subnet"}};
  json["wan"] = {{"vlans", session.wan.vlans}, {"pcp", session.wan.pcp}};
  json["mtu"] = session.mtu_octets;
  json["mss"] = mss_json(session.mss);
  return json;
}

Json concentrator_json(const config::Concentrator& from) {
  Json dns = Json::array();
  for (const auto& server : from.dns) dns.push_back(wire::to_string(server));
  return {
      {"name", from.name},
      {"services", from.services},
      {"vlans", from.vlans},
      {"pcp", from.pcp},
      {"auth", from.auth ? name_of(*from.auth) : "none"},
      {"users", from.users.size()},
      {"sessions", from.sessions},
      {"mtu", from.mtu_octets},
      {"ipv4",
       {{"own", wire::to_string(from.own_ipv4)}, {"first", wire::to_string(from.first_ipv4)}, {"dns", dns}}},
      {"ipv6", from.ipv6_prefix.has_value()},
      {"core", {{"gateway", text_or_null(from.gateway)}}},
      {"echo", {{"interval_s", from.echo_interval_s}, {"failures", from.echo_failures}}}};
}

Json statistics_json(const config::Statistics& statistics) {
  Json listen = "off";
  const bool is_ipv6 = statistics.listen && statistics.listen->address.find(':') != std::string::npos;
  if (statistics.listen)
    listen = fmt::format(fmt::runtime(is_ipv6 ? "[{}]:{}" : "{}:{}"), statistics.listen->address,
                         statistics.listen->port);
  return {{"listen", std::move(listen)},
          {"socket",
           statistics.socket ? Json(statistics.socket->empty() ? "auto" : *statistics.socket) : Json("off")},
          {"socket_group", statistics.socket_group},
          {"token", statistics.token.empty() ? Json(nullptr) : Json(kSecret)},
          {"hosts", statistics.hosts}};
}

}  // namespace

std::string config_json(const config::Config& config) {
  const auto keys = config::port_keys(config.mode);
  Json json{
      {"mode", config::name_of(config.mode)},
      {"workers",
       {{"lcores", config.workers.lcores},
        {"burst", config.workers.burst},
        {"idle", name_of(config.workers.idle)},
        {"spread", config::name_of(config.workers.spread)}}},
      {"ports", {{keys[0], port_json(config.lan)}, {keys[1], port_json(config.wan)}}},
      {"mtu", config.mtu_octets},
      {"learn_mtu", config.learn_mtu},
      {"mss", mss_json(config.mss)},
      {"checksum", name_of(config.checksum)},
      {"icmp",
       {{"rate", config.icmp.per_second}, {"ipv6_source", config.icmp.ipv6_source ? "configured" : "auto"}}},
      {"statistics", statistics_json(config.statistics)}};
  if (config.concentrator) {
    json["concentrator"] = concentrator_json(*config.concentrator);
  } else {
    json["sessions"] = Json::array();
    for (const auto& session : config.sessions)
      if (!session.is_vacant()) json["sessions"].push_back(session_json(session));
  }
  return text(json);
}

std::string events_json(std::span<const Event> events) {
  Json list = Json::array();
  for (const auto& event : events)
    list.push_back({{"id", event.id},
                    {"time", event.time_s},
                    {"kind", row_of(event.kind).name},
                    {"session", event.session.empty() ? Json(nullptr) : Json(event.session)},
                    {"text", event.text}});
  return text({{"events", std::move(list)}});
}

std::string health_json(const stats::Report& report, bool healthy) {
  const auto is_up = [](const auto& session) { return session.status.state == stats::SessionState::up; };
  return text({{"healthy", healthy},
               {"status", healthy ? "forwarding" : "not forwarding"},
               {"uptime_seconds", report.uptime_seconds},
               {"sessions", report.sessions.size()},
               {"sessions_up", std::ranges::count_if(report.sessions, is_up)},
               {"lan_link_up", report.port[0].link_up},
               {"wan_link_up", report.port[1].link_up}});
}

std::string action_json(const ActionResult& result) {
  return text({{"done", result.done}, {"message", result.message}});
}

std::string error_json(const std::string& message) {
  return text({{"error", message}});
}

}  // namespace narrows::control
