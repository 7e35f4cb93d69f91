// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "frames.h"
#include "narrows/session/session.h"

namespace narrows::test {

inline wire::MacAddress mac(const Octets& octets) {
  wire::MacAddress address;
  std::copy(octets.begin(), octets.end(), address.octets.begin());
  return address;
}

/// Session 0x1234, untagged on both sides. Each direction and family has a limit of its own, so that none is
/// taken for another.
inline session::SessionSpec plain_session() {
  session::SessionSpec spec;
  spec.id = 0x1234;
  spec.ac_mac = mac(kAcMac);
  spec.wan_mac = mac(kWanMac);
  spec.lan_mac = mac(kLanMac);
  spec.mtu_octets = 1492;
  spec.lan_mtu_octets = 1500;
  spec.max_mss = {{{1452, 1432}, {1450, 1430}}};
  return spec;
}

}  // namespace narrows::test
