// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/session/session_table.h"

#include <algorithm>
#include <utility>

namespace narrows::session {

SessionTable::SessionTable(std::span<const SessionSpec> specs, std::shared_ptr<const LinkLimits> link)
    : by_wan_slot_(kWanSlots, kNone), link_(std::move(link)) {
  by_lan_vlan_.fill(kNone);
  for (const SessionSpec& spec : specs) {
    const auto index = static_cast<std::uint16_t>(size());
    lan_to_wan_.push_back(make_lan_to_wan(spec));
    wan_to_lan_.push_back(make_wan_to_lan(spec));
    if (spec.vacant) continue;
    wan_stacks_.push_back(wan_to_lan_.back().vlans);
    by_lan_vlan_[spec.lan_vlan] = index;
    if (spec.id == 0) continue;
    auto& slot = by_wan_slot_[wan_slot(wan_to_lan_.back().key, wan_to_lan_.back().vlans)];
    wan_to_lan_.back().next = slot;
    slot = index;
  }
  std::ranges::sort(wan_stacks_);
  wan_stacks_.erase(std::unique(wan_stacks_.begin(), wan_stacks_.end()), wan_stacks_.end());
  for (const Family family : {Family::ipv4, Family::ipv6}) make_shapes(specs, family);
}

void SessionTable::make_shapes(std::span<const SessionSpec> specs, Family family) {
  auto& lan = shapes_[index_of(Side::lan)];
  auto& wan = shapes_[index_of(Side::wan)];
  const auto found = std::ranges::find(specs, false, &SessionSpec::vacant);
  if (found == specs.end()) return;
  const SessionSpec& first = *found;  // our own addresses are the same in all
  if (const std::uint16_t untagged = find_lan(0); untagged != kNone) {
    const SessionSpec& spec = specs[untagged];
    lan[0][0][index_of(family)] =
        wire::make_shape({.destination = spec.lan_mac,
                          .source = wire::MacAddress(),
                          .family = family,
                          .second_look = spec.hands_out ? std::optional(spec.gateway) : std::nullopt});
  }
  wire::ShapeSpec tagged{.destination = first.lan_mac, .tags = 1, .family = family};
  if (size() == 1) {
    tagged.source = wire::MacAddress();
    tagged.vlans = wire::VlanStack(first.lan_vlan);
    if (first.hands_out) tagged.second_look = first.gateway;
  }
  lan[1][0][index_of(family)] = wire::make_shape(tagged);
  for (const wire::VlanStack vlans : wan_stacks_) {
    wire::ShapeSpec shape{.destination = first.wan_mac,
                          .tags = static_cast<unsigned>(vlans.ids().size()),
                          .pppoe = true,
                          .family = family,
                          .groups_need_second_look = true};
    if (size() == 1) {
      if (first.id == 0) continue;  // it has none now, and 0 is nobody's
      shape.source = first.ac_mac;
      shape.vlans = vlans;
      shape.session_id = first.id;
    }
    wan[shape.tags][1][index_of(family)] = wire::make_shape(shape);
  }
}

bool SessionTable::knows_wan_vlans(wire::VlanStack vlans) const noexcept {
  return std::ranges::binary_search(wan_stacks_, vlans);
}

}  // namespace narrows::session
