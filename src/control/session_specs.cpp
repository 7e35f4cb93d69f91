// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/session_specs.h"

#include <utility>

#include "narrows/wire/direction.h"

namespace narrows::control {

void set_mss_limits(session::SessionSpec& spec, const config::Config& config,
                    const config::Session& session) {
  spec.max_mss = config::max_mss(config, session, spec.mtu_octets);
  spec.tunnel_mtu_octets = config::tunnel_mtu(config, session, spec.mtu_octets);
}

std::vector<session::SessionSpec> session_specs(const config::Config& config, const PortMacs& macs) {
  std::vector<session::SessionSpec> specs;
  specs.reserve(config.sessions.size());
  for (const auto& from : config.sessions) {
    session::SessionSpec spec;
    spec.id = from.fixed.id;
    spec.ac_mac = from.fixed.ac_mac;
    spec.wan_mac = macs.wan;
    spec.lan_mac = macs.lan;
    spec.wan_vlans = from.wan.vlans;
    spec.pcp = from.wan.pcp;
    spec.lan_vlan = from.lan.vlan.value_or(0);
    spec.mtu_octets = from.mtu_octets;
    spec.hands_out = from.lan.hand_out == config::HandOut::dhcp;
    if (from.client || config.concentrator) spec.up = {false, false};
    spec.lan_mtu_octets = config.lan.mtu_octets;
    set_mss_limits(spec, config, from);
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace narrows::control
