// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/load_or_explain.h"

#include <fmt/format.h>

#include <cstdio>

namespace narrows::app {

std::optional<config::Config> load_or_explain(const std::string& path, LoadPurpose purpose) {
  LoadedConfig loaded = load_config(path, purpose);
  for (const Finding& finding : loaded.warnings) fmt::print(stderr, "{}\n", format_finding(path, finding));
  for (const Finding& finding : loaded.errors) fmt::print(stderr, "{}\n", format_finding(path, finding));
  if (!loaded.errors.empty()) return std::nullopt;
  return std::move(loaded.config);
}

}  // namespace narrows::app
