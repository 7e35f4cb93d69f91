// SPDX-License-Identifier: BSD-3-Clause
/// The answers of /api/v1 that are not the report itself (report_json.h), as JSON (RFC 8259) with a newline
/// at the end. Text that is not UTF-8 has its bad octets replaced.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "narrows/config/config.h"
#include "narrows/control/actions.h"
#include "narrows/control/event_log.h"
#include "narrows/stats/report.h"

namespace narrows::control {

/// The effective configuration, in the words of the file; every secret is "***".
[[nodiscard]] std::string config_json(const config::Config& config);

[[nodiscard]] std::string events_json(std::span<const Event> events);
[[nodiscard]] std::string health_json(const stats::Report& report, bool healthy);
[[nodiscard]] std::string action_json(const ActionResult& result);
[[nodiscard]] std::string error_json(const std::string& message);

}  // namespace narrows::control
