// SPDX-License-Identifier: BSD-3-Clause
/// Who is to compute TCP checksums, for each port: what `run` decides on, and what `check` can tell of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/port/checksum_policy.h"
#include "narrows/wire/direction.h"

namespace narrows::app {

/// Most VLAN tags that frames on a port have.
[[nodiscard]] std::uint8_t vlan_tags(const config::Config& config, Side side);

/// The outermost VLAN ids of frames there, as far as the configuration says; each once.
[[nodiscard]] std::vector<std::uint16_t> outer_vlans(const config::Config& config, Side side);

/// Longest headers in front of an IP packet there: 14 … 30 octets.
[[nodiscard]] std::uint8_t l2_octets(const config::Config& config, Side side);

using ChecksumDecisions = std::array<port::ChecksumDecision, kSides>;

/// @param facts  of both ports; l2_octets is filled in here.
/// @throws std::runtime_error, one line, when `checksum: hardware` cannot be met.
[[nodiscard]] ChecksumDecisions decide_checksums(const config::Config& config,
                                                 std::array<port::ChecksumFacts, kSides> facts);

/// One line on a port before its driver has been asked: what follows from the configured device's name.
[[nodiscard]] std::string expected_checksum(const config::Config& config, Side side);

}  // namespace narrows::app
