// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <tuple>

#include "narrows/app/yaml_sections.h"
#include "narrows/wire/pppoe.h"

namespace narrows::app {
namespace {

constexpr std::size_t kMaxSessions = 4094;
constexpr std::size_t kMaxClients = 4000;
constexpr IntegerRule kVlanRule{1, 4094};

/// Finds what no two sessions may share; each lookup is logarithmic, as there may be thousands.
class Uniqueness {
 public:
  void check_name(const Field& field, const std::string& name) {
    if (const auto line = first_line(names_, name, field.place.line))
      field.error(
          fmt::format("\"{}\" is the name of the session on line {} too: names must differ", name, *line));
  }
  void check_lan_vlan(const Place& place, std::optional<std::uint16_t> vlan, Findings& findings) {
    const auto line = first_line(lan_vlans_, vlan, place.line);
    if (!line) return;
    findings.error(
        place, vlan ? fmt::format("LAN VLAN {} belongs to the session on line {}: each session needs its own",
                                  *vlan, *line)
                    : fmt::format("the session on line {} is untagged on the LAN already: give all but one "
                                  "session a lan.vlan",
                                  *line));
  }
  void check_identity(const Field& field, const config::Session& session) {
    const auto identity = std::tuple(session.fixed.id, session.fixed.ac_mac, session.wan.vlans);
    if (const auto line = first_line(identities_, identity, field.place.line))
      field.error(fmt::format(
          "same id, ac_mac and wan.vlans as the session on line {}: one of them must differ", *line));
  }

 private:
  template <typename Key>
  static std::optional<int> first_line(std::map<Key, int>& lines, const Key& key, int line) {
    const auto [found, is_new] = lines.try_emplace(key, line);
    return is_new ? std::nullopt : std::optional(found->second);
  }

  std::map<std::string, int> names_;
  std::map<std::optional<std::uint16_t>, int> lan_vlans_;
  std::map<std::tuple<std::uint16_t, wire::MacAddress, std::vector<std::uint16_t>>, int> identities_;
};

void read_name(const std::optional<Field>& field, std::string& name, Uniqueness& uniqueness) {
  constexpr std::string_view kAllowed = "1 to 64 of the characters A-Z a-z 0-9 . _ -";
  constexpr std::size_t kLongest = 64;
  const auto text = field ? read_text(*field, kAllowed) : std::nullopt;
  if (!text) return;
  const auto is_allowed = [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-');
  };
  if (text->empty() || text->size() > kLongest || !std::ranges::all_of(*text, is_allowed)) {
    report_wrong_type(*field, kAllowed);
    return;
  }
  name = *text;
  uniqueness.check_name(*field, name);
}

/// @return whether all of it is right.
bool read_static(const std::optional<Field>& field, config::StaticSession& fixed) {
  constexpr std::array<std::string_view, 2> kKeys{"id", "ac_mac"};
  if (!field) return false;
  const MapReader map(*field, kKeys);
  const auto id_field = map.require("id", "the PPPoE session id, 1 to 65534 (0xfffe)");
  const auto mac_field = map.require("ac_mac", "the access concentrator's MAC address");
  const auto id = id_field ? read_integer(*id_field, {1, 0xfffe, "(0xfffe)"}) : std::nullopt;
  const auto mac = mac_field ? read_station_mac(*mac_field) : std::nullopt;
  fixed = {static_cast<std::uint16_t>(id.value_or(0)), mac.value_or(wire::MacAddress{})};
  return id && mac;
}

void read_address(const MapReader& map, bool is_client, config::SessionLan& lan) {
  const auto address = map.find("address");
  if (address && is_client)
    address->error("not allowed in a client session, whose address the line gives: remove it");
  else if (address)
    lan.address = read_host_address(*address);
}

void read_hand_out(const MapReader& map, bool is_client, config::SessionLan& lan) {
  using config::HandOut;
  using config::HandOutMask;
  constexpr std::array<Word<HandOut>, 2> kWords{{{"dhcp", HandOut::dhcp}, {"none", HandOut::none}}};
  constexpr std::array<Word<HandOutMask>, 2> kMasks{
      {{"subnet", HandOutMask::subnet}, {"host", HandOutMask::host}}};
  const auto hand_out = map.find("hand_out");
  if (hand_out) lan.hand_out = read_word<HandOut>(*hand_out, kWords).value_or(lan.hand_out);
  // An address that is there and wrong has been reported.
  if (lan.hand_out == HandOut::dhcp && !is_client && !map.find("address"))
    hand_out->error("dhcp needs lan.address in a static session: give the address to hand out");
  const auto mask = map.find("netmask");
  if (mask) lan.mask = read_word<HandOutMask>(*mask, kMasks).value_or(lan.mask);
  if (mask && lan.hand_out == HandOut::none)
    mask->warning("has no effect without lan.hand_out: dhcp, as nothing is handed out");
}

void read_lan(const std::optional<Field>& field, const Field& session, bool is_client,
              config::SessionLan& lan, Uniqueness& uniqueness) {
  constexpr std::array<std::string_view, 6> kKeys{"vlan",     "address",  "gateway",
                                                  "peer_mac", "hand_out", "netmask"};
  lan.hand_out = is_client ? config::HandOut::dhcp : config::HandOut::none;
  if (!field) {
    uniqueness.check_lan_vlan(session.place, std::nullopt, *session.findings);
    return;
  }
  const MapReader map(*field, kKeys);
  const auto vlan_field = map.find("vlan");
  const auto vlan = vlan_field ? read_integer(*vlan_field, kVlanRule) : std::nullopt;
  if (vlan) lan.vlan = static_cast<std::uint16_t>(*vlan);
  // A VLAN that is wrong says nothing about which session it belongs to.
  if (vlan || !vlan_field)
    uniqueness.check_lan_vlan(vlan_field ? vlan_field->place : field->place, lan.vlan, *session.findings);
  read_address(map, is_client, lan);
  if (const auto gateway = map.find("gateway")) {
    lan.gateway = read_host_address(*gateway);
    if (lan.gateway && lan.gateway == lan.address)
      gateway->error(fmt::format("{} is the LAN host's address too: the gateway must differ from address",
                                 wire::to_string(*lan.gateway)));
  }
  if (const auto peer = map.find("peer_mac")) lan.peer_mac = read_station_mac(*peer);
  read_hand_out(map, is_client, lan);
}

/// @return whether the VLANs are right.
bool read_wan(const std::optional<Field>& field, config::SessionWan& wan) {
  constexpr std::array<std::string_view, 2> kKeys{"vlans", "pcp"};
  return !field || read_vlans(MapReader(*field, kKeys), wan.vlans, wan.pcp);
}

/// @return whether the session takes the global MTU.
bool read_session_link(const MapReader& map, const Reading& reading, config::Session& session,
                       Findings& findings) {
  const Link global{reading.config.mss, reading.config.mtu_octets, {}, {}};
  Link link = global;
  read_link(map, reading, link);
  check_limits(reading, link, &global, findings);
  session.mtu_octets = link.mtu_octets;
  session.is_mtu_default = !link.mtu_place && !reading.mtu;
  session.mss = link.mss;
  return !link.mtu_place;
}

/// Either `static` or `client`.
/// @return the field `static` where all of it is right.
std::optional<Field> read_kind(const MapReader& map, bool with_secrets, config::Session& session) {
  const auto client = map.find("client");
  const auto fixed = client ? map.find("static")
                            : map.require("static",
                                          "a map with the keys id, ac_mac; or, in its place, "
                                          "client: a map with the keys username, password_file");
  if (client && fixed) client->error("not allowed beside static: keep the one that the session is");
  if (client) read_client(*client, with_secrets, session.client.emplace());
  return read_static(fixed, session.fixed) ? fixed : std::nullopt;
}

void check_max_payload(const MapReader& map, const config::Session& session) {
  const auto mtu = map.find("mtu");
  if (!mtu || !session.client || session.client->max_payload || session.mtu_octets <= wire::kPppoeMtu) return;
  mtu->warning(fmt::format("has no effect beyond {} octets: client.max_payload is off", wire::kPppoeMtu));
}

/// @return whether the session takes the global MTU.
bool read_session(const Field& field, Reading& reading, Uniqueness& uniqueness) {
  constexpr std::array<std::string_view, 7> kKeys{"name", "static", "client", "lan", "wan", "mtu", "mss"};
  const MapReader map(field, kKeys);
  if (field.node->kind != YamlNode::Kind::map) return false;
  config::Session session;
  read_name(map.require("name", "what statistics and messages call the session"), session.name, uniqueness);
  const auto fixed = read_kind(map, reading.with_secrets, session);
  read_lan(map.find("lan"), field, session.client.has_value(), session.lan, uniqueness);
  const bool are_vlans_right = read_wan(map.find("wan"), session.wan);
  if (fixed && are_vlans_right) uniqueness.check_identity(*fixed, session);
  const bool takes_global_mtu = read_session_link(map, reading, session, *field.findings);
  check_max_payload(map, session);
  reading.config.sessions.push_back(std::move(session));
  return takes_global_mtu;
}

}  // namespace

bool read_vlans(const MapReader& map, std::vector<std::uint16_t>& vlan_ids, std::uint8_t& priority) {
  constexpr std::string_view kAllowed = "a list of 0 to 2 VLAN ids, outermost first, such as [835]";
  const auto pcp = map.find("pcp");
  read_integer_into(pcp, {0, 7}, priority);
  const auto vlans = map.find("vlans");
  if (pcp && !vlans) pcp->warning("has no effect without wan.vlans: there is no tag to put it in");
  if (!vlans) return true;
  const auto elements = read_list(*vlans, kAllowed);
  if (!elements) return false;
  if (elements->size() > 2)
    vlans->error(fmt::format("must be {}, not a list of {}", kAllowed, elements->size()));
  for (const auto& element : *elements)
    if (const auto vlan = read_integer(element, kVlanRule))
      vlan_ids.push_back(static_cast<std::uint16_t>(*vlan));
  return elements->size() <= 2 && vlan_ids.size() == elements->size();
}

bool read_sessions(const Field& field, Reading& reading) {
  constexpr std::string_view kAllowed = "a list of 1 to 4094 sessions";
  const auto elements = read_list(field, kAllowed);
  if (!elements) return true;
  if (elements->empty() || elements->size() > kMaxSessions)
    field.error(fmt::format("must be {}, not {}", kAllowed, elements->size()));
  Uniqueness uniqueness;
  bool takes_global_mtu = false;
  for (const auto& element : *elements) takes_global_mtu |= read_session(element, reading, uniqueness);
  const auto clients = std::ranges::count_if(reading.config.sessions,
                                             [](const auto& session) { return session.client.has_value(); });
  if (static_cast<std::size_t>(clients) > kMaxClients)
    field.error(fmt::format("at most {} sessions may be clients, not {}", kMaxClients, clients));
  return takes_global_mtu;
}

}  // namespace narrows::app
