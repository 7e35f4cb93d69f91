// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "narrows/app/yaml_sections.h"
#include "narrows/wire/direction.h"

namespace narrows::app {
namespace {

using config::MssLimit;

/// What differs between the families. RFC 9293 3.7.1: the MSS a host assumes when it is told none.
struct FamilyRules {
  std::string_view name;
  std::uint16_t least_mss;
  std::uint16_t header_octets;
};
constexpr std::array<FamilyRules, kFamilies> kRules{{{"IPv4", 536, 40}, {"IPv6", 1220, 60}}};

void read_limit(const std::optional<Field>& field, MssLimit& limit) {
  if (!field) return;
  const auto& node = *field->node;
  const bool is_text = node.kind == YamlNode::Kind::scalar;
  if (is_text && node.text == "auto")
    limit = {MssLimit::Kind::automatic, 0};
  else if (is_text && node.text == "off")
    limit = {MssLimit::Kind::off, 0};
  else if (const auto octets = read_integer(*field, {1, 65535, "octets", "auto, off or "}))
    limit = {MssLimit::Kind::octets, static_cast<std::uint16_t>(*octets)};
}

std::optional<Place> place_of(const std::optional<Field>& field) {
  return field ? std::optional(field->place) : std::nullopt;
}

MssPlaces read_mss(const std::optional<Field>& field, config::Mss& mss) {
  constexpr std::array<std::string_view, 5> kKeys{"ipv4", "ipv6", "lan_to_wan", "wan_to_lan", "force"};
  if (!field) return {};
  const MapReader map(*field, kKeys);
  const auto ipv4 = map.find("ipv4");
  const auto ipv6 = map.find("ipv6");
  read_limit(ipv4, mss.ipv4);
  read_limit(ipv6, mss.ipv6);
  read_boolean_into(map.find("lan_to_wan"), mss.lan_to_wan);
  read_boolean_into(map.find("wan_to_lan"), mss.wan_to_lan);
  read_boolean_into(map.find("force"), mss.force);
  return {field->place, place_of(ipv4), place_of(ipv6)};
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

/// One family's share of what a link is given.
struct FamilyLimit {
  MssLimit limit;
  std::uint16_t mss = 0;         ///< what the limit comes to
  std::uint16_t mtu_octets = 0;  ///< of the narrower of PPPoE link and LAN
  bool force = false;
  bool is_used = false;  ///< some direction is clamped
  friend bool operator==(const FamilyLimit&, const FamilyLimit&) = default;
};

FamilyLimit limit_of(const Reading& reading, const config::Mss& mss, std::uint16_t mtu_octets,
                     Family family) {
  // A segment has to fit the LAN too.
  const auto narrower = std::min(mtu_octets, reading.config.lan.mtu_octets);
  const auto limits = config::mss_limits(mss, narrower, true);
  const bool is_ipv4 = family == Family::ipv4;
  return {.limit = is_ipv4 ? mss.ipv4 : mss.ipv6,
          .mss = is_ipv4 ? limits.ipv4 : limits.ipv6,
          .mtu_octets = narrower,
          .force = mss.force,
          .is_used = mss.lan_to_wan || mss.wan_to_lan};
}

/// The nearest place at which the user has decided a limit.
Place place_of_limit(const Reading& reading, const Link& link, const FamilyLimit& given, Family family) {
  const auto& own = family == Family::ipv4 ? link.places.ipv4 : link.places.ipv6;
  if (own) return *own;
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
    const auto given = limit_of(reading, link.mss, link.mtu_octets, family);
    if (!given.is_used || given.limit.kind == MssLimit::Kind::off) continue;
    // What is inherited unchanged has been reported at its source.
    if (inherited != nullptr && given == limit_of(reading, inherited->mss, inherited->mtu_octets, family))
      continue;
    const auto& rules = kRules[index_of(family)];
    const auto place = place_of_limit(reading, link, given, family);
    if (given.mss < rules.least_mss && !given.force)
      findings.error(place, too_low_text(rules, given));
    else if (given.mss > given.mtu_octets - rules.header_octets) {
      findings.warning(
          place,
          fmt::format("an {} MSS of {} is more than the MTU of {} carries: segments over {} octets "
                      "do not fit; auto gives that figure",
                      rules.name, given.mss, given.mtu_octets, given.mtu_octets - rules.header_octets));
    }
  }
}

}  // namespace narrows::app
