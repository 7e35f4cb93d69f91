// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "narrows/app/yaml_config.h"

namespace narrows::app {

/// The configuration of `path`, or nothing with every mistake on stderr, one a line. Warnings go there too.
[[nodiscard]] std::optional<config::Config> load_or_explain(const std::string& path, LoadPurpose purpose);

}  // namespace narrows::app
