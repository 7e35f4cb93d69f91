// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/load_or_explain.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

namespace narrows::app {

std::optional<config::Config> load_or_explain(const std::string& path, LoadPurpose purpose,
                                              std::ostream& err) {
  LoadedConfig loaded = load_config(path, purpose);
  for (const Finding& error : loaded.errors) fmt::print(err, "{}\n", format_finding(path, error));
  if (!loaded.errors.empty()) return std::nullopt;
  for (const Finding& warning : loaded.warnings)
    fmt::print(err, "warning: {}\n", format_finding(path, warning));
  return std::move(loaded.config);
}

}  // namespace narrows::app
