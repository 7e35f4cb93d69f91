// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/session/session_table.h"

#include <algorithm>

namespace narrows::session {

SessionTable::SessionTable(std::span<const SessionSpec> specs) : by_wan_slot_(kWanSlots, kNone) {
  by_lan_vlan_.fill(kNone);
  for (const SessionSpec& spec : specs) {
    const auto index = static_cast<std::uint16_t>(size());
    lan_to_wan_.push_back(make_lan_to_wan(spec));
    wan_to_lan_.push_back(make_wan_to_lan(spec));
    wan_stacks_.push_back(wan_to_lan_.back().vlans);
    by_lan_vlan_[spec.lan_vlan] = index;
    if (spec.id == 0) continue;
    auto& slot = by_wan_slot_[wan_slot(wan_to_lan_.back().key, wan_to_lan_.back().vlans)];
    wan_to_lan_.back().next = slot;
    slot = index;
  }
  std::ranges::sort(wan_stacks_);
  wan_stacks_.erase(std::unique(wan_stacks_.begin(), wan_stacks_.end()), wan_stacks_.end());
}

bool SessionTable::knows_wan_vlans(wire::VlanStack vlans) const noexcept {
  return std::ranges::binary_search(wan_stacks_, vlans);
}

}  // namespace narrows::session
