// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "narrows/app/forwarder.h"
#include "narrows/app/yaml_config.h"
#include "narrows/control/actions.h"

namespace narrows::app {

/// Reads the file again and has the running box take it, between two turns of the control thread, which it
/// holds up for as long as the file takes to read; workers go on. A file with a mistake, or one that asks for
/// what cannot change while frames flow, changes nothing.
/// @return what has changed, or what is wrong, in one line.
control::ActionResult reload(Forwarder& forwarder, const std::string& config_path, LoadPurpose purpose,
                             control::Time now);

}  // namespace narrows::app
