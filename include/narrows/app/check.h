// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ostream>
#include <string>

#include "narrows/app/placement.h"
#include "narrows/config/config.h"

namespace narrows::app {

/// `narrows check -c FILE`: every mistake goes to `err`, one a line; a right file's plan goes to `out`,
/// warnings about it to `err`.
/// @return the exit code: 0 for a right file, 1 for a wrong one.
int check_command(const std::string& path, std::ostream& out, std::ostream& err);

/// What Narrows would do with `config` on `machine`, for a network engineer to read.
void print_plan(const config::Config& config, const Machine& machine, const Placement& placement,
                std::ostream& out);

}  // namespace narrows::app
