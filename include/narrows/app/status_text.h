// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

namespace narrows::app {

/// What one look at the API has brought, each as JSON.
struct Snapshot {
  std::string stats;     ///< /api/v1/stats?sessions=off
  std::string sessions;  ///< /api/v1/sessions, a page
  std::string events;    ///< /api/v1/events
};

/// One screen for people: the line, rates where there is an earlier look, sessions, drops, events. Octets of
/// the other side that are no text are shown as "?", so that a terminal is not steered.
/// @throws std::exception where it is not JSON of the form that docs/api.md says.
[[nodiscard]] std::string status_text(const Snapshot& now, const std::optional<Snapshot>& before);

/// The three as one JSON object.
[[nodiscard]] std::string status_json(const Snapshot& now);

}  // namespace narrows::app
