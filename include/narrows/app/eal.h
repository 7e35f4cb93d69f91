// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "narrows/app/placement.h"
#include "narrows/config/config.h"

namespace narrows::app {

/// How DPDK's environment is to be set up.
struct EalPlan {
  std::vector<std::string> arguments;  ///< without the program's name
  std::string note;                    ///< not empty: what the choice costs, for the user
};

/// What `run` needs: the placement's CPUs (control thread first), the configured PCI devices and no others,
/// memory from hugepages where enough are free, else without. `extra` is what the user gave behind "--",
/// last, so it wins; when it says where memory comes from, nothing else does.
[[nodiscard]] EalPlan plan_eal(const config::Config& config, const Placement& placement,
                               std::size_t memory_mb, const std::string& config_path,
                               const std::vector<std::string>& extra);

/// What `replay` needs: no root, no hugepages, no devices, no files. `extra` as above.
[[nodiscard]] EalPlan plan_eal_for_replay(const std::vector<Cpu>& cpus, std::size_t memory_mb,
                                          const std::vector<std::string>& extra = {});

/// DPDK's environment while the object lives; one at a time, and one in a process's life.
/// Its messages go to the log: warnings and worse, with `verbose` all.
class Eal {
 public:
  /// @throws std::runtime_error, one line with DPDK's own last word on it.
  Eal(const EalPlan& plan, bool verbose);
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  /// The last line DPDK logged as an error since this was last asked, for messages; may be empty.
  [[nodiscard]] static std::string last_error();
};

}  // namespace narrows::app
