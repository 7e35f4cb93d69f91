// SPDX-License-Identifier: BSD-3-Clause
/// The parts of the schema, for yaml_config.cpp: each reads one section into the Config.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "narrows/app/yaml_config.h"
#include "narrows/app/yaml_reader.h"
#include "narrows/config/config.h"
#include "narrows/wire/direction.h"

namespace narrows::app {

inline constexpr IntegerRule kMtuRule{576, 9600, "octets"};
inline constexpr std::uint16_t kPppoeOctets = 8;  ///< PPPoE header (RFC 2516) and PPP protocol field

/// What the sections need of each other while the file is being read.
struct Reading {
  config::Config config;
  std::optional<config::Mode> mode;  ///< none: the file's is wrong, so nothing can be said that depends on it
  std::optional<Place> lan_mtu;      ///< where it stands in the file; none: the default
  std::optional<Place> wan_mtu;
  std::optional<Place> mtu;  ///< the global one
  bool with_secrets = true;  ///< false: files and variables with passwords are not looked for
};

/// The largest MTU of the PPPoE link that the WAN port can carry.
[[nodiscard]] std::uint16_t mtu_ceiling(const Reading& reading);

/// Where the limits of a link were given; none: inherited or default.
struct MssPlaces {
  using ByFamily = std::array<std::optional<Place>, kFamilies>;
  std::optional<Place> section;
  ByFamily family;
  std::array<ByFamily, kDirections> direction;  ///< a direction's own
};

/// One PPPoE link's MTU and MSS, with where they were given.
struct Link {
  config::Mss mss;
  std::uint16_t mtu_octets = 0;
  MssPlaces places;
  std::optional<Place> mtu_place;
  bool learns_mtu = false;  ///< the file's own link, in transparent mode
};

/// Reads the keys `mtu` and `mss` of `map` over what `link` holds; says where they stand.
void read_link(const MapReader& map, const Reading& reading, Link& link);

/// Reads `fallback_mtu`, which only a link that learns has, as the MTU of `link`.
void read_fallback_mtu(const std::optional<Field>& field, const Reading& reading, Link& link);

/// Reports limits that are too low for the family, and warns of those too high for the link.
/// @param inherited  what a session's link began as; null: the global values themselves.
void check_limits(const Reading& reading, const Link& link, const Link* inherited, Findings& findings);

/// PAP has one octet for the length of each (RFC 1334 §2.2.1).
inline constexpr std::size_t kMaxCredentialOctets = 255;

[[nodiscard]] constexpr bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Text of `least` to `most` octets without control characters.
[[nodiscard]] std::optional<std::string> read_line(const Field& field, std::size_t least, std::size_t most);

void read_echo(const std::optional<Field>& field, std::uint16_t& interval_s, std::uint16_t& most_failures);

/// The words for config::AuthMethod.
inline constexpr std::array<Word<config::AuthMethod>, 3> kAuthWords{
    {{"chap-md5", config::AuthMethod::chap_md5},
     {"mschapv2", config::AuthMethod::mschapv2},
     {"pap", config::AuthMethod::pap}}};

/// VLAN tags of PPPoE frames.
/// @return whether they are right.
bool read_vlans(const MapReader& map, std::vector<std::uint16_t>& vlan_ids, std::uint8_t& priority);

/// Reads `icmp`.
void read_icmp(const std::optional<Field>& field, config::Mode mode, config::Icmp& icmp);

void read_checksum(const std::optional<Field>& field, config::ChecksumPolicy& policy);

/// The words for config::Idle.
inline constexpr std::array<Word<config::Idle>, 4> kIdleWords{{{"spin", config::Idle::spin},
                                                               {"pause", config::Idle::pause},
                                                               {"sleep", config::Idle::sleep},
                                                               {"interrupt", config::Idle::interrupt}}};

void read_workers(const std::optional<Field>& field, config::Workers& workers);

/// Reads `ports`, whose keys depend on reading.config.mode, and makes sure that a PPPoE link fits in.
void read_ports(const MapReader& root, LoadPurpose purpose, Reading& reading, Findings& findings);

/// Reads the root of a concentrator's file.
void read_concentrator_root(const YamlNode& tree, LoadPurpose purpose, Reading& reading, Findings& findings);

/// Reads the `client` section of a session, its password included where there are secrets.
void read_client(const Field& field, bool with_secrets, config::ClientSession& client);

/// Reads `sessions` into reading.config.
/// @return whether some session takes the global MTU.
bool read_sessions(const Field& field, Reading& reading);

void read_statistics(const std::optional<Field>& field, bool with_secrets, config::Statistics& statistics);

}  // namespace narrows::app
