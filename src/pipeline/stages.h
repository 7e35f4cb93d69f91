// SPDX-License-Identifier: BSD-3-Clause
/// The stages between classify and send; process.cpp puts them in order.
#pragma once

#include "header_kernel.h"
#include "narrows/pipeline/burst.h"
#include "narrows/pipeline/context.h"
#include "narrows/rewrite/locate_mss_burst.h"
#include "narrows/wire/direction.h"

namespace narrows::pipeline {

/// Notes in context.account what the burst's one frame was found to be.
void tell_place(const Burst& burst, const Context& context) noexcept;

/// Completes the checksums that a virtual interface left unfinished, or has the egress port do it.
void finish_checksums(Burst& burst, const Context& context) noexcept;

/// Lowers the MSS options of the burst's SYNs to the limits of the session, or of the link where there is
/// none.
template <Direction direction, typename Trace>
void clamp(Burst& burst, const Context& context, rewrite::LocateMssBurst locate_mss) noexcept;

/// The same one level inside tunnels (wire/tunnel.h), and the checksum of GRE: in software, as no port is
/// known to look that far.
void finish_tunnelled_checksums(Burst& burst, const Context& context) noexcept;

/// As clamp(), for SYNs one level inside tunnels, where the link's limits say so: what the outer headers take
/// of the link's MTU is no longer there for the segment.
template <Direction direction, typename Trace>
void clamp_tunnels(Burst& burst, const Context& context, rewrite::LocateMssBurst locate_mss) noexcept;

/// Cuts the packets whose verdict is fragment to what their session (LAN→WAN) or the LAN carries. One for
/// which no buffers are left is dropped.
template <Direction direction>
void fragment(Burst& burst, const Context& context) noexcept;

/// Gives each frame to be forwarded, and each fragment, its new headers.
/// @param kernels  for the burst's groups; null where there are none.
void add_headers(Burst& burst, const Context& context, const HeaderKernels& kernels) noexcept;
void strip_headers(Burst& burst, const Context& context, const HeaderKernels& kernels) noexcept;

/// Marks the frames whose checksum the egress port computes. Last: it needs the headers the frame leaves
/// with.
void leave_checksums_to_port(Burst& burst) noexcept;

}  // namespace narrows::pipeline
