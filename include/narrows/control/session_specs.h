// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "narrows/config/config.h"
#include "narrows/session/session.h"
#include "narrows/wire/mac_address.h"

namespace narrows::control {

/// The ports' own addresses, as they were opened.
struct PortMacs {
  wire::MacAddress lan;
  wire::MacAddress wan;
};

/// The sessions of a configuration as the data path takes them, in the configuration's order.
[[nodiscard]] std::vector<session::SessionSpec> session_specs(const config::Config& config,
                                                              const PortMacs& macs);

/// One of them; a vacant one's is vacant.
[[nodiscard]] session::SessionSpec session_spec(const config::Config& config, const config::Session& session,
                                                const PortMacs& macs);

/// Gives `spec` what `session` says of the MSS, on a link that carries spec.mtu_octets.
void set_mss_limits(session::SessionSpec& spec, const config::Config& config, const config::Session& session);

}  // namespace narrows::control
