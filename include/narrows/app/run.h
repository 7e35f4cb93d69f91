// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "narrows/app/yaml_config.h"

namespace narrows::app {

/// Forwards until SIGINT or SIGTERM, then stops in order: workers, ports, buffers; prints the final counts.
/// @param eal_arguments  the user's own, appended to those derived from the configuration.
/// @return the exit code: 0, or 1 with one line on stderr (for the configuration: one a mistake).
/// @param purpose  run, or concentrate: the other end of the line.
int run_command(const std::string& config_path, LoadPurpose purpose,
                const std::vector<std::string>& eal_arguments, bool verbose);

}  // namespace narrows::app
