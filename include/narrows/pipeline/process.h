// SPDX-License-Identifier: BSD-3-Clause
/// The way of a burst, in order: prefetch → classify → finish checksums → clamp → rewrite. Sending what is
/// left is the worker's part.
#pragma once

#include "narrows/config/config.h"
#include "narrows/pipeline/burst.h"
#include "narrows/pipeline/context.h"
#include "narrows/simd/level.h"
#include "narrows/wire/direction.h"

namespace narrows::pipeline {

/// Takes burst.mbufs[0 … size) and decides each one's verdict; those to be forwarded are ready to send.
/// Counts SYNs and odd cases; fates are counted by whoever carries them out (settle.h).
using Process = void (*)(Burst& burst, const Context& context) noexcept;

/// The instance for a mode and direction, chosen once.
/// @param level  one of simd::levels(); what comes out is the same for each.
[[nodiscard]] Process select_process(config::Mode mode, Direction direction, simd::Level level) noexcept;

/// The scalar instance, which besides tells what it does (context.account), one frame a burst: what becomes
/// of the frame is the same.
[[nodiscard]] Process select_explaining_process(config::Mode mode, Direction direction) noexcept;

}  // namespace narrows::pipeline
