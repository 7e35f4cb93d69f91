// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "narrows/app/yaml_sections.h"
#include "narrows/wire/tcp.h"

namespace narrows::app {
namespace {

using config::MssLimit;

constexpr std::array kBothDirections{Direction::lan_to_wan, Direction::wan_to_lan};

/// What differs between the families. RFC 9293 3.7.1: the MSS a host assumes when it is told none.
struct FamilyRules {
  std::string_view name;
  std::uint16_t least_mss;
  std::uint16_t header_octets;
};
constexpr std::array<FamilyRules, kFamilies> kRules{
    {{"IPv4", 536, wire::kIpAndTcpOctets[0]}, {"IPv6", 1220, wire::kIpAndTcpOctets[1]}}};

std::optional<MssLimit> read_limit(const Field& field) {
  const auto& node = *field.node;
  const bool is_text = node.kind == YamlNode::Kind::scalar;
  if (is_text && node.text == "auto") return MssLimit{MssLimit::Kind::automatic, 0};
  if (is_text && node.text == "off") return MssLimit{MssLimit::Kind::off, 0};
  const auto octets = read_integer(field, {1, 65535, "octets", "auto, off or "});
  if (!octets) return std::nullopt;
  return MssLimit{MssLimit::Kind::octets, static_cast<std::uint16_t>(*octets)};
}

std::optional<Place> place_of(const std::optional<Field>& field) {
  return field ? std::optional(field->place) : std::nullopt;
}

/// The keys `ipv4` and `ipv6` of a map: what they say, and where. A wrong one says nothing.
struct FamilyLimits {
  std::array<std::optional<MssLimit>, kFamilies> limit;
  MssPlaces::ByFamily place;
};

FamilyLimits read_limits(const MapReader& map) {
  FamilyLimits limits;
  for (std::size_t family = 0; family < kFamilies; ++family) {
    const auto field = map.find(kFamilyNames[family]);
    limits.place[family] = place_of(field);
    if (field) limits.limit[family] = read_limit(*field);
  }
  return limits;
}

/// `true`, `false`, or limits of the direction's own, over what is inherited.
MssPlaces::ByFamily read_direction(const std::optional<Field>& field, config::MssDirection& direction) {
  constexpr std::string_view kAllowed = "true, false or a map with the keys ipv4, ipv6";
  if (!field) return {};
  if (field->node->kind != YamlNode::Kind::map) {
    if (const auto clamp = read_boolean(*field, kAllowed)) direction = {*clamp, {}};
    return {};
  }
  const FamilyLimits own = read_limits(MapReader(*field, kFamilyNames));
  direction.clamp = true;
  for (std::size_t family = 0; family < kFamilies; ++family)
    if (own.limit[family]) direction.limit[family] = own.limit[family];
  return own.place;
}

MssPlaces read_mss(const std::optional<Field>& field, config::Mss& mss) {
  constexpr std::array<std::string_view, 6> kKeys{"ipv4",       "ipv6",  "lan_to_wan",
                                                  "wan_to_lan", "force", "tunnels"};
  constexpr std::array<Word<bool>, 2> kOnOff{{{"on", true}, {"off", false}}};
  if (!field) return {};
  const MapReader map(*field, kKeys);
  const FamilyLimits both = read_limits(map);
  const std::array<MssLimit*, kFamilies> limits{&mss.ipv4, &mss.ipv6};
  for (std::size_t family = 0; family < kFamilies; ++family) {
    if (!both.limit[family]) continue;
    *limits[family] = *both.limit[family];
    // What a session says of a family goes before whatever the file says of it, be it for one direction.
    mss.lan_to_wan.limit[family] = std::nullopt;
    mss.wan_to_lan.limit[family] = std::nullopt;
  }
  const auto outward = read_direction(map.find("lan_to_wan"), mss.lan_to_wan);
  const auto inward = read_direction(map.find("wan_to_lan"), mss.wan_to_lan);
  read_boolean_into(map.find("force"), mss.force);
  if (const auto tunnels = map.find("tunnels"))
    mss.tunnels = read_word<bool>(*tunnels, kOnOff).value_or(mss.tunnels);
  return {field->place, both.place, {outward, inward}};
}

/// Holds the MTU against the WAN port's. @param words  what the key takes besides a number.
void read_mtu(const std::optional<Field>& field, const Reading& reading, std::string_view words,
              std::uint16_t& mtu_octets) {
  if (!field) return;
  auto rule = kMtuRule;
  rule.words = words;
  if (reading.mode == config::Mode::terminate) rule.most -= kPppoeOctets;
  const auto value = read_integer(*field, rule);
  if (!value) return;
  const auto ceiling = mtu_ceiling(reading);
  if (*value > ceiling) {
    field->error(
        reading.mode == config::Mode::terminate
            ? fmt::format(
                  "{0} is more than {1}, which is ports.wan.mtu ({2}) less {3} octets of PPPoE header: write "
                  "at most {1}, or, where the provider supports RFC 4638, raise ports.wan.mtu to {4}",
                  *value, ceiling, reading.config.wan.mtu_octets, kPppoeOctets, *value + kPppoeOctets)
            : fmt::format("{0} is more than ports.wan.mtu: write at most {1}, or raise ports.wan.mtu to {0}",
                          *value, ceiling));
  } else {
    mtu_octets = static_cast<std::uint16_t>(*value);
  }
}

/// Whether the MTU is to be learned; an error where there is nothing to learn it from.
bool read_learn(const std::optional<Field>& field, const Reading& reading) {
  if (!field || field->node->kind != YamlNode::Kind::scalar || field->node->text != "learn") return false;
  if (reading.mode && reading.mode != config::Mode::transparent)
    field->error(
        "learn is for transparent mode alone, where other machines negotiate; here Narrows owns the "
        "sessions: "
        "write the link's MTU, or leave the key out");
  return true;
}

/// One family's share of what a link is given in one direction.
struct FamilyLimit {
  MssLimit limit;
  std::uint16_t mss = 0;         ///< what the limit comes to
  std::uint16_t mtu_octets = 0;  ///< of the narrower of PPPoE link and LAN
  bool force = false;
  friend bool operator==(const FamilyLimit&, const FamilyLimit&) = default;
};

/// Nothing where nothing is clamped.
std::optional<FamilyLimit> limit_of(const Reading& reading, const Link& link, Direction direction,
                                    Family family) {
  const auto limit = link.mss.limit(direction, family);
  if (!link.mss.of(direction).clamp || limit.kind == MssLimit::Kind::off) return std::nullopt;
  // A segment has to fit the LAN too.
  const auto narrower = std::min(link.mtu_octets, reading.config.lan.mtu_octets);
  return FamilyLimit{.limit = limit,
                     .mss = config::mss_limits(link.mss, narrower, direction)[index_of(family)],
                     .mtu_octets = narrower,
                     .force = link.mss.force};
}

/// The nearest place at which the user has decided a limit.
Place place_of_limit(const Reading& reading, const Link& link, const FamilyLimit& given, Direction direction,
                     Family family) {
  const auto& of_direction = link.places.direction[index_of(direction)][index_of(family)];
  if (of_direction) return *of_direction;
  if (const auto& of_family = link.places.family[index_of(family)]) return *of_family;
  const bool is_due_to_lan =
      given.mtu_octets < link.mtu_octets && given.limit.kind == MssLimit::Kind::automatic;
  if (is_due_to_lan && reading.lan_mtu) return *reading.lan_mtu;
  if (link.mtu_place) return *link.mtu_place;
  return link.places.section.value_or(Place{1, "mss"});
}

std::string too_low_text(const FamilyRules& rules, const FamilyLimit& given) {
  if (given.limit.kind == MssLimit::Kind::automatic) {
    return fmt::format(
        "auto gives an {} MSS of {} (MTU {} - {}), under the {} that every host may assume: raise the MTU "
        "to at least {}, or set the limit to off, or mss.force to true",
        rules.name, given.mss, given.mtu_octets, rules.header_octets, rules.least_mss,
        rules.least_mss + rules.header_octets);
  }
  return fmt::format(
      "an {0} MSS of {1} is under the {2} that every host may assume: write {2} or more, or set mss.force "
      "to true",
      rules.name, given.mss, rules.least_mss);
}

void report_limit(const FamilyRules& rules, const FamilyLimit& given, const Place& place,
                  Findings& findings) {
  if (given.mss < rules.least_mss && !given.force)
    findings.error(place, too_low_text(rules, given));
  else if (given.mss > given.mtu_octets - rules.header_octets)
    findings.warning(
        place, fmt::format("an {} MSS of {} is more than the MTU of {} carries: segments over {} octets "
                           "do not fit; auto gives that figure",
                           rules.name, given.mss, given.mtu_octets, given.mtu_octets - rules.header_octets));
}

}  // namespace

std::uint16_t mtu_ceiling(const Reading& reading) {
  if (!reading.mode) return static_cast<std::uint16_t>(kMtuRule.most);
  const auto wan_mtu = reading.config.wan.mtu_octets;
  return reading.mode == config::Mode::transparent ? wan_mtu
                                                   : static_cast<std::uint16_t>(wan_mtu - kPppoeOctets);
}

void read_link(const MapReader& map, const Reading& reading, Link& link) {
  const auto mtu = map.find("mtu");
  link.learns_mtu = read_learn(mtu, reading);
  if (!link.learns_mtu) {
    link.mtu_place = place_of(mtu);
    read_mtu(mtu, reading, reading.mode == config::Mode::transparent ? "learn or " : "", link.mtu_octets);
  }
  link.places = read_mss(map.find("mss"), link.mss);
}

void read_fallback_mtu(const std::optional<Field>& field, const Reading& reading, Link& link) {
  if (!field) return;
  if (!link.learns_mtu)
    return field->error(
        "is for what is not learned, so only together with `mtu: learn`: write this figure as mtu instead");
  link.mtu_place = field->place;
  read_mtu(field, reading, "", link.mtu_octets);
}

void check_limits(const Reading& reading, const Link& link, const Link* inherited, Findings& findings) {
  for (const auto family : {Family::ipv4, Family::ipv6}) {
    const auto is_inherited = [&](const FamilyLimit& given) {
      return inherited != nullptr && std::ranges::any_of(kBothDirections, [&](Direction direction) {
               return given == limit_of(reading, *inherited, direction, family);
             });
    };
    std::optional<std::pair<FamilyLimit, Place>> reported;
    for (const auto direction : kBothDirections) {
      const auto given = limit_of(reading, link, direction, family);
      // What is inherited unchanged has been reported at its source.
      if (!given || is_inherited(*given)) continue;
      const std::pair found(*given, place_of_limit(reading, link, *given, direction, family));
      if (reported == found) continue;  // both directions have it from there
      report_limit(kRules[index_of(family)], found.first, found.second, findings);
      reported = found;
    }
  }
}

}  // namespace narrows::app
