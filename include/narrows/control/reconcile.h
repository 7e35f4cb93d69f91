// SPDX-License-Identifier: BSD-3-Clause
/// What a new configuration asks of a running box: what has to be done to which session, or why it cannot be
/// had while frames flow. docs/configuration.md, Reload, has the same as a table of keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "narrows/config/config.h"

namespace narrows::control {

/// What becomes of a session, from little to much. Sessions are the same when their names are.
enum class SessionStep : std::uint8_t {
  keep,    ///< nothing differs
  change,  ///< what differs takes effect at once; a PPPoE session stays as it is
  redial,  ///< it is hung up, and dialled with what is new
  add,
  remove,
};

struct SessionChange {
  std::size_t session = 0;  ///< its place
  SessionStep step = SessionStep::keep;
  friend bool operator==(const SessionChange&, const SessionChange&) = default;
};

/// Where new sessions may be put.
struct SessionRoom {
  std::size_t most = 0;  ///< places there are
  std::size_t used = 0;  ///< places that some table has had which a worker may still be looking at
  /// No worker looks at any table but the newest: vacant places may be had again.
  bool settled = true;
};

struct Reconciliation {
  /// Keys that differ and cannot change, each with its words. Not empty: nothing else here means anything.
  std::vector<std::string> refused;
  /// The new one, each session at the place where it is or will be; places of nobody are vacant.
  config::Config config;
  std::vector<SessionChange> sessions;  ///< all but those kept, by place
  std::size_t kept = 0;
  std::vector<std::string> settings;  ///< keys of no session that differ and take effect
};

[[nodiscard]] SessionStep step_of(const config::Session& running, const config::Session& next);

/// @param running  sessions at their places. @param next  as it was read.
[[nodiscard]] Reconciliation reconcile(const config::Config& running, const config::Config& next,
                                       const SessionRoom& room);

/// One line: what was done, names included, those of many sessions cut short.
[[nodiscard]] std::string describe(const Reconciliation& done, const config::Config& before);
/// One line: every key that cannot change while frames flow, and what to do.
[[nodiscard]] std::string describe_refusal(const Reconciliation& refused);

}  // namespace narrows::control
