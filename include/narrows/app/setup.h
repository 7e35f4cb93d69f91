// SPDX-License-Identifier: BSD-3-Clause
/// `narrows setup`: gives a configuration what it needs of the machine, for now and for every start.
#pragma once

#include <filesystem>
#include <ostream>
#include <string>

namespace narrows::app {

struct SetupOptions {
  std::string config;  ///< path
  std::filesystem::path root{
      "/"};               ///< where /sys, /proc, /dev, /etc and programs are looked up: an image, a test
  bool dry_run = false;   ///< prints what would be done, and does nothing
  bool undo = false;      ///< takes back what an earlier setup of this configuration did
  bool force = false;     ///< takes a card that carries the default route or an SSH session too
  bool no_iommu = false;  ///< the user knows what VFIO without an IOMMU means
  bool boot = false;      ///< only what does not last, for the service's start
};

/// Prints each change on `out`, one a line (a file's contents indented below), and makes it; with `dry_run`
/// the same lines, and nothing is touched. What is right already is not mentioned.
/// @return 0, or 1 with the reason on `err`, one line each; then nothing was changed, unless a change failed.
[[nodiscard]] int setup_command(const SetupOptions& options, std::ostream& out, std::ostream& err);

}  // namespace narrows::app
