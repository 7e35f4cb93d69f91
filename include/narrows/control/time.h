// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>

namespace narrows::control {

/// Monotonic time since any fixed moment, passed in by the caller: what runs on it is tested without waiting.
using Time = std::chrono::nanoseconds;

}  // namespace narrows::control
