// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace narrows::app {

/// What `narrows bench` was asked for, as the command line has it; checked by the command line's parser.
struct BenchOptions {
  std::vector<std::string> cases;
  std::vector<std::string> frames;
  std::vector<std::string> syn_percents;
  std::vector<std::string> sessions;
  std::vector<std::string> families;
  std::vector<std::string> wrappings;
  std::vector<std::string> memories;
  std::vector<std::string> levels;
  bool all = false;
  bool quick = false;
  bool targets = false;
  bool json = false;
  std::string json_file;  ///< empty: stdout, in place of the tables
  std::optional<unsigned> cpu;
  bool verbose = false;
};

/// Adds the subcommand's options; what they say is in the result once the command line is parsed.
[[nodiscard]] std::shared_ptr<BenchOptions> add_bench_options(CLI::App& command);

/// Measures what a packet costs on this machine, without any network card, huge pages or root.
/// @return the exit code: 0; 1 with one line on stderr; 130 when a signal ended it, with nothing on stdout.
int bench_command(const BenchOptions& options);

}  // namespace narrows::app
