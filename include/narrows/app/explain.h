// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace narrows::app {

/// As the command line has it.
struct ExplainOptions {
  std::string config;
  std::string capture;
  std::string port;                   ///< "lan", "wan", "core", "line"; empty: the capture tells
  std::vector<std::string> sessions;  ///< "NAME=ID@MAC" or "NAME=down"
  std::string lan_mac;
  std::string wan_mac;
  std::size_t frame = 0;  ///< only this one, from 1 on; 0: all
  bool dropped_only = false;
  bool json = false;
  bool verbose = false;
};

void add_explain_options(CLI::App& command, ExplainOptions& options);

/// Sends the frames of a capture through the pipeline of `run`, one by one, and prints what it did with each,
/// and why. Time is the capture's.
/// @return the exit code: 0, or 1 with one line on stderr (for the configuration: one a mistake).
int explain_command(const ExplainOptions& options);

}  // namespace narrows::app
