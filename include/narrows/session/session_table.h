// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/session/session.h"
#include "narrows/wire/shape.h"

namespace narrows::session {

/// Transparent: the limits of all traffic whose MTU is not learned, and where those of the rest come from.
struct LinkLimits {
  config::MaxMss max_mss{};
  std::uint16_t tunnel_mtu_octets = 0;  ///< 0: TCP inside tunnels is left alone
  config::Config config;                ///< what limits follow from a learned MTU
};

/// All sessions, found by direct index from either side at the same cost for one and for thousands.
/// Built by the control thread, immutable afterwards, read by any number of workers.
class SessionTable {
 public:
  /// At most 4,094 sessions, no two with the same LAN VLAN or (unless the id is 0) the same (id,
  /// concentrator, VLANs): the configuration sees to that. Session indices are positions in `specs`;
  /// those of vacant ones are nobody's.
  /// @param link  transparent: what the workers are to clamp to.
  explicit SessionTable(std::span<const SessionSpec> specs, std::shared_ptr<const LinkLimits> link = nullptr);

  /// Null: as each worker was set up.
  [[nodiscard]] const LinkLimits* link() const noexcept { return link_.get(); }

  [[nodiscard]] std::size_t size() const noexcept { return lan_to_wan_.size(); }

  /// The session of a LAN VLAN id (0: untagged), or kNone.
  [[nodiscard]] std::uint16_t find_lan(std::uint16_t vlan) const noexcept { return by_lan_vlan_[vlan]; }

  /// The session of a WAN frame: all three must match (contract, section 4). kNone when there is none; ids 0
  /// and 0xffff never are.
  [[nodiscard]] std::uint16_t find_wan(std::uint64_t key, wire::VlanStack vlans) const noexcept {
    std::uint16_t index = by_wan_slot_[wan_slot(key, vlans)];
    while (index != kNone && (wan_to_lan_[index].key != key || wan_to_lan_[index].vlans != vlans))
      index = wan_to_lan_[index].next;
    return index;
  }

  /// Whether any session, with an id or without, has this VLAN stack on the WAN side.
  [[nodiscard]] bool knows_wan_vlans(wire::VlanStack vlans) const noexcept;

  [[nodiscard]] const LanToWan& lan_to_wan(std::uint16_t index) const noexcept { return lan_to_wan_[index]; }
  [[nodiscard]] const WanToLan& wan_to_lan(std::uint16_t index) const noexcept { return wan_to_lan_[index]; }

  /// What plain frames of these sessions look like where they come in on `side`. Where there is but one
  /// session all frames, and otherwise LAN frames without a tag, prove by their shape whose they are; but a
  /// LAN frame's source is left 0, as it is LanPeers that knows it. All others are still to be looked up.
  [[nodiscard]] const wire::Shapes& shapes(Side side) const noexcept { return shapes_[index_of(side)]; }

 private:
  static constexpr std::size_t kLanVlans = 4096;
  static constexpr std::size_t kWanSlots = 65536;

  /// Sessions that differ in the id alone, or in one VLAN alone, never share a slot: both maps are one-to-one
  /// modulo 65536 (the multipliers are odd). Others that meet are chained.
  [[nodiscard]] static std::size_t wan_slot(std::uint64_t key, wire::VlanStack vlans) noexcept {
    const std::uint64_t inner = vlans.value() & 0xffff;
    const std::uint64_t outer = vlans.value() >> 16;
    return static_cast<std::uint16_t>((key >> 48) + inner * 0x9e3bu + outer * 0x6a77u);
  }

  void make_shapes(std::span<const SessionSpec> specs, Family family);

  std::array<std::uint16_t, kLanVlans> by_lan_vlan_;
  std::vector<std::uint16_t> by_wan_slot_;
  std::vector<LanToWan> lan_to_wan_;
  std::vector<WanToLan> wan_to_lan_;
  std::vector<wire::VlanStack> wan_stacks_;  ///< sorted
  std::shared_ptr<const LinkLimits> link_;
  std::array<wire::Shapes, kSides> shapes_;
};

}  // namespace narrows::session
