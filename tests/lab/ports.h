// SPDX-License-Identifier: BSD-3-Clause
/// The generator's two ports: 0 is wired to the device's LAN port, 1 to its WAN port.
#pragma once

#include <rte_mempool.h>

#include <array>
#include <cstdint>

namespace narrows::lab {

inline constexpr std::array<std::uint16_t, 2> kPorts{0, 1};

/// Makes the buffers and starts both ports, of one queue each, hearing everything. Their packets' octets are
/// zero, which the templates rely on. Throws std::runtime_error.
[[nodiscard]] rte_mempool* open_ports();

void close_ports() noexcept;

/// Fails after `seconds`: a port whose peer is not there yet has no link.
void wait_for_links(double seconds);

}  // namespace narrows::lab
