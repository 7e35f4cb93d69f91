// SPDX-License-Identifier: BSD-3-Clause
/// What is made of measured cycles.
#pragma once

#include <vector>

namespace narrows::bench {

/// The middle one, or the mean of the two in the middle; 0 of none. One pass or round that was interrupted
/// does not show in it.
[[nodiscard]] double median(std::vector<double> values);

/// Octets of a frame's time on the wire that are not in its buffer: FCS (4), preamble and start delimiter
/// (8), inter-frame gap (12); IEEE 802.3 §3.1.1, §4.4.2.
inline constexpr double kWireOverheadOctets = 24;

/// @param octets  of a frame as a buffer has it, without FCS; the wire pads it to 60.
[[nodiscard]] double octets_on_wire(double octets) noexcept;

/// How much of a line a core fills: 1 is all of it.
/// @param ns_per_frame   what a frame costs.
/// @param wire_octets    what a frame takes of the line on average (octets_on_wire()).
[[nodiscard]] double line_share(double ns_per_frame, double wire_octets, double gigabit_per_second) noexcept;

}  // namespace narrows::bench
