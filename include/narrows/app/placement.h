// SPDX-License-Identifier: BSD-3-Clause
/// Which CPU does what: shared by `check`, which prints it, and `run`, which does it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/wire/direction.h"

namespace narrows::app {

inline constexpr int kUnknownNode = -1;

struct Cpu {
  unsigned number = 0;
  int node = kUnknownNode;  ///< NUMA node
};

/// What this machine says about a port's device before DPDK has seen it.
struct PortLocation {
  bool is_present = true;   ///< false: no such PCI device or Linux interface
  int node = kUnknownNode;  ///< unknown for devices that are software
};

struct Machine {
  std::vector<Cpu> cpus;  ///< those the process may use, by number
  std::array<PortLocation, kSides> ports;
};

/// Asks the kernel: CPU affinity of the calling thread (so call it before EAL pins it), libnuma, sysfs.
[[nodiscard]] Machine inspect_machine(const config::Config& config);

struct Placement {
  unsigned control_cpu = 0;
  std::vector<unsigned> worker_cpus;  ///< in the order of the configuration
  int node = kUnknownNode;          ///< where buffers and tables belong: the ports', else the first worker's
  std::vector<std::string> notes;   ///< what costs throughput
  std::vector<std::string> errors;  ///< lcores of the configuration that this process may not use
};

/// Configured lcores are taken as they are. Otherwise there is one worker, on the ports' node, on a CPU that
/// is not the control thread's. The control thread has the first CPU of that node that is no worker's, else
/// any such, else it shares the first worker's. Pure: the same input gives the same answer.
[[nodiscard]] Placement place(const config::Config& config, const Machine& machine);

}  // namespace narrows::app
