// SPDX-License-Identifier: BSD-3-Clause
/// What a user may ask of Narrows, as plain data: defaults here, meaning in docs/configuration.md.
/// All integers are host order; sizes are octets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/wire/direction.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/ipv6_address.h"
#include "narrows/wire/mac_address.h"
#include "narrows/wire/pppoe.h"

namespace narrows::config {

/// `concentrator` is the other end of the line: its core port plays the LAN port's part, its line port the
/// WAN port's.
enum class Mode { terminate, transparent, concentrator };
enum class ChecksumPolicy { automatic, hardware, incremental };
/// Who gives frames of one port to several workers: the device, or the worker that polls it.
enum class Spread { automatic, hardware, software, off };

/// One MSS limit as configured: from the MTU (automatic), none (off) or a figure.
struct MssLimit {
  enum class Kind { automatic, off, octets };
  Kind kind = Kind::automatic;
  std::uint16_t octets = 0;  ///< used when kind is octets
  friend bool operator==(const MssLimit&, const MssLimit&) = default;
};

/// What one direction has of its own.
struct MssDirection {
  bool clamp = true;
  std::array<std::optional<MssLimit>, kFamilies> limit{};  ///< absent: the family's, Mss::ipv4 or Mss::ipv6
  friend bool operator==(const MssDirection&, const MssDirection&) = default;
};

struct Mss {
  MssLimit ipv4;
  MssLimit ipv6;
  MssDirection lan_to_wan{};
  MssDirection wan_to_lan{};
  bool force = false;    ///< allows limits under 536 (IPv4) and 1220 (IPv6)
  bool tunnels = false;  ///< clamps TCP one level inside tunnels too

  [[nodiscard]] const MssDirection& of(Direction direction) const noexcept {
    return direction == Direction::lan_to_wan ? lan_to_wan : wan_to_lan;
  }
  /// The limit that counts: the direction's own, else the family's. Says nothing of MssDirection::clamp.
  [[nodiscard]] MssLimit limit(Direction direction, Family family) const noexcept {
    return of(direction).limit[index_of(family)].value_or(family == Family::ipv4 ? ipv4 : ipv6);
  }
  friend bool operator==(const Mss&, const Mss&) = default;
};

struct Port {
  std::string device;                   ///< PCI address or DPDK virtual device with its arguments
  std::string interface;                ///< the Linux interface that the device names; empty: none
  std::optional<wire::MacAddress> mac;  ///< absent: the device's own
  std::uint16_t mtu_octets = 1500;      ///< largest Ethernet payload behind all VLAN tags
  friend bool operator==(const Port&, const Port&) = default;
};

/// What a worker does while nothing comes; docs/configuration.md has what each costs.
enum class Idle { spin, pause, sleep, interrupt };

struct Workers {
  std::vector<unsigned> lcores;  ///< CPU numbers, one worker each; empty: one, chosen at start
  std::uint16_t burst = 32;      ///< frames asked of a queue at once, 1 … 64
  Idle idle = Idle::sleep;
  Spread spread = Spread::automatic;
  friend bool operator==(const Workers&, const Workers&) = default;
};

struct StaticSession {
  std::uint16_t id = 0;  ///< 1 … 0xfffe
  wire::MacAddress ac_mac;
  friend bool operator==(const StaticSession&, const StaticSession&) = default;
};

/// How a PPPoE peer may be asked to prove who it is (RFC 1994, RFC 2759, RFC 1334).
enum class AuthMethod { chap_md5, mschapv2, pap };

/// A session that Narrows dials.
struct ClientSession {
  std::string username;
  std::string password;      ///< never printed
  std::string service_name;  ///< empty: any
  std::string ac_name;       ///< empty: any
  std::vector<AuthMethod> auth{AuthMethod::chap_md5, AuthMethod::mschapv2, AuthMethod::pap};
  bool max_payload = true;                             ///< ask for more than 1492 octets (RFC 4638)
  std::optional<std::vector<std::uint8_t>> host_uniq;  ///< absent: random
  std::uint16_t echo_interval_s = 10;                  ///< 0: off
  std::uint16_t echo_failures = 3;
  std::uint16_t redial_first_s = 1;
  std::uint16_t redial_max_s = 60;
  friend bool operator==(const ClientSession&, const ClientSession&) = default;
};

/// Who tells the LAN host its address.
enum class HandOut { none, dhcp };
/// Netmask of a handed-out address: the smallest subnet that holds a gateway too, or 255.255.255.255 with
/// routes by option 121 (RFC 3442).
enum class HandOutMask { subnet, host };

struct SessionLan {
  std::optional<std::uint16_t> vlan;  ///< 1 … 4094; absent: untagged
  std::optional<wire::Ipv4Address> address;
  std::optional<wire::Ipv4Address> gateway;
  std::optional<wire::MacAddress> peer_mac;  ///< absent: learned from the peer's frames
  HandOut hand_out = HandOut::none;          ///< dhcp unless configured otherwise, for a client session
  HandOutMask mask = HandOutMask::subnet;
  friend bool operator==(const SessionLan&, const SessionLan&) = default;
};

struct SessionWan {
  std::vector<std::uint16_t> vlans;  ///< 0 … 2 VLAN ids, outermost first
  std::uint8_t pcp = 0;              ///< 0 … 7, in every tag
  friend bool operator==(const SessionWan&, const SessionWan&) = default;
};

/// A PPPoE session; mtu and mss are resolved: what the session does not override is the global value.
struct Session {
  std::string name;     ///< empty only in the running configuration: a place that nobody has (is_vacant())
  StaticSession fixed;  ///< unless client
  std::optional<ClientSession> client;
  SessionLan lan;
  SessionWan wan;
  std::uint16_t mtu_octets = wire::kPppoeMtu;
  bool is_mtu_default =
      true;  ///< neither the session nor the file has `mtu`: mtu_octets is only where to begin
  Mss mss;

  /// Sessions keep their places in Config::sessions as long as they live; what a removed one leaves behind.
  [[nodiscard]] bool is_vacant() const noexcept { return name.empty(); }
  friend bool operator==(const Session&, const Session&) = default;
};

/// So many sessions at most: as many as there are VLAN ids on the LAN.
inline constexpr std::size_t kMostSessions = 4094;

struct Statistics {
  /// Where HTTP listens: a numeric address (IPv6 in brackets in the file, without here) and a port; no
  /// value: "off".
  struct Listen {
    std::string address = "127.0.0.1";
    std::uint16_t port = 9480;
    friend bool operator==(const Listen&, const Listen&) = default;
  };
  std::optional<Listen> listen = Listen{};
  std::uint16_t session_series = 100;  ///< so many sessions have time series of their own
  /// The control socket's path; empty: /run/narrows/NAME.sock, NAME being the configuration file's; no value:
  /// "off".
  std::optional<std::string> socket = std::string{};
  std::string socket_group;        ///< whose members may use it; empty: the process's own group
  std::string token;               ///< what TCP clients have to know; empty: nothing; never printed
  std::vector<std::string> hosts;  ///< names that a Host header may have besides the usual ones, lower case
  friend bool operator==(const Statistics&, const Statistics&) = default;
};

/// What an access concentrator offers, to whom, and what it gives them. Session i has the address
/// first_ipv4 + i and, where there is a prefix, the /64 with i in octets 6 and 7.
struct Concentrator {
  std::string name = "narrows";                           ///< AC-Name
  std::vector<std::string> services;                      ///< Service-Names; empty: any
  std::vector<std::uint16_t> vlans;                       ///< of the line: 0 … 2 VLAN ids, outermost first
  std::uint8_t pcp = 0;                                   ///< 0 … 7, in every tag
  std::optional<AuthMethod> auth = AuthMethod::chap_md5;  ///< absent: whoever comes is let in
  std::map<std::string, std::string> users;               ///< password of each name; never printed
  std::uint16_t sessions = 0;                             ///< at most so many at once, 1 … 4094
  std::uint16_t mtu_octets = wire::kPppoeMtu;  ///< of a session, at most; beyond 1492 only by RFC 4638
  wire::Ipv4Address own_ipv4;                  ///< the concentrator's end of every session
  wire::Ipv4Address first_ipv4;
  std::vector<wire::Ipv4Address> dns;                      ///< 0 … 2
  std::optional<std::array<std::uint8_t, 6>> ipv6_prefix;  ///< a /48, network order
  std::optional<wire::Ipv4Address> gateway;                ///< the router on the core link; absent: learned
  std::uint16_t echo_interval_s = 10;                      ///< 0: off
  std::uint16_t echo_failures = 3;
  friend bool operator==(const Concentrator&, const Concentrator&) = default;
};

/// ICMP errors of Narrows' own: about packets that are too long, and sessions that are down.
struct Icmp {
  std::uint16_t per_second = 100;                    ///< of one session, at most; 0: none
  std::optional<wire::Ipv6Octets> ipv6_source = {};  ///< of messages to the LAN; absent: chosen for each
  friend bool operator==(const Icmp&, const Icmp&) = default;
};

struct Config {
  Mode mode = Mode::terminate;
  Workers workers;
  Port lan;
  Port wan;
  std::uint16_t mtu_octets = wire::kPppoeMtu;  ///< of the PPPoE link; with learn_mtu, of what is not learned
  bool learn_mtu = false;  ///< transparent: each PPPoE session's MTU is what its two ends agree on
  Mss mss;
  ChecksumPolicy checksum = ChecksumPolicy::automatic;
  Icmp icmp;
  /// terminate: 1 … 4094; concentrator: one for each address it gives; transparent: none
  std::vector<Session> sessions;
  std::optional<Concentrator> concentrator;  ///< in that mode
  Statistics statistics;
};

[[nodiscard]] constexpr std::string_view name_of(Mode mode) noexcept {
  switch (mode) {
    case Mode::terminate:
      return "terminate";
    case Mode::transparent:
      return "transparent";
    case Mode::concentrator:
      break;
  }
  return "concentrator";
}

[[nodiscard]] constexpr std::string_view name_of(Spread spread) noexcept {
  switch (spread) {
    case Spread::automatic:
      return "auto";
    case Spread::hardware:
      return "hardware";
    case Spread::software:
      return "software";
    case Spread::off:
      break;
  }
  return "off";
}

/// What the ports are called in a configuration of this mode, by Side.
[[nodiscard]] constexpr std::array<std::string_view, kSides> port_keys(Mode mode) noexcept {
  if (mode == Mode::concentrator) return {"core", "line"};
  return kSideNames;
}

/// The largest MSS to leave on a link, by family; kNoMssLimit where clamping is off.
using MssLimits = std::array<std::uint16_t, kFamilies>;
inline constexpr std::uint16_t kNoMssLimit = 0xffff;  ///< min(old, 65535) is old: never lowers

/// The limits of one direction: `mss` applied to a link of `mtu_octets` (RFC 6691: MTU - 40, MTU - 60,
/// whatever options are present).
[[nodiscard]] MssLimits mss_limits(const Mss& mss, std::uint16_t mtu_octets, Direction direction) noexcept;

/// The longest IP packet that a session may come to carry: what is configured, or the default; of a client
/// session without a configured MTU up to 1500 where RFC 4638 may be asked for and the WAN port has room
/// (1508), and never more than 1492 where it may not (RFC 2516 §7).
[[nodiscard]] std::uint16_t largest_mtu(const Config& config, const Session& session) noexcept;

/// The largest MSS to leave, by direction and family.
using MaxMss = std::array<MssLimits, kDirections>;

/// For a session whose link carries `mtu_octets`: as narrow as the smaller of that and the LAN port's MTU.
[[nodiscard]] MaxMss max_mss(const Config& config, const Session& session, std::uint16_t mtu_octets) noexcept;
/// The same for the MTU it is configured with.
[[nodiscard]] MaxMss max_mss(const Config& config, const Session& session) noexcept;

/// For `transparent`: of traffic that crosses a link of `mtu_octets`, as narrow as the smaller of that and
/// the LAN port's MTU.
[[nodiscard]] MaxMss max_mss(const Config& config, std::uint16_t mtu_octets) noexcept;
/// The same for the configured MTU, of all traffic whose MTU is not learned.
[[nodiscard]] MaxMss max_mss(const Config& config) noexcept;

/// The MTU from which the limits of TCP inside tunnels follow, less what the outer headers of each packet
/// take: as narrow as that of `auto`. 0: mss.tunnels is off.
[[nodiscard]] std::uint16_t tunnel_mtu(const Config& config, const Session& session,
                                       std::uint16_t mtu_octets) noexcept;
/// For `transparent`, as max_mss().
[[nodiscard]] std::uint16_t tunnel_mtu(const Config& config, std::uint16_t mtu_octets) noexcept;
[[nodiscard]] std::uint16_t tunnel_mtu(const Config& config) noexcept;

}  // namespace narrows::config
