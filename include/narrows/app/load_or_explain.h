// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "narrows/app/yaml_config.h"

namespace narrows::app {

/// The configuration of `path`; its warnings go to `err`, "warning: " in front. Or nothing, with every
/// mistake on `err`, one a line.
[[nodiscard]] std::optional<config::Config> load_or_explain(const std::string& path, LoadPurpose purpose,
                                                            std::ostream& err);

/// Likewise, but all that is wrong goes to the log: for a service, whose log is where its user looks.
[[nodiscard]] std::optional<config::Config> load_or_log(const std::string& path, LoadPurpose purpose);

}  // namespace narrows::app
