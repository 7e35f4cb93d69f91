// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/reload.h"

#include <fmt/format.h>

#include "narrows/app/finding.h"

namespace narrows::app {

control::ActionResult reload(Forwarder& forwarder, const std::string& config_path, LoadPurpose purpose,
                             control::Time now) {
  const LoadedConfig loaded = load_config(config_path, purpose);
  if (loaded.errors.empty()) return forwarder.reload(loaded.config, now);
  const std::size_t more = loaded.errors.size() - 1;
  return {false,
          fmt::format("{}{}; nothing was changed", format_finding(config_path, loaded.errors.front()),
                      more == 0 ? std::string()
                                : fmt::format(" (and {} more: narrows check -c {})", more, config_path))};
}

}  // namespace narrows::app
