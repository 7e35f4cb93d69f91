// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>

namespace narrows::ppp {

/// Monotonic time since any fixed moment, passed in by the caller: what runs on it is tested without waiting.
using Time = std::chrono::nanoseconds;

/// No deadline: nothing is to be done until something arrives.
inline constexpr Time kNever = Time::max();

}  // namespace narrows::ppp
