// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "narrows/session/session.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/ethernet.h"

namespace narrows::session {

/// At most so many are watched at once: as many as there are session ids.
inline constexpr std::size_t kMostWatched = 65534;

/// What tells apart the PPPoE sessions that pass by: id, the MAC addresses of both ends, VLANs. Host order;
/// no padding, as it is hashed and compared as octets.
struct WatchedKey {
  std::uint64_t lan = 0;    ///< session_key() of the id and the MAC on the LAN side
  std::uint64_t wan = 0;    ///< the MAC on the WAN side (wire::to_integer)
  std::uint64_t vlans = 0;  ///< wire::VlanStack::value()

  [[nodiscard]] constexpr std::uint16_t id() const noexcept { return static_cast<std::uint16_t>(lan >> 48); }
  [[nodiscard]] constexpr std::uint64_t lan_mac() const noexcept { return lan & kMacMask; }
  friend constexpr auto operator<=>(const WatchedKey&, const WatchedKey&) = default;

 private:
  static constexpr std::uint64_t kMacMask = (std::uint64_t{1} << 48) - 1;
};
static_assert(std::has_unique_object_representations_v<WatchedKey>);

/// @param frame  at least an Ethernet header, received by the port on `from`.
[[nodiscard]] inline WatchedKey watched_key(Side from, const std::uint8_t* frame, wire::VlanStack vlans,
                                            std::uint16_t id) noexcept {
  const std::uint64_t destination = wire::load_mac(frame);
  const std::uint64_t source = wire::load_mac(frame + sizeof(wire::MacAddress));
  const bool outward = from == Side::lan;
  return {session_key(id, outward ? source : destination), outward ? destination : source, vlans.value()};
}

}  // namespace narrows::session
