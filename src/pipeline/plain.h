// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "match.h"
#include "narrows/config/config.h"
#include "narrows/pipeline/burst.h"
#include "narrows/pipeline/context.h"

namespace narrows::pipeline {

/// Classifies the frames of a burst that are nothing special: to us, of a known session, IP without options,
/// fragments or extension headers, and whatever else a wire::Shape says. What it notes of them is what the
/// classifier of mode and direction would.
///
/// @param burst  each frame lies as MatchInput wants it.
/// @return bit i: frame i is done, and goes on. Nothing is known of the others.
template <config::Mode mode, Direction direction>
[[nodiscard]] std::uint64_t classify_plain(Burst& burst, const Context& context, MatchKernel kernel) noexcept;

}  // namespace narrows::pipeline
