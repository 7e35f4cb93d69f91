// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "narrows/session/session.h"
#include "narrows/worker/session_snapshots.h"

namespace narrows::control {

/// What the data path should know of each session, and the moment it learns of changes: all changes of one
/// turn of the control thread make one new table.
class SessionPublisher {
 public:
  /// `snapshots` outlives the object, and holds a table of just these.
  SessionPublisher(std::vector<session::SessionSpec> specs, worker::SessionSnapshots& snapshots)
      : specs_(std::move(specs)), snapshots_(snapshots) {}

  [[nodiscard]] const session::SessionSpec& spec(std::size_t session) const { return specs_[session]; }
  void set(std::size_t session, session::SessionSpec spec) {
    if (specs_[session] == spec) return;
    specs_[session] = std::move(spec);
    changed_ = true;
  }

  /// Another number of sessions; those beyond the old one are vacant.
  void resize(std::size_t sessions) {
    if (sessions == specs_.size()) return;
    used_ = std::max(used_, specs_.size());
    session::SessionSpec vacant;
    vacant.vacant = true;
    specs_.resize(sessions, vacant);
    changed_ = true;
  }
  /// Whether no worker looks at any table but the newest, which has all changes.
  [[nodiscard]] bool settled() {
    if (snapshots_.retired() != 0) snapshots_.reclaim();
    if (changed_ || snapshots_.retired() != 0) return false;
    used_ = specs_.size();
    return true;
  }
  /// Sessions that the largest table has which a worker may still be looking at.
  [[nodiscard]] std::size_t used() const noexcept { return std::max(used_, specs_.size()); }

  /// At the end of a turn; cheap when nothing changed.
  void publish() {
    if (changed_) snapshots_.publish(std::make_unique<const session::SessionTable>(specs_));
    changed_ = false;
    if (snapshots_.retired() != 0) snapshots_.reclaim();
  }

  /// The session of a WAN frame, as SessionTable::find_wan; changes of this turn are not seen yet.
  [[nodiscard]] std::size_t find_wan(std::uint64_t key, wire::VlanStack vlans) const {
    return snapshots_.current()->find_wan(key, vlans);
  }

 private:
  std::vector<session::SessionSpec> specs_;
  worker::SessionSnapshots& snapshots_;
  std::size_t used_ = 0;  ///< of the largest since the last settled()
  bool changed_ = false;
};

}  // namespace narrows::control
