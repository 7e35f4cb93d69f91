// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/load_or_explain.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "narrows/app/log.h"

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

std::optional<config::Config> load_or_log(const std::string& path, LoadPurpose purpose) {
  LoadedConfig loaded = load_config(path, purpose);
  const auto tell = [&](control::EventKind kind, const Finding& finding) {
    log_unlimited({kind, format_finding(path, finding), {{"key", finding.key}}});
  };
  for (const Finding& error : loaded.errors) tell(control::EventKind::config_error, error);
  if (!loaded.errors.empty()) return std::nullopt;
  for (const Finding& warning : loaded.warnings) tell(control::EventKind::config_warning, warning);
  return std::move(loaded.config);
}

}  // namespace narrows::app
