// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "narrows/ppp/time.h"

namespace narrows::control {

using ppp::kNever;
using ppp::Time;

}  // namespace narrows::control
