// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace narrows::app {

/// One change to a machine.
struct SetupStep {
  enum class Kind {
    write_file,  ///< `path` is to hold `text`, and stays
    set_value,   ///< `text` is said to the kernel through `path`
    remove,      ///< the file `path`
    give_group,  ///< the group `text` may read and write `path`
    run          ///< the command `words`
  };
  Kind kind = Kind::run;
  std::string path{};
  std::string text{};
  std::vector<std::string> words{};
};

using SetupSteps = std::vector<SetupStep>;

/// "write /etc/…", "set /sys/… to 64", "run modprobe vfio-pci": the same for doing it and for only saying it.
[[nodiscard]] std::string describe(const SetupStep& step);

/// Does it below `root`; programs are looked up there too.
/// @return what went wrong, one line; empty: nothing.
[[nodiscard]] std::string perform(const SetupStep& step, const std::filesystem::path& root);

/// The id of a group in etc/group below `root`; -1: there is none.
[[nodiscard]] long group_id(const std::filesystem::path& root, const std::string& name);

}  // namespace narrows::app
