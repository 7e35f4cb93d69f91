// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "narrows/control/time.h"

namespace narrows::app {

/// What the service manager is told (sd_notify(3)): when frames are forwarded, when not, and that there is
/// still life. Says nothing where there is none (no NOTIFY_SOCKET). The control thread's.
class Service {
 public:
  Service();

  /// Ports are open and every worker polls.
  void ready() const;
  /// A new configuration is being read; ready() when it is done, or refused.
  void reloading(control::Time now) const;
  void stopping() const;

  /// Several times a second. Half an interval after the last time the watchdog is fed, but only if `healthy`:
  /// as long as all workers make progress. That it is called says the same of the control thread.
  void turn(control::Time now, bool healthy);
  /// Whether the status is to be told again: every few seconds, if somebody listens.
  [[nodiscard]] bool wants_status(control::Time now);
  /// One line for `systemctl status`; told only when it changes.
  void set_status(const std::string& status);

 private:
  bool is_managed_;
  control::Time feed_interval_{0};  ///< 0: there is no watchdog
  control::Time next_feed_{0};
  control::Time next_status_{0};
  std::string status_;
};

}  // namespace narrows::app
