// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/status_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace narrows::app {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kMostDrops = 8;
constexpr std::size_t kMostEvents = 8;
constexpr std::array<const char*, 2> kDirectionKeys{"lan_to_wan", "wan_to_lan"};

std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  // C1 control characters, in UTF-8: some terminals obey them too.
  for (std::size_t at = 0; at + 1 < text.size(); ++at)
    if (text[at] == '\xc2' && static_cast<unsigned char>(text[at + 1]) < 0xa0) text[at] = text[at + 1] = '?';
  return text;
}

/// "1.23 M"
std::string scaled(double value) {
  constexpr std::array<const char*, 5> kUnits{"", "k", "M", "G", "T"};
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return unit == 0 ? fmt::format("{:.0f} ", value) : fmt::format("{:.2f} {}", value, kUnits[unit]);
}

std::uint64_t sum(const Json& counts) {
  std::uint64_t total = 0;
  for (const auto& count : counts) total += count.get<std::uint64_t>();
  return total;
}

std::string direction_text(const Json& now, const Json* before, double seconds, const char* name) {
  const auto& counts = now["directions"][name];
  std::string text =
      fmt::format("  {}  ", std::string_view(name) == "lan_to_wan" ? "LAN -> WAN" : "WAN -> LAN");
  if (before != nullptr && seconds > 0) {
    const auto& earlier = (*before)["directions"][name];
    const auto rate = [&](const char* key) {
      return (counts[key].get<double>() - earlier[key].get<double>()) / seconds;
    };
    text += fmt::format("{:>9}bit/s {:>9}packets/s  ", scaled(8 * rate("forwarded_ip_octets")),
                        scaled(rate("forwarded")));
  }
  return text + fmt::format("{} forwarded, {} dropped, SYN {}, clamped {}\n",
                            counts["forwarded"].get<std::uint64_t>(), sum(counts["dropped"]),
                            sum(counts["syn"]), sum(counts["clamped"]));
}

std::string port_text(const Json& ports, const char* side) {
  const auto& port = ports[side];
  const bool up = port["link_up"].get<bool>();
  const auto mbps = port["link_mbps"].get<unsigned>();
  return fmt::format("{} {}{}", side, up ? "up" : "NO LINK",
                     up && mbps != 0 ? fmt::format(" {} Mbit/s", mbps) : "");
}

std::string sessions_text(const Json& page) {
  const auto total = page["total"].get<std::size_t>();
  if (total == 0) return "";
  std::string text = fmt::format("\nsessions: {} of {} up\n", page["states"]["up"].get<std::size_t>(), total);
  for (const auto& session : page["sessions"]) {
    const auto state = session["state"].get<std::string>();
    text += fmt::format("  {:<20} {:<14}", session["name"].get<std::string>(), state);
    if (state == "up")
      text +=
          fmt::format(" MTU {}, id {:#06x}", session["mtu"].get<unsigned>(), session["id"].get<unsigned>());
    if (session.contains("client")) {
      const auto& client = session["client"];
      if (client["address"].is_string()) text += fmt::format(", {}", client["address"].get<std::string>());
      if (state != "up") text += fmt::format(" {}", printable(client["last_error"].get<std::string>()));
    }
    text += "\n";
  }
  const auto shown = page["sessions"].size();
  if (shown < page["matching"].get<std::size_t>())
    text += fmt::format("  … {} more\n", page["matching"].get<std::size_t>() - shown);
  return text;
}

std::string drops_text(const Json& stats) {
  std::vector<std::pair<std::uint64_t, std::string>> rows;
  for (const auto* direction : kDirectionKeys)
    for (const auto& [reason, count] : stats["directions"][direction]["dropped"].items())
      if (count.get<std::uint64_t>() != 0)
        rows.emplace_back(count.get<std::uint64_t>(), fmt::format("{} ({})", reason, direction));
  if (rows.empty()) return "\nno drops\n";
  std::ranges::sort(rows, std::greater{});
  rows.resize(std::min(rows.size(), kMostDrops));
  std::string text = "\ndrops\n";
  for (const auto& [count, what] : rows) text += fmt::format("  {:>12} {}\n", count, what);
  return text;
}

std::string events_text(const Json& all) {
  const auto& events = all["events"];
  if (events.empty()) return "";
  std::string text = "\nlast events\n";
  for (std::size_t at = events.size() - std::min(events.size(), kMostEvents); at < events.size(); ++at) {
    const auto& event = events[at];
    const auto when = static_cast<std::time_t>(event["time"].get<double>());
    text += fmt::format("  {:%F %T} ", fmt::localtime(when));
    if (event["session"].is_string()) text += fmt::format("{}: ", event["session"].get<std::string>());
    text += printable(event["text"].get<std::string>()) + "\n";
  }
  return text;
}

}  // namespace

std::string status_text(const Snapshot& now, const std::optional<Snapshot>& before) {
  const Json stats = Json::parse(now.stats);
  const Json earlier = before ? Json::parse(before->stats) : Json();
  const double uptime = stats["uptime_seconds"].get<double>();
  const double seconds = before ? uptime - earlier["uptime_seconds"].get<double>() : 0;
  std::string text =
      fmt::format("Narrows {}, {}, up {}, {}, {}\n\n", stats["version"].get<std::string>(),
                  stats["mode"].get<std::string>(), std::chrono::seconds(static_cast<std::int64_t>(uptime)),
                  port_text(stats["ports"], "lan"), port_text(stats["ports"], "wan"));
  for (const auto* direction : kDirectionKeys)
    text += direction_text(stats, before ? &earlier : nullptr, seconds, direction);
  return text + sessions_text(Json::parse(now.sessions)) + drops_text(stats) +
         events_text(Json::parse(now.events));
}

std::string status_json(const Snapshot& now) {
  const Json all{{"stats", Json::parse(now.stats)},
                 {"sessions", Json::parse(now.sessions)},
                 {"events", Json::parse(now.events)["events"]}};
  return all.dump(2) + "\n";
}

}  // namespace narrows::app
