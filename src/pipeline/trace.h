// SPDX-License-Identifier: BSD-3-Clause
/// The two ways to run the same checks: in silence, or telling (FrameAccount).
#pragma once

#include <cstddef>
#include <cstdint>

#include "narrows/pipeline/checks.h"
#include "narrows/pipeline/context.h"

namespace narrows::pipeline {

/// The data path's: `holds` is its argument, and nothing else is left of it.
struct NoTrace {
  static constexpr bool kTells = false;

  [[nodiscard, gnu::always_inline]] static constexpr bool holds(const Context& /*context*/, Check /*check*/,
                                                                bool held, std::size_t /*actual*/ = 0,
                                                                std::size_t /*demanded*/ = 0) noexcept {
    return held;
  }
};

/// That of `narrows explain`. context.account is set.
struct Telling {
  static constexpr bool kTells = true;

  [[nodiscard]] static bool holds(const Context& context, Check check, bool held, std::size_t actual = 0,
                                  std::size_t demanded = 0) noexcept {
    context.account->add(
        {check, held, static_cast<std::uint32_t>(actual), static_cast<std::uint32_t>(demanded)});
    return held;
  }
};

/// Notes a check whose outcome another line has already decided by.
template <typename Trace>
[[gnu::always_inline]] inline void note(const Context& context, Check check, bool held,
                                        std::size_t actual = 0, std::size_t demanded = 0) noexcept {
  static_cast<void>(Trace::holds(context, check, held, actual, demanded));
}

}  // namespace narrows::pipeline
