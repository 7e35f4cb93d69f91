// SPDX-License-Identifier: BSD-3-Clause
/// The configuration file: strict YAML in, config::Config out, every mistake reported with its line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "narrows/app/finding.h"
#include "narrows/config/config.h"

namespace narrows::app {

/// What the configuration is for. `replay` has no devices: `ports` is optional and `device` is ignored.
/// `concentrate` takes a concentrator's file, `check` that or any other. `explain` takes any file as well,
/// but needs no devices, and no secrets: whoever explains a capture may not be whom the passwords are for.
enum class LoadPurpose { run, replay, concentrate, check, explain };

struct LoadedConfig {
  config::Config config;          ///< to be used only when there are no errors
  std::vector<Finding> errors;    ///< by line
  std::vector<Finding> warnings;  ///< by line
};

/// Reads `path`. Whatever the file is or holds, the answer is findings, never an exception.
[[nodiscard]] LoadedConfig load_config(const std::string& path, LoadPurpose purpose);

/// The same for text in memory.
[[nodiscard]] LoadedConfig parse_config(std::string_view yaml_text, LoadPurpose purpose);

}  // namespace narrows::app
