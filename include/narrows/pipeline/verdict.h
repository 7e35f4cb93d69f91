// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "narrows/stats/reasons.h"

namespace narrows::pipeline {

/// The one fate of a frame, in an octet: forward (whole, or in fragments), punt, or drop with its reason.
enum class Verdict : std::uint8_t { forward, fragment, punt, first_drop };

[[nodiscard]] constexpr bool goes_on(Verdict verdict) noexcept {
  return verdict <= Verdict::fragment;
}

[[nodiscard]] constexpr Verdict drop(stats::DropReason reason) noexcept {
  return static_cast<Verdict>(static_cast<std::uint8_t>(Verdict::first_drop) +
                              static_cast<std::uint8_t>(reason));
}

/// Of a verdict that is a drop.
[[nodiscard]] constexpr stats::DropReason reason_of(Verdict verdict) noexcept {
  return static_cast<stats::DropReason>(static_cast<std::uint8_t>(verdict) -
                                        static_cast<std::uint8_t>(Verdict::first_drop));
}

}  // namespace narrows::pipeline
