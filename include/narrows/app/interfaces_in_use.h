// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace narrows::app {

/// Linux interfaces that somebody would miss, and why: "carries the default route", "carries an SSH session".
/// Those below a bridge, bond or VLAN interface count as well. Reads proc/net and sys/class/net below `root`.
///
/// @param ssh_connection the variable SSH_CONNECTION, "CLIENT PORT SERVER PORT"; empty: none. It tells of a
/// server
///                       on another port than 22.
[[nodiscard]] std::map<std::string, std::string> interfaces_in_use(const std::filesystem::path& root,
                                                                   const std::string& ssh_connection);

}  // namespace narrows::app
