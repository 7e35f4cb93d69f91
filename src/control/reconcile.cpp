// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/reconcile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace narrows::control {
namespace {

constexpr std::size_t kMostNamed = 8;

/// Notes the keys whose values differ.
class Differences {
 public:
  explicit Differences(std::vector<std::string>& keys) : keys_(keys) {}
  template <typename Value>
  void compare(std::string_view key, const Value& running, const Value& next) {
    if (!(running == next)) keys_.emplace_back(key);
  }

 private:
  std::vector<std::string>& keys_;
};

// Every member of every structure is named below, in the order of its declaration: one that is new does not
// compile until somebody has decided whether it can change while frames flow.

void compare_port(std::string_view key, const config::Port& running, const config::Port& next,
                  Differences& differences) {
  const auto& [device, interface, mac, mtu] = running;
  const auto name = [key](std::string_view last) { return fmt::format("ports.{}.{}", key, last); };
  static_cast<void>(interface);  // of the device
  differences.compare(name("device"), device, next.device);
  differences.compare(name("mac"), mac, next.mac);
  differences.compare(name("mtu"), mtu, next.mtu_octets);
}

void compare_workers(const config::Workers& running, const config::Workers& next, Differences& differences) {
  const auto& [lcores, burst, idle, spread] = running;
  differences.compare("workers.lcores", lcores, next.lcores);
  differences.compare("workers.burst", burst, next.burst);
  differences.compare("workers.idle", idle, next.idle);
  differences.compare("workers.spread", spread, next.spread);
}

void compare_icmp(const config::Icmp& running, const config::Icmp& next, Differences& differences) {
  const auto& [rate, ipv6_source] = running;
  differences.compare("icmp.rate", rate, next.per_second);
  differences.compare("icmp.ipv6_source", ipv6_source, next.ipv6_source);
}

/// All but the sessions.
void compare_settings(const config::Config& running, const config::Config& next, Reconciliation& result) {
  const auto& [mode, workers, lan, wan, mtu, learns, mss, checksum, icmp, sessions, concentrator,
               statistics] = running;
  static_cast<void>(sessions);
  Differences fixed(result.refused);
  Differences live(result.settings);
  fixed.compare("mode", mode, next.mode);
  if (!result.refused.empty()) return;  // all the rest has another meaning
  compare_workers(workers, next.workers, fixed);
  const auto keys = config::port_keys(mode);
  compare_port(keys[0], lan, next.lan, fixed);
  compare_port(keys[1], wan, next.wan, fixed);
  fixed.compare("checksum", checksum, next.checksum);
  fixed.compare("statistics", statistics, next.statistics);
  fixed.compare("mtu: learn", learns, next.learn_mtu);
  fixed.compare("concentrator", concentrator, next.concentrator);
  const bool is_concentrator = mode == config::Mode::concentrator;
  (learns && next.learn_mtu ? fixed : live)
      .compare(learns && next.learn_mtu ? "fallback_mtu" : "mtu", mtu, next.mtu_octets);
  (is_concentrator ? fixed : live).compare("mss", mss, next.mss);
  compare_icmp(icmp, next.icmp, is_concentrator ? fixed : live);
}

SessionStep step_of_client(const config::ClientSession& running, const config::ClientSession& next) {
  const auto& [username, password, service_name, ac_name, auth, max_payload, host_uniq, echo_interval,
               echo_failures, redial_first, redial_max] = running;
  if (username != next.username || password != next.password || service_name != next.service_name ||
      ac_name != next.ac_name || auth != next.auth || max_payload != next.max_payload ||
      host_uniq != next.host_uniq)
    return SessionStep::redial;
  return echo_interval != next.echo_interval_s || echo_failures != next.echo_failures ||
                 redial_first != next.redial_first_s || redial_max != next.redial_max_s
             ? SessionStep::change
             : SessionStep::keep;
}

SessionStep step_of_wan(const config::SessionWan& running, const config::SessionWan& next) {
  const auto& [vlans, pcp] = running;
  if (vlans != next.vlans) return SessionStep::redial;
  return pcp != next.pcp ? SessionStep::change : SessionStep::keep;
}

/// The places of sessions that are and that come.
class Places {
 public:
  Places(const config::Config& running, const SessionRoom& room, Reconciliation& result)
      : running_(running), room_(room), result_(result) {
    for (std::size_t place = 0; place < running.sessions.size(); ++place)
      if (!running.sessions[place].is_vacant()) place_of_.emplace(running.sessions[place].name, place);
    result_.config.sessions.assign(running.sessions.size(), vacant());
  }

  void put_known(const config::Session& next) {
    const auto known = place_of_.find(next.name);
    if (known == place_of_.end()) return new_ones_.push_back(&next);
    const auto step = step_of(running_.sessions[known->second], next);
    put(known->second, next, step);
    place_of_.erase(known);
  }

  /// Behind put_known() of all.
  void finish() {
    for (const auto& [name, place] : place_of_) result_.sessions.push_back({place, SessionStep::remove});
    std::size_t place = 0;
    for (const config::Session* next : new_ones_) {
      while (!may_have(place)) ++place;
      if (place >= room_.most) {
        result_.refused.push_back(
            fmt::format("sessions (no room for {}: try again in a second)", next->name));
        return;
      }
      put(place++, *next, SessionStep::add);
    }
    while (!result_.config.sessions.empty() && result_.config.sessions.back().is_vacant())
      result_.config.sessions.pop_back();
    std::ranges::sort(result_.sessions, {}, &SessionChange::session);
  }

 private:
  static config::Session vacant() { return {}; }

  void put(std::size_t place, const config::Session& next, SessionStep step) {
    auto& sessions = result_.config.sessions;
    if (place >= sessions.size()) sessions.resize(place + 1, vacant());
    sessions[place] = next;
    if (step == SessionStep::keep)
      ++result_.kept;
    else
      result_.sessions.push_back({place, step});
  }

  /// A place that nobody has had, or that nobody can still be taken to have.
  [[nodiscard]] bool may_have(std::size_t place) const {
    if (place >= room_.most || place >= std::max(room_.used, running_.sessions.size())) return true;
    return room_.settled && (place >= running_.sessions.size() || running_.sessions[place].is_vacant()) &&
           (place >= result_.config.sessions.size() || result_.config.sessions[place].is_vacant());
  }

  const config::Config& running_;
  const SessionRoom& room_;
  Reconciliation& result_;
  std::unordered_map<std::string_view, std::size_t> place_of_;  ///< of running sessions not seen in the new
  std::vector<const config::Session*> new_ones_;
};

std::string names_of(const Reconciliation& done, const config::Config& before, SessionStep step,
                     std::string_view what) {
  std::vector<std::string_view> names;
  std::size_t count = 0;
  for (const auto& [session, its_step] : done.sessions) {
    if (its_step != step || ++count > kMostNamed) continue;
    names.push_back((step == SessionStep::remove ? before : done.config).sessions[session].name);
  }
  if (count == 0) return {};
  return fmt::format("{} {} ({}{})", count, what, fmt::join(names, ", "), count > kMostNamed ? ", ..." : "");
}

}  // namespace

SessionStep step_of(const config::Session& running, const config::Session& next) {
  const auto& [name, fixed, client, lan, wan, mtu, is_mtu_default, mss] = running;
  static_cast<void>(name);
  if (client.has_value() != next.client.has_value()) return SessionStep::redial;
  SessionStep step =
      fixed == next.fixed && lan == next.lan && mss == next.mss ? SessionStep::keep : SessionStep::change;
  step = std::max(step, step_of_wan(wan, next.wan));
  if (mtu != next.mtu_octets || is_mtu_default != next.is_mtu_default) step = SessionStep::redial;
  // Nothing is negotiated: it is what the configuration says.
  if (!client) return std::min(step, SessionStep::change);
  return std::max(step, step_of_client(*client, *next.client));
}

Reconciliation reconcile(const config::Config& running, const config::Config& next, const SessionRoom& room) {
  Reconciliation result;
  compare_settings(running, next, result);
  if (!result.refused.empty()) return result;
  result.config = next;
  if (running.mode != config::Mode::terminate) return result;
  Places places(running, room, result);
  for (const auto& session : next.sessions) places.put_known(session);
  places.finish();
  return result;
}

std::string describe(const Reconciliation& done, const config::Config& before) {
  std::vector<std::string> parts;
  for (const auto& [step, what] :
       std::array<std::pair<SessionStep, std::string_view>, 4>{{{SessionStep::add, "added"},
                                                                {SessionStep::remove, "removed"},
                                                                {SessionStep::change, "changed"},
                                                                {SessionStep::redial, "to be dialled anew"}}})
    if (auto part = names_of(done, before, step, what); !part.empty()) parts.push_back(std::move(part));
  std::string text;
  if (!parts.empty()) text = fmt::format("sessions: {}, {} as before", fmt::join(parts, ", "), done.kept);
  if (!done.settings.empty())
    text += fmt::format("{}changed: {}", text.empty() ? "" : "; ", fmt::join(done.settings, ", "));
  return text.empty() ? "nothing has changed" : text;
}

std::string describe_refusal(const Reconciliation& refused) {
  return fmt::format("cannot change while frames flow: {}; nothing was changed, restart to apply",
                     fmt::join(refused.refused, ", "));
}

}  // namespace narrows::control
