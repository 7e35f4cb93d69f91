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

session::SessionSpec session_spec(const config::Config& config, const config::Session& session,
                                  const PortMacs& macs) {
  session::SessionSpec spec;
  spec.wan_mac = macs.wan;
  spec.lan_mac = macs.lan;
  if (session.is_vacant() && !config.concentrator) {
    spec.vacant = true;
    return spec;
  }
  spec.id = session.fixed.id;
  spec.ac_mac = session.fixed.ac_mac;
  spec.wan_vlans = session.wan.vlans;
  spec.pcp = session.wan.pcp;
  spec.lan_vlan = session.lan.vlan.value_or(0);
  spec.mtu_octets = session.mtu_octets;
  spec.hands_out = session.lan.hand_out == config::HandOut::dhcp;
  if (session.client || config.concentrator) spec.up = {false, false};
  spec.lan_mtu_octets = config.lan.mtu_octets;
  set_mss_limits(spec, config, session);
  return spec;
}

std::vector<session::SessionSpec> session_specs(const config::Config& config, const PortMacs& macs) {
  std::vector<session::SessionSpec> specs;
  specs.reserve(config.sessions.size());
  for (const auto& session : config.sessions) specs.push_back(session_spec(config, session, macs));
  return specs;
}

}  // namespace narrows::control
