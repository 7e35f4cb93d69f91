// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "narrows/app/status_client.h"
#include "narrows/config/config.h"

namespace CLI {
class App;
}

namespace narrows::app {

inline constexpr std::string_view kSocketDirectory = "/run/narrows";

/// The control socket of a Narrows that runs with this file: as configured, else named after the file.
[[nodiscard]] std::string control_socket_of(const config::Statistics& statistics,
                                            const std::string& config_path);

/// Adds what names a running Narrows by its file or its control socket.
void add_config_and_socket(CLI::App& command, StatusTarget& target);

/// Adds `status`, `top` and `reload` to the command line. @param exit_code  set when one of them has run.
void add_status_commands(CLI::App& app, int& exit_code);

}  // namespace narrows::app
