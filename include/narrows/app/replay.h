// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace narrows::app {

/// The files of `narrows replay`; empty: none.
struct ReplayFiles {
  std::string config;
  std::string lan;
  std::string wan;
  std::string lan_out;
  std::string wan_out;
  std::string stats;
};

/// Sends captured frames through the pipeline of `run`, in order: a burst from the LAN's capture, a burst
/// from the WAN's, what the control thread answers, and so on until both have ended. Time is the captures'.
/// `eal_arguments`: what the user has for DPDK's EAL.
/// @return the exit code: 0, or 1 with one line on stderr (for the configuration: one a mistake).
int replay_command(const ReplayFiles& files, const std::vector<std::string>& eal_arguments, bool verbose);

}  // namespace narrows::app
