// SPDX-License-Identifier: BSD-3-Clause
/// What a LAN host is told of a session, and the subnet it is told to be in.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/wire/ipv4_address.h"

namespace narrows::control {

struct HandOut {
  wire::Ipv4Address address;                 ///< the host's, as negotiated
  std::optional<wire::Ipv4Address> gateway;  ///< as configured; absent: chosen
  std::vector<wire::Ipv4Address> dns;
  std::uint16_t mtu_octets = 0;  ///< of the session
  config::HandOutMask mask = config::HandOutMask::subnet;
};

/// A PPP link has an address and no subnet, an Ethernet host wants one with a gateway in it.
struct HandOutNetwork {
  static constexpr unsigned kHostPrefix = 32;

  wire::Ipv4Address gateway;
  unsigned prefix = kHostPrefix;  ///< 8 … 30, or kHostPrefix: no subnet, the gateway is reached by a route

  [[nodiscard]] wire::Ipv4Address mask() const noexcept;
};

/// The smallest subnet, at most a /30, in which the address and the gateway are hosts: neither its first
/// address nor its last. Without a configured gateway (or one that is the address itself) the gateway is the
/// subnet's lowest host address that is not the host's. A gateway so far off that the subnet would be larger
/// than a /8 is reached by a route, as with HandOutMask::host.
/// @param hand_out  its address is a host's (wire::is_host_address).
[[nodiscard]] HandOutNetwork network_of(const HandOut& hand_out) noexcept;

}  // namespace narrows::control
