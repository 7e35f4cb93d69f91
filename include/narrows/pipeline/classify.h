// SPDX-License-Identifier: BSD-3-Clause
/// First stage with a mind of its own: reads each frame once, decides its verdict and notes where things are.
/// All of them write every array of the Burst that concerns them, and no octet of any frame; `frames` has a
/// bit for each that is still to be classified. Trace is NoTrace, or Telling (trace.h); all
/// are defined for these two.
#pragma once

#include "narrows/pipeline/burst.h"
#include "narrows/pipeline/context.h"

namespace narrows::pipeline {

/// terminate, LAN→WAN (contract, section 3).
template <typename Trace>
void classify_lan(Burst& burst, const Context& context, std::uint64_t frames) noexcept;

/// terminate, WAN→LAN (contract, section 4).
template <typename Trace>
void classify_wan(Burst& burst, const Context& context, std::uint64_t frames) noexcept;

/// concentrator, LAN→WAN: from the core to the line. The session follows from the destination address.
template <typename Trace>
void classify_core(Burst& burst, const Context& context, std::uint64_t frames) noexcept;

/// concentrator, WAN→LAN: as classify_wan(), but for discovery, which clients broadcast, and for what stays
/// on a client's link (router solicitations and their like): both are punted.
template <typename Trace>
void classify_line(Burst& burst, const Context& context, std::uint64_t frames) noexcept;

/// transparent, either direction (contract, sections 1 and 2): forwards all, looks into plain IP and PPPoE
/// session frames behind up to two VLAN tags.
template <typename Trace>
void classify_transparent(Burst& burst, const Context& context, std::uint64_t frames) noexcept;

}  // namespace narrows::pipeline
