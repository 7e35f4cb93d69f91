// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "narrows/stats/reasons.h"

namespace narrows::app {

/// What somebody who meets drops of this reason can do, or why there is nothing to do: one or two sentences,
/// no full stop at the end. Every reason has one.
[[nodiscard]] std::string_view cure_of(stats::DropReason reason) noexcept;

}  // namespace narrows::app
