// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <vector>

#include "narrows/app/pci_device.h"
#include "narrows/app/setup.h"
#include "narrows/app/setup_steps.h"

namespace narrows::app {

/// What `setup` knows of a configuration.
struct SetupNeeds {
  std::string name;              ///< the file's stem: NAME of the service narrows@NAME
  std::vector<std::string> pci;  ///< addresses of its network cards
  std::size_t memory_mb = 0;     ///< of hugepages
};

/// What is to be done, or why it cannot be.
struct SetupPlan {
  SetupSteps steps;
  std::vector<std::string> errors;
};

/// Looks at the machine below `options.root` and changes nothing.
/// @param used of interfaces_in_use().
[[nodiscard]] SetupPlan plan_setup(const SetupNeeds& needs, const SetupOptions& options,
                                   const std::map<std::string, std::string>& used);

/// Back to what it was: the kernel's drivers, the number of hugepages, no files.
[[nodiscard]] SetupPlan plan_undo(const SetupNeeds& needs, const SetupOptions& options);

}  // namespace narrows::app
